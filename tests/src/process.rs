//! hatbridge as processes of their own, told by the same configuration file.

use crate::wait::{PATIENCE, within};
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A running `hatbridge`. Killed when dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    name: String,
    log: PathBuf,
}

/// The program beside the tests' or one folder up.
///
/// # Panics
/// If it is not built.
#[must_use]
pub fn program() -> PathBuf {
    let running = std::env::current_exe().expect("the tests' own program");
    let name = format!("hatbridge{}", std::env::consts::EXE_SUFFIX);
    let found = running.ancestors().skip(1).take(2).map(|folder| folder.join(&name)).find(|program| program.is_file());
    found.expect("the program `hatbridge` is not built: run `cargo build --release` first")
}

/// Our own variables would be taken for configuration.
fn command(configuration: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HATBRIDGE_")) {
        command.env_remove(name);
    }
    command.arg("--config").arg(configuration).args(arguments).stdin(Stdio::null());
    command
}

/// Runs a command to its end.
///
/// # Panics
/// If it can't be started.
pub async fn output_of(configuration: &Path, arguments: &[&str]) -> Output {
    let mut command = command(configuration, arguments);
    tokio::task::spawn_blocking(move || command.output().expect("hatbridge can be started")).await.expect("its output can be read")
}

impl Process {
    /// Starts `hatbridge ARGUMENTS` with its log beside the configuration.
    ///
    /// # Panics
    /// If it can't be started.
    #[must_use]
    pub fn start(name: &str, configuration: &Path, arguments: &[&str]) -> Self {
        let log = configuration.with_file_name(format!("{name}.log"));
        let file = File::create(&log).expect("the process's log");
        let output = file.try_clone().expect("the process's log twice");
        let child = command(configuration, arguments).stdout(output).stderr(file).spawn().expect("hatbridge can be started");
        Self { child, name: name.to_owned(), log }
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has logged.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Where it serves the path that begins so, as it has logged: `metrics` or `webhooks`.
    ///
    /// # Panics
    /// If it ends before it has said so.
    pub async fn address(&mut self, path: &str) -> SocketAddr {
        let found = within(PATIENCE, async || {
            let log = self.log();
            let address = log.split("http://").skip(1).find_map(|rest| {
                let (address, after) = rest.split_once('/')?;
                after.starts_with(path).then(|| address.parse().ok())?
            });
            if address.is_none() {
                let ended = self.child.try_wait().expect("the process can be asked");
                assert!(ended.is_none(), "{} ended too early ({ended:?}):\n{log}", self.name);
            }
            address
        });
        found.await.unwrap_or_else(|| panic!("{} did not say where its /{path} is:\n{}", self.name, self.log()))
    }

    /// Ends it as a crash would: SIGKILL.
    ///
    /// # Panics
    /// If it was gone already.
    pub fn kill(mut self) {
        let ended = self.child.try_wait().expect("the process can be asked");
        assert!(ended.is_none(), "{} should be running when it is killed ({ended:?}):\n{}", self.name, self.log());
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("its end can be seen");
    }

    /// Tells it to stop (SIGTERM) and waits until it has.
    ///
    /// # Panics
    /// If it does not end well.
    pub async fn stop(mut self) {
        let told = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status().expect("`kill` can be run");
        assert!(told.success(), "{} can be told to stop", self.name);
        let ended = within(PATIENCE, async || self.child.try_wait().expect("the process can be asked")).await;
        assert!(ended.is_some_and(|status| status.success()), "{} ends well when told to ({ended:?}):\n{}", self.name, self.log());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// The sum of a metric's values at an address, over the labels that contain `labels`.
///
/// # Panics
/// If nobody answers there.
pub async fn metric(http: &reqwest::Client, at: SocketAddr, name: &str, labels: &[&str]) -> f64 {
    let text = http.get(format!("http://{at}/metrics")).send().await.expect("metrics are served").text().await.expect("metrics are text");
    sum_of(&text, name, labels)
}

/// The sum of a metric's values in Prometheus' text format.
#[must_use]
pub fn sum_of(text: &str, name: &str, labels: &[&str]) -> f64 {
    let lines = text.lines().filter_map(|line| line.strip_prefix(name)).filter(|rest| rest.starts_with(['{', ' ']));
    lines.filter(|rest| labels.iter().all(|label| rest.contains(label))).filter_map(|rest| rest.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::sum_of;

    #[test]
    fn a_metric_is_summed_over_its_labels() {
        let text = "# HELP a_total x\na_total{x=\"1\",y=\"2\"} 3\na_total{x=\"1\",y=\"3\"} 4\na_total_of_others 9\nb 2\n";
        assert!((sum_of(text, "a_total", &["x=\"1\""]) - 7.0).abs() < 1e-9);
        assert!((sum_of(text, "a_total", &["y=\"3\""]) - 4.0).abs() < 1e-9);
        assert!((sum_of(text, "b", &[]) - 2.0).abs() < 1e-9);
    }
}
