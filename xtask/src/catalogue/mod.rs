//! `cargo xtask catalogue`: draws the facts of HighLevel's operations from the published documents into
//! the file that `hatbridge-systems` compiles in. Names, types and limits are taken, texts are not.

mod documents;
mod operations;
mod repairs;
mod schemas;
#[cfg(test)]
mod tests;

use crate::run::{Outcome, absolute, read, root, say, write};
use operations::Facts;
use serde_json::Value;
use std::path::PathBuf;

pub const HELP: &str = "cargo xtask catalogue [--shared DIR] [--check]
                                          draws HighLevel's operations from the published documents in
                                          DIR/highlevel (default ../shared); --check only compares";

/// The file, seen from the project's folder.
const FACTS: &str = "systems/src/highlevel/catalogue/facts.json";

/// `catalogue [--shared DIR] [--check]`
pub fn main(args: &[String]) -> Outcome {
    let (mut shared, mut check) = (shared(), false);
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        match arg {
            "--shared" => shared = absolute(args.next().ok_or(HELP)?)?,
            "--check" => check = true,
            _ => return Err(HELP.to_owned()),
        }
    }
    let drawn = written(&Facts::draw(&shared.join("highlevel"))?);
    let file = root().join(FACTS);
    if check {
        return compare(&read(&file)?, &drawn);
    }
    write(&file, &drawn)?;
    say(&format!("wrote {FACTS}, {} KB", drawn.len() / 1024));
    Ok(())
}

/// Where the documents are unless it is said.
fn shared() -> PathBuf {
    std::env::var_os("HATBRIDGE_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from)
}

/// One operation a line, one schema a line, so that a difference is readable.
fn written(facts: &Facts) -> String {
    let operations: Vec<String> = facts.operations.iter().map(|members| in_order(members)).collect();
    let schemas: Vec<String> = facts.schemas.iter().map(|(name, schema)| format!("{}:{schema}", Value::from(name.as_str()))).collect();
    format!("{{\"operations\":[\n{}\n],\"schemas\":{{\n{}\n}}}}\n", operations.join(",\n"), schemas.join(",\n"))
}

/// An object whose members stay in this order.
fn in_order(members: &[(&'static str, Value)]) -> String {
    let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

/// Says which lines differ.
fn compare(committed: &str, drawn: &str) -> Outcome {
    if committed == drawn {
        say(&format!("{FACTS} agrees with the documents"));
        return Ok(());
    }
    let (ours, theirs): (Vec<&str>, Vec<&str>) = (committed.lines().collect(), drawn.lines().collect());
    let shown = |line: &&&str| line.chars().take(120).collect::<String>();
    let lost: Vec<String> = ours.iter().filter(|line| !theirs.contains(line)).map(|line| format!("- {}", shown(&line))).collect();
    let new: Vec<String> = theirs.iter().filter(|line| !ours.contains(line)).map(|line| format!("+ {}", shown(&line))).collect();
    Err(format!("{FACTS} does not agree with the documents; run `cargo xtask catalogue`\n{}", [lost, new].concat().join("\n")))
}
