//! Where the broker's program is.

use crate::Error;
use std::path::{Path, PathBuf};

/// Names the program where it does not lie beside ours.
pub const VARIABLE: &str = "HATBRIDGE_BROKER";

/// The named program, else that of the environment, else the one beside the running program or one folder
/// up (tests run in `deps/`).
///
/// # Errors
/// [`Error::NoProgram`] naming where it was looked for.
pub fn find(named: Option<&Path>) -> Result<PathBuf, Error> {
    let named = named.map(Path::to_owned).or_else(|| std::env::var_os(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from));
    // What was named is meant: no other one instead.
    let looked = match named {
        Some(program) => vec![program],
        None => beside(&std::env::current_exe().unwrap_or_default()),
    };
    looked.iter().find(|program| program.is_file()).cloned().ok_or(Error::NoProgram { looked })
}

fn beside(running: &Path) -> Vec<PathBuf> {
    let name = format!("hatbridge-broker{}", std::env::consts::EXE_SUFFIX);
    running.ancestors().skip(1).take(2).map(|folder| folder.join(&name)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_program_is_looked_for_beside_ours_and_one_folder_up() {
        assert_eq!(
            beside(Path::new("/b/release/deps/it-1")),
            [PathBuf::from("/b/release/deps/hatbridge-broker"), PathBuf::from("/b/release/hatbridge-broker")]
        );
    }

    #[test]
    fn a_named_program_that_is_missing_is_not_replaced_by_another() {
        let error = find(Some(Path::new("/nowhere/hatbridge-broker"))).unwrap_err().to_string();
        assert!(error.contains("/nowhere/hatbridge-broker") && error.contains("cargo build --release -p hatbridge-broker"), "{error}");
    }
}
