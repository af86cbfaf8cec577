//! Do all schemas keep the rules? Every version reads what every older one wrote
//! (`BACKWARD_TRANSITIVE`), nothing changes its type, all is documented, and no released file changes.

mod release;
mod report;
mod rules;

pub use report::{Problem, Report, Rule, SubjectReport};

use crate::Error;
use crate::shipped::{self, RELEASED, Subject};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Texts of a subject's versions.
type Versions = BTreeMap<u32, String>;

/// Checks the schemas compiled into this program.
#[must_use]
pub fn check_shipped() -> Report {
    let subject = |s: &Subject| {
        let texts = s.texts().iter().map(|text| (*text).to_owned());
        (s.as_str().to_owned(), (1..).zip(texts).collect::<Versions>())
    };
    check(&Subject::ALL.iter().map(subject).collect(), Some(RELEASED), Vec::new())
}

/// Checks a folder: `<subject>/<version>.avsc`, and `released.sha256` with the sums of all files.
///
/// # Errors
/// [`Error::Read`] if the folder or a file in it can't be read.
pub fn check_dir(dir: &Path) -> Result<Report, Error> {
    let mut subjects = BTreeMap::new();
    let mut problems = Vec::new();
    for folder in entries(dir)?.into_iter().filter(|path| path.is_dir()) {
        let subject = name_of(&folder);
        let mut versions = Versions::new();
        for file in entries(&folder)? {
            let name = name_of(&file);
            let number = name.strip_suffix(".avsc").and_then(|n| n.parse().ok());
            match number.filter(|n: &u32| format!("{n}.avsc") == name) {
                Some(number) => {
                    let text = std::fs::read_to_string(&file);
                    versions.insert(number, text.map_err(|source| Error::Read { path: file, source })?);
                }
                None => problems.push(Problem::of_subject(&subject, Rule::Name, format!("`{name}` is not named <version>.avsc; rename or remove it"))),
            }
        }
        subjects.insert(subject, versions);
    }
    let sums = dir.join("released.sha256");
    let released = match std::fs::read_to_string(&sums) {
        Ok(text) => Some(text),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
        Err(source) => return Err(Error::Read { path: sums, source }),
    };
    Ok(check(&subjects, released.as_deref(), problems))
}

fn entries(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let read = |source| Error::Read { path: dir.to_owned(), source };
    let list = std::fs::read_dir(dir).map_err(read)?;
    let mut paths: Vec<_> = list.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>().map_err(read)?;
    paths.sort();
    Ok(paths)
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn check(subjects: &BTreeMap<String, Versions>, released: Option<&str>, mut problems: Vec<Problem>) -> Report {
    let mut reports = Vec::new();
    if subjects.is_empty() {
        problems.push(Problem::of_subject("", Rule::Versions, "there is no schema here; is this the right folder?".to_owned()));
    }
    for (subject, versions) in subjects {
        let mut parsed = Vec::new();
        for (&version, text) in versions {
            match shipped::parse(text, || format!("{subject}/{version}.avsc")) {
                Ok(schema) => parsed.push((version, text.as_str(), schema)),
                Err(error) => problems.push(Problem::of_version(subject, version, Rule::Parse, format!("{}: {error}", report::cause(&error)))),
            }
        }
        rules::contiguous(subject, versions, &mut problems);
        for (at, (version, text, schema)) in parsed.iter().enumerate() {
            rules::style(subject, *version, text, &mut problems);
            for (older, _, written) in &parsed[..at] {
                rules::readable((subject, *version, schema), (*older, written), &mut problems);
            }
        }
        reports.push(SubjectReport {
            subject: subject.clone(),
            versions: versions.keys().copied().collect(),
            fingerprints: parsed.iter().map(|(_, _, s)| format!("{:016x}", shipped::fingerprint(s))).collect(),
        });
    }
    release::unchanged(subjects, released, &mut problems);
    Report { subjects: reports, problems }
}
