//! What is seen while the demo runs: a live table in a terminal, plain lines otherwise.

use super::numbers::Numbers;
use comfy_table::{Table, presets};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// How often plain lines are printed.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Shows numbers; on stderr, so that stdout is the result alone.
#[derive(Debug)]
pub struct Screen {
    live: Option<ProgressBar>,
    started: Instant,
    printed: Option<Instant>,
}

impl Default for Screen {
    fn default() -> Self {
        Self::new()
    }
}

impl Screen {
    /// A live one if stderr is a terminal.
    #[must_use]
    pub fn new() -> Self {
        let live = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.set_style(ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar
        });
        Self { live, started: Instant::now(), printed: None }
    }

    /// Shows the numbers of this moment.
    pub fn show(&mut self, doing: &str, numbers: &Numbers) {
        let seconds = self.started.elapsed().as_secs();
        if let Some(live) = &self.live {
            live.set_message(format!("{doing} ({seconds} s)\n{}", table(numbers)));
            live.tick();
        } else if self.printed.is_none_or(|at| at.elapsed() >= LINE_EVERY) {
            self.printed = Some(Instant::now());
            eprintln!("{}", line(seconds, doing, numbers));
        }
    }

    /// Says something that stays.
    pub fn say(&self, text: &str) {
        match &self.live {
            Some(live) => live.suspend(|| eprintln!("{text}")),
            None => eprintln!("{text}"),
        }
    }

    /// Leaves the last table where it is.
    pub fn end(&self) {
        if let Some(live) = &self.live {
            live.abandon();
        }
    }
}

fn shown(value: Option<u64>, unit: &str) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value}{unit}"))
}

fn line(seconds: u64, doing: &str, n: &Numbers) -> String {
    format!(
        "{seconds:>4} s  {doing}: captured {} applied {} in flight {} waiting {} retried {} dead {} quota left {} p50 {} p99 {}",
        n.captured,
        n.applied,
        n.in_flight,
        n.waiting,
        n.retried,
        n.dead,
        shown(n.quota_left, ""),
        shown(n.p50_ms, " ms"),
        shown(n.p99_ms, " ms"),
    )
}

fn table(n: &Numbers) -> String {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_BORDERS_ONLY);
    table.set_header(["captured", "applied", "in flight", "waiting", "retried", "dead", "quota left", "p50", "p99"]);
    table.add_row([
        n.captured.to_string(),
        n.applied.to_string(),
        n.in_flight.to_string(),
        n.waiting.to_string(),
        n.retried.to_string(),
        n.dead.to_string(),
        shown(n.quota_left, " calls"),
        shown(n.p50_ms, " ms"),
        shown(n.p99_ms, " ms"),
    ]);
    table.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_the_table_says() {
        let numbers = Numbers { captured: 12, applied: 10, waiting: 2, quota_left: Some(88), p50_ms: Some(40), ..Numbers::default() };
        assert_eq!(
            line(5, "playing", &numbers),
            "   5 s  playing: captured 12 applied 10 in flight 0 waiting 2 retried 0 dead 0 quota left 88 p50 40 ms p99 -"
        );
        assert!(table(&numbers).contains("88 calls"));
    }
}
