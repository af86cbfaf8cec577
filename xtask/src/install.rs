//! What must be on the machine, and putting it there.

use crate::run::{Outcome, find, run, say};
use std::path::Path;
use std::process::Command;

/// A program and the Debian package that brings it.
type Need = (&'static str, &'static str);

/// librdkafka, zlib, SQLite and the cryptography are compiled from C and C++ sources that come with their crates.
const BUILD: [Need; 3] = [("cc", "build-essential"), ("c++", "build-essential"), ("make", "build-essential")];
/// Kafka 4 runs on Java 17 or later; Maven fetches it.
const KAFKA: [Need; 2] = [("java", "default-jre-headless"), ("mvn", "maven")];

/// What the build needs.
pub fn build_tools() -> Outcome {
    all(&BUILD, "building librdkafka and SQLite")
}

/// What Apache Kafka needs.
pub fn kafka_tools() -> Outcome {
    all(&KAFKA, "Apache Kafka")
}

/// Prometheus with `promtool`.
pub fn prometheus() -> Outcome {
    all(&[("prometheus", "prometheus"), ("promtool", "prometheus")], "checking the metrics")
}

/// Installs what is missing if that is ours to do, else says what to run.
fn all(needs: &[Need], what_for: &str) -> Outcome {
    let missing: Vec<Need> = needs.iter().copied().filter(|(program, _)| find(program).is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let mut packages: Vec<&str> = missing.iter().map(|(_, package)| *package).collect();
    packages.dedup();
    let programs: Vec<&str> = missing.iter().map(|(program, _)| *program).collect();
    packages_or_advice(&packages, &format!("{} needed for {what_for} and not found in PATH", programs.join(", ")))
}

/// Installs Debian packages as root; anyone else is told how.
pub fn packages_or_advice(packages: &[&str], why: &str) -> Outcome {
    if !Path::new("/etc/debian_version").exists() {
        return Err(format!("{why}; on Debian the packages are: {}", packages.join(" ")));
    }
    if !is_root() {
        return Err(format!("{why}; run: sudo apt-get install {}", packages.join(" ")));
    }
    say(&format!("{why}; installing {}", packages.join(" ")));
    let apt = || {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        apt
    };
    let install = || {
        let mut install = apt();
        install.args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(packages);
        install
    };
    // A list that is old or was never fetched knows no package: fetch it and try again.
    if run(&mut install()).is_err() {
        run(apt().args(["update", "--quiet"]))?;
        run(&mut install())?;
    }
    Ok(())
}

/// Whether this process may do everything.
pub fn is_root() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find_map(|line| line.strip_prefix("Uid:")).and_then(|ids| ids.split_whitespace().nth(1)) == Some("0")
}
