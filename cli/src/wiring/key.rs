//! The key that stored tokens are sealed with.

use crate::exit::Failure;
use anyhow::Context;
use std::fmt::Write as _;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The environment variable.
pub const VARIABLE: &str = "HATBRIDGE_SECRET_KEY";
/// The file in the data folder.
pub const FILE: &str = "secret.key";

/// The key: `HATBRIDGE_SECRET_KEY` (64 hexadecimal digits), else the file `secret.key` in the data
/// folder, made on first use for its owner only. Several machines need the variable.
///
/// # Errors
/// If the key is malformed or the file can't be read or made.
pub fn secret_key(data_dir: &Path) -> anyhow::Result<[u8; 32]> {
    if let Ok(text) = std::env::var(VARIABLE) {
        return parse(&text)
            .ok_or_else(|| Failure::Usage(format!("{VARIABLE} is not a key: 64 hexadecimal digits are wanted, as `openssl rand -hex 32` prints")).into());
    }
    let path = data_dir.join(FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) => read_back(&path, &text),
        Err(error) if error.kind() == ErrorKind::NotFound => make(&path),
        Err(error) => Err(error).with_context(|| format!("can't read {}", path.display())),
    }
}

fn read_back(path: &Path, text: &str) -> anyhow::Result<[u8; 32]> {
    parse(text).ok_or_else(|| {
        Failure::Usage(format!("{} is not a key of 64 hexadecimal digits; restore it, or remove it and connect the tenants again", path.display())).into()
    })
}

fn make(path: &Path) -> anyhow::Result<[u8; 32]> {
    let mut key = [0_u8; 32];
    std::fs::File::open("/dev/urandom").and_then(|mut random| random.read_exact(&mut key)).context("can't read random bytes for the secret key")?;
    let text = key.iter().fold(String::with_capacity(65), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // writing to a String can't fail
        text
    }) + "\n";
    // Written whole beside its place and then linked there: a crash leaves no half key, and of two
    // processes that start at once both use the first one's.
    let beside = path.with_extension(format!("key.{}", std::process::id()));
    let write = || -> std::io::Result<()> {
        let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().with_context(|| format!("can't write {}", beside.display()))?;
    let linked = std::fs::hard_link(&beside, path);
    std::fs::remove_file(&beside).with_context(|| format!("can't remove {}", beside.display()))?;
    match linked {
        Ok(()) => Ok(key),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let text = std::fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))?;
            read_back(path, &text)
        }
        Err(error) => Err(error).with_context(|| format!("can't make {}", path.display())),
    }
}

fn parse(text: &str) -> Option<[u8; 32]> {
    let text = text.trim();
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut key = [0; 32];
    for (at, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_made_once_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let key = secret_key(folder.path()).unwrap();
        assert_eq!(secret_key(folder.path()).unwrap(), key);
        assert_ne!(key, [0; 32]);
        let mode = std::fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_key_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "abc").unwrap();
        let error = secret_key(folder.path()).unwrap_err();
        assert_eq!(crate::exit::code_of(&error), crate::exit::USAGE);
        assert_eq!(std::fs::read_to_string(folder.path().join(FILE)).unwrap(), "abc");
    }
}
