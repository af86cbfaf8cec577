//! HighLevel: its client, what can be asked of it, and how its answers read.

mod advice;
mod client;
mod headers;
mod oauth;
mod options;
pub mod requests;
mod token;
pub mod wire;

pub use client::HighLevel;
pub use oauth::{OAuthError, exchange_code};
pub use options::{Credentials, OAuthTokens, Options, TokenError, TokenStore};
