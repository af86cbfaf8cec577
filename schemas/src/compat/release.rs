//! Released files never change: their SHA-256 sums are kept beside them.

use super::{Problem, Rule, Versions};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What brings the list up to date, for messages.
const HOW: &str = "run `sha256sum */*.avsc > released.sha256` in the schemas' folder";

pub(super) fn unchanged(subjects: &BTreeMap<String, Versions>, released: Option<&str>, problems: &mut Vec<Problem>) {
    let Some(released) = released else {
        let message = format!("released.sha256 is missing, so nobody would notice a changed version; {HOW}");
        problems.push(Problem::of_subject("", Rule::Released, message));
        return;
    };
    let sums: BTreeMap<&str, &str> = released.lines().filter_map(|line| line.split_once("  ")).map(|(sum, file)| (file, sum)).collect();
    for (subject, versions) in subjects {
        for (&version, text) in versions {
            let file = format!("{subject}/{version}.avsc");
            let sum: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
            let message = match sums.get(file.as_str()) {
                Some(&listed) if listed == sum => continue,
                Some(_) => "it was changed after its release; restore it and make the change in a new version".to_owned(),
                None => format!("it is not in released.sha256 yet; when it is final, {HOW}"),
            };
            problems.push(Problem::of_version(subject, version, Rule::Released, message));
        }
    }
    for file in sums.keys() {
        let parts = file.strip_suffix(".avsc").and_then(|f| f.split_once('/'));
        let here = parts.and_then(|(subject, n)| Some(subjects.get(subject)?.contains_key(&n.parse().ok()?)));
        if here != Some(true) {
            let message = format!("{file} was released and is gone; restore it, records written with it exist");
            problems.push(Problem::of_subject(parts.map_or("", |(s, _)| s), Rule::Released, message));
        }
    }
}
