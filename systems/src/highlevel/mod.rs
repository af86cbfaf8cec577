//! HighLevel: its client, what can be asked of it, and how its answers read.

mod advice;
mod api;
pub mod catalogue;
mod client;
mod download;
mod headers;
mod oauth;
mod options;
pub mod requests;
mod token;
pub mod wire;

pub use api::Api;
pub use client::HighLevel;
pub use download::Download;
pub use oauth::{App, OAuthError, exchange_code};
pub use options::{Agency, Credentials, OAuthTokens, Options, TokenError, TokenStore};
