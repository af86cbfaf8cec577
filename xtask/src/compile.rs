//! Building the programs, once for the demo and the tests alike.

use crate::run::{Outcome, root, run};
use std::path::PathBuf;
use std::process::Command;

/// cargo, as it was when it started this program.
pub fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    cargo
}

/// Builds `hatbridge` and the broker it starts. Release, like everything else here: one profile, so that
/// the libraries are built once.
pub fn programs() -> Outcome {
    run(cargo().args(["build", "--release", "--package", "hatbridge", "--package", "hatbridge-broker"]))
}

/// Where a built program lies.
pub fn program(name: &str) -> PathBuf {
    target().join("release").join(name)
}

/// Cargo's output folder.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}
