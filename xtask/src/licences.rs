//! `cargo xtask licences`: every dependency under a licence that `deny.toml` allows, and from the
//! package registry. The part of `cargo deny check` that needs nothing from outside.

use crate::compile;
use crate::run::{Outcome, output, read, root, say};
use std::collections::{BTreeMap, BTreeSet};

pub const HELP: &str = "cargo xtask licences                      checks all dependencies' licences and sources against deny.toml";

/// What a lock file says of a package of the public registry.
const REGISTRY: &str = "registry+";

/// `licences`
pub fn main() -> Outcome {
    let policy = Policy::parse(&read(&root().join("deny.toml"))?);
    let listed = output(compile::cargo().args(["tree", "--workspace", "--locked", "--prefix", "none", "--edges", "normal,build,dev", "--format", "{p}|{l}"]))?;
    let packages: BTreeSet<(&str, &str)> = listed.lines().filter_map(|line| line.trim_end_matches(" (*)").split_once('|')).collect();
    let mut wrong = vec![];
    for (package, licence) in &packages {
        let name = package.split(' ').next().unwrap_or_default();
        if !policy.allows(name, licence) {
            wrong.push(format!("{package}: `{licence}` is not allowed by deny.toml"));
        }
    }
    wrong.extend(foreign_sources(&read(&root().join("Cargo.lock"))?));
    for name in policy.exceptions.keys().filter(|name| !packages.iter().any(|(package, _)| package.split(' ').next() == Some(name))) {
        wrong.push(format!("deny.toml makes an exception for {name}, which is not used any more"));
    }
    if !wrong.is_empty() {
        return Err(wrong.join("\n"));
    }
    say(&format!("{} packages, all under licences that deny.toml allows and from the registry", packages.len()));
    Ok(())
}

fn foreign_sources(lock: &str) -> Vec<String> {
    let sources = lock.lines().filter_map(|line| line.strip_prefix("source = \"")?.strip_suffix('"'));
    sources.filter(|source| !source.starts_with(REGISTRY)).map(|source| format!("{source} is not the package registry")).collect()
}

/// The `[licenses]` of deny.toml.
#[derive(Debug, Default)]
struct Policy {
    allowed: BTreeSet<String>,
    exceptions: BTreeMap<String, BTreeSet<String>>,
}

impl Policy {
    /// Reads the two keys `allow` and `exceptions` as deny.toml writes them: one entry a line.
    fn parse(text: &str) -> Self {
        let mut policy = Self::default();
        let (mut section, mut key) = ("", "");
        for line in text.lines().map(|line| line.split('#').next().unwrap_or_default().trim()) {
            if line.starts_with('[') && line.ends_with(']') && !line.contains('=') {
                section = line;
            } else if let Some((name, _)) = line.split_once('=').filter(|_| !line.starts_with(['{', '"'])) {
                key = name.trim();
            }
            if section != "[licenses]" {
                continue;
            }
            let mut quoted = line.split('"').skip(1).step_by(2).map(str::to_owned);
            match key {
                "allow" => policy.allowed.extend(quoted),
                "exceptions" => {
                    if let Some(name) = quoted.next() {
                        policy.exceptions.entry(name).or_default().extend(quoted);
                    }
                }
                _ => {}
            }
        }
        policy
    }

    fn allows(&self, package: &str, expression: &str) -> bool {
        let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
        let words: Vec<&str> = spaced.split_whitespace().collect();
        let exception = self.exceptions.get(package);
        let one = |id: &str| {
            let id = id.trim_end_matches('+').trim_end_matches("-or-later");
            self.allowed.contains(id) || exception.is_some_and(|ids| ids.contains(id))
        };
        let mut at = 0;
        any(&words, &mut at, &one) && at == words.len()
    }
}

/// `a OR b`: one will do.
fn any(words: &[&str], at: &mut usize, one: &dyn Fn(&str) -> bool) -> bool {
    let mut good = all(words, at, one);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        good |= all(words, at, one);
    }
    good
}

/// `a AND b`: both are needed.
fn all(words: &[&str], at: &mut usize, one: &dyn Fn(&str) -> bool) -> bool {
    let mut good = atom(words, at, one);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        good &= atom(words, at, one);
    }
    good
}

/// A licence, or an expression in brackets. An exception (`WITH`) only allows more.
fn atom(words: &[&str], at: &mut usize, one: &dyn Fn(&str) -> bool) -> bool {
    let word = words.get(*at).copied().unwrap_or_default();
    *at += 1;
    if word == "(" {
        let good = any(words, at, one);
        *at += 1;
        return good;
    }
    if words.get(*at) == Some(&"WITH") {
        *at += 2;
    }
    one(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Policy {
        Policy::parse(
            "[advisories]\nignore = [\n    { id = \"R\", reason = \"x\" },\n]\n[licenses]\n# MIT-like\nallow = [\n    \"MIT\", # short\n    \"ISC\",\n]\nexceptions = [\n    { name = \"smart\", allow = [\"MPL-2.0\"] },\n]\n[sources]\nunknown-git = \"deny\"\n",
        )
    }

    #[test]
    fn expressions_are_judged_by_their_sense() {
        let policy = policy();
        for good in ["MIT", "MIT OR GPL-3.0", "GPL-3.0/MIT", "(GPL-3.0 OR MIT) AND ISC", "MIT WITH Some-exception OR GPL-3.0"] {
            assert!(policy.allows("a", good), "{good}");
        }
        for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR GPL-3.0) AND X", "MPL-2.0", "MIT ISC"] {
            assert!(!policy.allows("a", bad), "{bad}");
        }
    }

    #[test]
    fn an_exception_is_for_its_package_alone() {
        assert!(policy().allows("smart", "MPL-2.0+"));
        assert!(!policy().allows("other", "MPL-2.0+"));
        assert!(!policy().allowed.contains("deny"));
    }

    #[test]
    fn a_package_from_elsewhere_is_named() {
        assert_eq!(foreign_sources("source = \"registry+x\"\nsource = \"git+https://y\"\n"), ["git+https://y is not the package registry"]);
    }
}
