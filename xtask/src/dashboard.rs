//! `cargo xtask dashboard`: plays the demo under the eyes of a real Prometheus and asks it every
//! question of the Grafana dashboard and the alerts.

use crate::http::{encoded, get};
use crate::run::{Outcome, find, free_ports, make_folder, read, remove_folder, root, say, until, write};
use crate::{compile, install};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, SystemTime};

pub const HELP: &str = "cargo xtask dashboard                     plays the demo and checks that every query of the dashboard returns data";

/// How long the demo may take to say where its metrics are.
const START: Duration = Duration::from_secs(60);
/// What Grafana puts in for these, at a scrape interval of a second.
const VARIABLES: [(&str, &str); 4] = [("$__rate_interval", "15s"), ("$__interval", "5s"), ("$__range", "5m"), ("$job", "hatbridge")];
/// Metrics carry this before their names.
const PREFIX: &str = "hatbridge_";

/// `dashboard`
pub fn main() -> Outcome {
    install::build_tools()?;
    install::prometheus()?;
    compile::programs()?;
    let folder = compile::target().join("dashboard");
    remove_folder(&folder)?;
    make_folder(&folder)?;
    let dashboard = read(&root().join("deploy/grafana/dashboard.json"))?;
    let queries = queries(&serde_json::from_str(&dashboard).map_err(|error| format!("deploy/grafana/dashboard.json: {error}"))?);
    let rules = read(&root().join("deploy/prometheus/rules.yml"))?;

    let from = now();
    let (mut demo, metrics_at) = start_demo(&folder)?;
    let prometheus = Prometheus::start(&folder, &metrics_at)?;
    let status = demo.wait()?;
    let to = now();
    let mut wrong = vec![];
    if !status.success() {
        wrong.push(format!("the demo itself failed ({status}); its log is {}", folder.join("demo/hatbridge.log").display()));
    }
    for (panel, query) in &queries {
        if !prometheus.has_data(query, from, to)? {
            wrong.push(format!("panel `{panel}`: no data for {query}"));
        }
    }
    let named = metric_names(&rules);
    for name in &named {
        if !prometheus.has_data(name, from, to)? {
            wrong.push(format!("rules.yml: there is no metric {name}"));
        }
    }
    let shown: BTreeSet<String> = queries.iter().flat_map(|(_, query)| metric_names(query)).chain(named).map(|name| base(&name).to_owned()).collect();
    let known: BTreeSet<String> = prometheus.metrics()?.iter().map(|name| base(name).to_owned()).collect();
    wrong.extend(known.difference(&shown).map(|name| format!("{name} has no panel and no alert")));
    if !wrong.is_empty() {
        return Err(wrong.join("\n"));
    }
    say(&format!("{} queries of the dashboard returned data; all {} metrics have a panel or an alert", queries.len(), known.len()));
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "this is the edge: Prometheus is asked about a stretch of wall clock time")]
fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// What a list holds; nothing where there is none.
fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A text; empty where there is none.
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// (panel's title, query) of all panels, also those within rows.
fn queries(dashboard: &Value) -> Vec<(String, String)> {
    let mut found = vec![];
    for panel in items(&dashboard["panels"]) {
        for target in items(&panel["targets"]) {
            found.push((text(&panel["title"]).to_owned(), text(&target["expr"]).to_owned()));
        }
        found.extend(queries(panel));
    }
    found
}

/// The metrics of this project that a text names.
fn metric_names(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':');
    words.filter(|word| word.starts_with(PREFIX) && !word.contains(':')).map(str::to_owned).collect()
}

/// A histogram's name without what its series add to it.
fn base(name: &str) -> &str {
    ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name)
}

/// A child that ends with this program, however that ends.
fn bound(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM"]).arg(program).stdin(Stdio::null());
    command
}

/// A running program; ended when dropped.
struct Running(Child);

