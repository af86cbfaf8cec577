//! What comes from npm: installed once into the target folder, by its lock file.

use crate::documents::made;
use crate::{root, work};
use std::path::PathBuf;
use std::process::Stdio;
use tokio::process::Command;
use tokio::sync::OnceCell;

const FILES: [&str; 3] = ["package.json", "package-lock.json", "validate.mjs"];

static INSTALLED: OnceCell<Result<(), String>> = OnceCell::const_new();

/// Where it is installed.
pub fn folder() -> PathBuf {
    work().join("npm")
}

/// Installs, if it isn't.
///
/// # Errors
/// If there is no Node.js, or the packages can't be had.
pub async fn install() -> Result<(), String> {
    INSTALLED.get_or_init(installed).await.clone()
}

async fn installed() -> Result<(), String> {
    for program in ["node", "npm"] {
        let there = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().await;
        if !there.is_ok_and(|status| status.success()) {
            return Err(format!("{program} is not here; install Node.js 20 or newer with npm"));
        }
    }
    let (source, folder) = (root().join("tests/conformance"), folder());
    made(&folder);
    let stamp = folder.join("installed.json");
    let lock = std::fs::read(source.join("package-lock.json")).unwrap();
    for name in FILES {
        std::fs::write(folder.join(name), std::fs::read(source.join(name)).unwrap()).unwrap();
    }
    if std::fs::read(&stamp).is_ok_and(|of| of == lock) {
        return Ok(());
    }
    let run = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(&folder)
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    if !run.status.success() {
        return Err(format!("npm ci failed in {}: {}", folder.display(), String::from_utf8_lossy(&run.stderr).trim().replace('\n', "; ")));
    }
    std::fs::write(stamp, lock).unwrap();
    Ok(())
}
