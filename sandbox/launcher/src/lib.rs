//! Starting, finding and stopping the local broker (`hatbridge-broker`) as a child.

mod broker;
mod error;
mod program;
mod ready;

pub use broker::{Broker, Options};
pub use error::Error;
pub use program::VARIABLE;
pub use ready::{FILE, Ready};
