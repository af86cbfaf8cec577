//! `hatbridge`: see `hatbridge --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    hatbridge::commands::main()
}
