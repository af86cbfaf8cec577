//! `cargo xtask test`: the README's second command.

use crate::run::{Outcome, make_folder, read, root, say, write};
use crate::{compile, install};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub const HELP: &str = "cargo xtask test [ARGS]                   builds everything and runs all tests; ARGS as in `cargo test --help`";

/// Tests append a line to the file named here when they can't run.
const SKIPS: &str = "HATBRIDGE_TEST_SKIPS";
/// Reference data that lies beside the project.
const SHARED: &str = "HATBRIDGE_SHARED";
/// What the larger tests need; without it they say that they were skipped.
const SERVICES: [&str; 3] = ["HATBRIDGE_TEST_KAFKA", "HATBRIDGE_TEST_POSTGRES", "HATBRIDGE_TEST_REGISTRY_URL"];

/// Counts over all test binaries.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Totals {
    passed: u32,
    failed: u32,
    ignored: u32,
}

impl Totals {
    /// Adds what a line of a test binary's output says, if it is its result.
    fn add(&mut self, line: &str) {
        let Some(counts) = line.strip_prefix("test result: ") else { return };
        for part in counts.split(['.', ';']) {
            match part.trim().split_once(' ') {
                Some((count, "passed")) => self.passed += count.parse().unwrap_or(0),
                Some((count, "failed")) => self.failed += count.parse().unwrap_or(0),
                Some((count, "ignored")) => self.ignored += count.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
}

/// Runs all tests, then says how many of them did what.
pub fn main(args: &[String]) -> Outcome {
    install::build_tools()?;
    let skips = std::env::var_os(SKIPS).map_or_else(|| compile::target().join("skipped-tests"), PathBuf::from);
    make_folder(&compile::target())?;
    write(&skips, "")?;
    let missing: Vec<&str> = SERVICES.into_iter().filter(|name| std::env::var_os(name).is_none()).collect();
    if !missing.is_empty() {
        say(&format!("not set: {}; tests that need it are skipped (see docs/operations.md)", missing.join(", ")));
    }
    compile::programs()?;
    let mut totals = Totals::default();
    let mut good = cargo_test(args, &skips, &mut totals)?;
    if std::env::var_os("HATBRIDGE_TEST_REGISTRY_URL").is_some() && args.is_empty() {
        // This one is `#[ignore]`d; `--workspace` keeps the features of the libraries as they were built.
        let registry = ["--test", "it", "--", "--ignored", "a_real_registry"].map(str::to_owned);
        let before = totals;
        good &= cargo_test(&registry, &skips, &mut totals)?;
        let ran = totals.passed + totals.failed - before.passed - before.failed;
        totals.ignored = before.ignored.saturating_sub(ran);
    }
    let text = read(&skips)?;
    let skipped: Vec<&str> = text.lines().filter(|line| line.starts_with("SKIPPED")).collect();
    for line in &skipped {
        println!("{line}");
    }
    println!("{}", closing_line(totals, skipped.len()));
    if good { Ok(()) } else { Err("the tests did not all pass".to_owned()) }
}

/// Whether all passed.
fn cargo_test(args: &[String], skips: &Path, totals: &mut Totals) -> Outcome<bool> {
    let mut command = compile::cargo();
    command.args(["test", "--release", "--workspace", "--no-fail-fast"]).args(args).env(SKIPS, skips).stdout(Stdio::piped());
    shared(&mut command);
    let mut child = command.spawn().map_err(|error| format!("can't start cargo: {error}"))?;
    let out = child.stdout.take().ok_or("cargo has no output")?;
    for line in BufReader::new(out).split(b'\n') {
        let line = line.map_err(|error| format!("cargo's output can't be read: {error}"))?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        totals.add(&line);
    }
    let status = child.wait().map_err(|error| format!("cargo did not end: {error}"))?;
    Ok(status.success())
}

fn shared(command: &mut Command) {
    if std::env::var_os(SHARED).is_none()
        && let Ok(beside) = root().join("../shared").canonicalize()
    {
        command.env(SHARED, beside);
    }
}

/// A test that says it was skipped ended well as far as its runner knows.
fn closing_line(totals: Totals, skipped: usize) -> String {
    let skipped = u32::try_from(skipped).unwrap_or(u32::MAX);
    format!("hatbridge: {} passed, {} failed, {} skipped", totals.passed.saturating_sub(skipped), totals.failed, totals.ignored.saturating_add(skipped))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_all_binaries_are_summed() {
        let mut totals = Totals::default();
        totals.add("running 3 tests");
        totals.add("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s");
        totals.add("test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s");
        assert_eq!(totals, Totals { passed: 4, failed: 2, ignored: 1 });
    }

    #[test]
    fn a_skipped_test_does_not_count_as_passed() {
        let totals = Totals { passed: 10, failed: 0, ignored: 1 };
        assert_eq!(closing_line(totals, 2), "hatbridge: 8 passed, 0 failed, 3 skipped");
    }
}
