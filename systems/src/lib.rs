//! How to talk to HighLevel and to 17hats: pure builders of requests, pure readers of what comes
//! back, and thin clients between them. Whatever happens to a call ends in one [`call::Verdict`].
#![warn(missing_docs)]

pub mod call;
mod classify;
mod effect;
pub mod highlevel;
mod http;
mod mask;
pub mod moment;
pub mod quota;
pub mod retry;
pub mod seventeen_hats;

pub use effect::Effect;
pub use http::http_client;
