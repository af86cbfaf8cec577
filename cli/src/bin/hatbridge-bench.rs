//! `hatbridge-bench`: see `hatbridge-bench --help`.

use clap::Parser;
use hatbridge::demo::bench::Bench;
use std::process::ExitCode;

fn main() -> ExitCode {
    let bench = Bench::parse();
    hatbridge::wiring::install_crypto();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return hatbridge::exit::tell(&error.into()),
    };
    match runtime.block_on(bench.carry_out()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => hatbridge::exit::tell(&error),
    }
}
