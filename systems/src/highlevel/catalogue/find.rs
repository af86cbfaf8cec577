//! An operation by its name.

use super::load::all;
use super::operation::Operation;

/// How alike two names have to be to be proposed, 0 to 1 (Jaro-Winkler).
const ALIKE: f64 = 0.8;
/// Most names that are proposed.
const PROPOSED: usize = 3;

/// There is no such operation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no operation `{name}`{}; `hatbridge catalogue` lists them", proposal(.near))]
pub struct Unknown {
    /// What was asked for.
    pub name: String,
    /// Names that are near.
    pub near: Vec<&'static str>,
}

/// `; did you mean a, b?`, or nothing.
pub(super) fn proposal<T: AsRef<str>>(near: &[T]) -> String {
    if near.is_empty() {
        return String::new();
    }
    let names: Vec<String> = near.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    format!("; did you mean {}?", names.join(" or "))
}

/// An operation by name, title or number; capitals don't count, `-` and `_` are as good as spaces.
///
/// # Errors
/// [`Unknown`] with near names if there is none.
pub fn find(name: &str) -> Result<&'static Operation, Unknown> {
    let wanted = plain(name);
    let number: Option<u16> = wanted.parse().ok();
    let is_it = |operation: &&Operation| operation.name == wanted || Some(operation.number) == number || plain(&operation.title) == wanted;
    all().iter().find(is_it).ok_or_else(|| Unknown { name: shortened(name), near: near(&wanted, all().iter().map(|operation| operation.name.as_str())) })
}

fn plain(name: &str) -> String {
    name.trim().to_lowercase().replace(['-', '_'], " ")
}

/// What is repeated of a name somebody gave, at most 60 characters.
pub(super) fn shortened(name: &str) -> String {
    const LONGEST: usize = 60;
    if name.chars().count() <= LONGEST { name.to_owned() } else { name.chars().take(LONGEST).chain(['…']).collect() }
}

/// The names nearest to `wanted`, best first.
pub(super) fn near<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = wanted.to_lowercase();
    let score = |name: &str| strsim::jaro_winkler(&wanted, &name.to_lowercase());
    let mut alike: Vec<(f64, &str)> = names.map(|name| (score(name), name)).filter(|(score, _)| *score >= ALIKE).collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0));
    alike.dedup_by_key(|(_, name)| *name);
    alike.into_iter().take(PROPOSED).map(|(_, name)| name).collect()
}
