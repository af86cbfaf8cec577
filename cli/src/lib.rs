//! The `hatbridge` program: configuration, wiring, the HTTP door, the commands and the demo.

pub mod commands;
pub mod config;
pub mod demo;
pub mod exit;
pub mod logging;
pub mod orders;
pub mod polled;
pub mod scopes;
pub mod serve;
pub mod shutdown;
pub mod wiring;
