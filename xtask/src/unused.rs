//! `cargo xtask unused`: dependencies that a crate declares and never names.

use crate::run::{Outcome, read, root, say};
use std::fs;
use std::path::{Path, PathBuf};

pub const HELP: &str = "cargo xtask unused                        finds dependencies that are declared and never named";

/// Linked for what they do to other crates (features, C libraries), not for what is called.
const SILENT: [(&str, &str); 0] = [];

/// `unused`
pub fn main() -> Outcome {
    let members = members(&read(&root().join("Cargo.toml"))?);
    let mut unused = vec![];
    for member in &members {
        let folder = root().join(member);
        let code = code(&folder)?;
        for name in dependencies(&read(&folder.join("Cargo.toml"))?) {
            if !names(&code, &name.replace('-', "_")) && !SILENT.contains(&(member.as_str(), name.as_str())) {
                unused.push(format!("{member}/Cargo.toml: `{name}` is never named in the crate"));
            }
        }
    }
    if !unused.is_empty() {
        return Err(unused.join("\n"));
    }
    say(&format!("{} crates name all their dependencies", members.len()));
    Ok(())
}

fn members(manifest: &str) -> Vec<String> {
    let line = manifest.lines().find(|line| line.starts_with("members")).unwrap_or_default();
    line.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

fn dependencies(manifest: &str) -> Vec<String> {
    let mut section = "";
    let mut names = vec![];
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line;
        } else if section.ends_with("dependencies]")
            && !line.starts_with('#')
            && let Some((name, _)) = line.split_once(['=', '.'])
        {
            names.push(name.trim().to_owned());
        }
    }
    names
}

/// All Rust code of a crate, without that of crates in folders below it.
fn code(folder: &Path) -> Outcome<String> {
    let mut text = String::new();
    let mut folders: Vec<PathBuf> = ["src", "tests", "benches", "examples"].iter().map(|name| folder.join(name)).collect();
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten().filter_map(Result::ok) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                text.push_str(&read(&path)?);
            }
        }
    }
    Ok(text)
}

/// Whether the word stands in the code by itself.
fn names(code: &str, word: &str) -> bool {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| !code[..at].ends_with(part_of_word) && !code[at + word.len()..].starts_with(part_of_word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_of_all_kinds_are_read() {
        let manifest = "[package]\nname = \"x\"\n[dependencies]\n# a comment = 1\nserde.workspace = true\nurl = \"2\"\n[dev-dependencies]\ninsta = { version = \"1\" }\n[lints]\nworkspace = true\n";
        assert_eq!(dependencies(manifest), ["serde", "url", "insta"]);
    }

    #[test]
    fn a_longer_word_is_another_word() {
        assert!(names("use serde::Serialize;", "serde"));
        assert!(!names("use serde_json::Value;", "serde"));
    }
}
