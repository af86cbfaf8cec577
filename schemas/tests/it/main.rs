//! Tests of the crate from outside.
#![allow(clippy::unwrap_used)]

mod compat;
mod golden;
mod registry;
mod samples;
mod samples_2;
mod wire;
