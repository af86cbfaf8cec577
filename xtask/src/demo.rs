//! `cargo xtask demo`: the README's first command.

use crate::run::{Outcome, say};
use crate::{compile, install};
use std::os::unix::process::CommandExt;
use std::process::Command;

pub const HELP: &str = "cargo xtask demo [ARGS]                   builds hatbridge and plays a busy morning; ARGS as in `hatbridge demo --help`";

/// Builds, then becomes `hatbridge demo`: signals and the exit code are that program's own.
pub fn main(args: &[String]) -> Outcome {
    install::build_tools()?;
    say("building hatbridge; the first time takes several minutes");
    compile::programs()?;
    let error = Command::new(compile::program("hatbridge")).arg("demo").args(args).exec();
    Err(format!("can't start {}: {error}", compile::program("hatbridge").display()))
}