impl Running {
    fn wait(&mut self) -> Outcome<std::process::ExitStatus> {
        self.0.wait().map_err(|error| format!("can't wait for a child: {error}"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the demo; returns it and where its metrics are.
fn start_demo(folder: &Path) -> Outcome<(Running, String)> {
    let mut command = bound(&compile::program("hatbridge"));
    command.arg("demo").arg("--keep").arg(folder.join("demo")).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("can't start the demo: {error}"))?;
    let said = child.stderr.take().ok_or("the demo has no stderr")?;
    let demo = Running(child);
    let (found, at) = mpsc::sync_channel(1);
    std::thread::spawn(move || pass_on(said, &found));
    let at = at.recv_timeout(START).map_err(|_| format!("the demo did not say where its metrics are within {} s", START.as_secs()))?;
    Ok((demo, at))
}

/// Shows what the demo says, and tells once where its metrics are.
fn pass_on(said: impl Read, found: &mpsc::SyncSender<String>) {
    for line in BufReader::new(said).lines().map_while(Result::ok) {
        eprintln!("{line}");
        if let Some(at) = line.split("http://").nth(1).and_then(|rest| rest.strip_suffix("/metrics")) {
            // Once is enough; later ones find the place taken.
            let _ = found.try_send(at.to_owned());
        }
    }
}

/// A Prometheus that scrapes one address every second.
struct Prometheus {
    port: u16,
    _running: Running,
}

impl Prometheus {
    fn start(folder: &Path, target: &str) -> Outcome<Self> {
        let file: PathBuf = folder.join("prometheus.yml");
        let rules = root().join("deploy/prometheus/rules.yml");
        write(
            &file,
            &format!(
                "global:\n  scrape_interval: 1s\n  evaluation_interval: 5s\nrule_files: [\"{}\"]\nscrape_configs:\n  - job_name: hatbridge\n    static_configs:\n      - targets: [\"{target}\"]\n",
                rules.display()
            ),
        )?;
        let port = free_ports(1)?[0];
        let log = folder.join("prometheus.log");
        let out = std::fs::File::create(&log).map_err(|error| format!("can't write {}: {error}", log.display()))?;
        let program = find("prometheus").ok_or("prometheus is not installed")?;
        let child = bound(&program)
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("prometheus").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stdout(Stdio::null())
            .stderr(out)
            .spawn()
            .map_err(|error| format!("can't start prometheus: {error}"))?;
        let running = Running(child);
        if !until(Duration::from_secs(30), || get(port, "/-/ready").is_ok()) {
            return Err(format!("prometheus did not start; its log is {}", log.display()));
        }
        Ok(Self { port, _running: running })
    }

    fn ask(&self, path: &str) -> Outcome<Value> {
        let answer = get(self.port, path)?;
        serde_json::from_str(&answer).map_err(|error| format!("prometheus answers no JSON ({error}): {answer}"))
    }

    /// Whether the query had a number at any moment of the stretch.
    fn has_data(&self, query: &str, from: u64, to: u64) -> Outcome<bool> {
        let query = VARIABLES.iter().fold(query.to_owned(), |query, (name, value)| query.replace(name, value));
        let answer = self.ask(&format!("/api/v1/query_range?query={}&start={from}&end={to}&step=1", encoded(&query)))?;
        let series = items(&answer["data"]["result"]);
        let number = |sample: &Value| text(&sample[1]).parse::<f64>().is_ok_and(|number| !number.is_nan());
        Ok(series.iter().any(|one| items(&one["values"]).iter().any(number)))
    }

    /// Names of all metrics of this project that were scraped.
    fn metrics(&self) -> Outcome<Vec<String>> {
        let answer = self.ask("/api/v1/label/__name__/values")?;
        Ok(items(&answer["data"]).iter().map(|name| text(name).to_owned()).filter(|name| name.starts_with(PREFIX) && !name.contains(':')).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_of_panels_in_rows_are_found_too() {
        let dashboard = r#"{"panels": [{"title": "a", "targets": [{"expr": "x"}, {"expr": "y"}]}, {"type": "row", "panels": [{"title": "b", "targets": [{"expr": "z"}]}]}]}"#;
        let found = queries(&serde_json::from_str(dashboard).unwrap_or_default());
        let found: Vec<(&str, &str)> = found.iter().map(|(panel, query)| (panel.as_str(), query.as_str())).collect();
        assert_eq!(found, [("a", "x"), ("a", "y"), ("b", "z")]);
    }

    #[test]
    fn metrics_are_known_by_their_prefix() {
        let names = metric_names("sum(rate(hatbridge_a_total{x=\"y\"}[5m])) > hatbridge_b_seconds_bucket + up + hatbridge:c:sum");
        assert_eq!(names.into_iter().collect::<Vec<_>>(), ["hatbridge_a_total", "hatbridge_b_seconds_bucket"]);
        assert_eq!(base("hatbridge_b_seconds_bucket"), "hatbridge_b_seconds");
    }
}
