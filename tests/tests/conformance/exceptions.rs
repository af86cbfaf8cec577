//! What the documents contradict themselves or the documented behaviour: `tests/conformance/exceptions.toml`.

use crate::root;
use crate::verdict::Problem;
use serde::Deserialize;
use serde_json::Value;
use std::path::Path;

/// Most entries that are still exceptions.
const MOST: usize = 9;

/// Request or answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// What the client sends.
    Request,
    /// What the sandbox answers.
    Response,
}

/// One contradiction: what it excuses, or how the documents are read instead.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    /// Names in the catalogue.
    operations: Vec<String>,
    /// What the document contradicts.
    contradiction: String,
    /// Why the client and the sandbox do as they do.
    reason: String,
    /// Excuses what shows on this side.
    side: Option<Side>,
    /// Where it shows: `path`, `query.limit`, `body.messages.*.status`; what is below is meant too.
    at: Option<String>,
    /// The documented answer stands deeper in the real one, at this JSON pointer: there it is judged.
    inside: Option<String>,
    /// Pieces of the documents that are read differently.
    #[serde(default)]
    repair: Vec<Repair>,
}

/// Pieces of the documents as they are, and as they are meant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Repair {
    documents: Vec<String>,
    /// JSON pointers.
    pointers: Vec<String>,
    found: Value,
    meant: Value,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    exception: Vec<Exception>,
}

/// All of them, and which operations have needed them.
#[derive(Debug)]
pub struct Exceptions {
    all: Vec<Exception>,
    used: Vec<Vec<bool>>,
}

impl Exceptions {
    /// Those in the file.
    pub fn read() -> Self {
        let text = std::fs::read_to_string(root().join("tests/conformance/exceptions.toml")).unwrap();
        let File { exception: all } = toml::from_str(&text).unwrap();
        assert!(all.len() <= MOST, "{} exceptions are too many: at most {MOST}", all.len());
        for exception in &all {
            assert!(!exception.contradiction.is_empty() && !exception.reason.is_empty() && !exception.operations.is_empty(), "{exception:?} says too little");
        }
        let used = all.iter().map(|exception| vec![false; exception.operations.len()]).collect();
        Self { all, used }
    }

    /// Reads pieces of the documents differently. Once they say something else, the exception must go.
    pub fn repair(&self, folder: &Path) {
        for repair in self.all.iter().flat_map(|exception| &exception.repair) {
            for name in &repair.documents {
                let file = folder.join(name);
                let mut document: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
                for pointer in &repair.pointers {
                    let piece = document.pointer_mut(pointer);
                    assert_eq!(piece.as_deref(), Some(&repair.found), "{name} is not as exceptions.toml has it at {pointer}");
                    *piece.unwrap() = repair.meant.clone();
                }
                std::fs::write(&file, document.to_string()).unwrap();
            }
        }
    }

    /// Where an operation's documented answer stands in the real one, if deeper.
    pub fn inside(&self, operation: &str) -> Option<&str> {
        self.all.iter().filter(|exception| exception.operations.iter().any(|name| name == operation)).find_map(|exception| exception.inside.as_deref())
    }

    /// An answer was judged at the place where it stands.
    pub fn was_inside(&mut self, operation: &str) {
        self.mark(operation, |exception| exception.inside.is_some());
    }

    /// An exchange was judged otherwise than by the documents as they are.
    pub fn was_repaired(&mut self, operation: &str) {
        self.mark(operation, |exception| !exception.repair.is_empty());
    }

    fn mark(&mut self, operation: &str, fits: impl Fn(&Exception) -> bool) -> bool {
        let mut marked = false;
        for (exception, used) in self.all.iter().zip(&mut self.used).filter(|(exception, _)| fits(exception)) {
            if let Some(place) = exception.operations.iter().position(|name| name == operation) {
                used[place] = true;
                marked = true;
            }
        }
        marked
    }

    /// Whether a problem is one of them.
    pub fn excuse(&mut self, operation: &str, side: Side, problem: &Problem) -> bool {
        self.mark(operation, |exception| exception.side == Some(side) && exception.at.as_ref().is_some_and(|at| is_below(&problem.at, at)))
    }

    /// Those that nothing needed, each as a line.
    pub fn unused(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (exception, used) in self.all.iter().zip(&self.used) {
            for (operation, _) in exception.operations.iter().zip(used).filter(|(_, used)| !**used) {
                lines.push(format!("exceptions.toml: `{operation}` is not needed any more in \"{}\"", exception.contradiction));
            }
        }
        lines
    }
}

/// Whether a place is this one or below; `*` stands for any part.
fn is_below(place: &str, at: &str) -> bool {
    let mut parts = place.split('.');
    at.split('.').all(|wanted| parts.next().is_some_and(|part| wanted == "*" || wanted == part))
}
