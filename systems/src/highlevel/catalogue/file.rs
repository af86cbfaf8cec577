//! The file of a form, out of the data.

use super::problem::Problem;
use crate::call::FilePart;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

/// The part's name, in the form and in the data.
pub(super) const NAME: &str = "fileAttachment";

/// How the data hold a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    file_name: String,
    media_type: String,
    base64: String,
}

/// The form's part.
pub(super) fn part(value: &Value) -> Result<FilePart, Problem> {
    let given = Given::deserialize(value).map_err(|_| Problem::new(NAME, "must be {\"file_name\", \"media_type\", \"base64\"}, three texts"))?;
    let bytes = STANDARD.decode(given.base64.as_bytes()).map_err(|_| Problem::new(format!("{NAME}.base64"), "is not base64"))?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "!#$&-^_.+/".contains(c);
    if given.media_type.split('/').count() != 2 || !given.media_type.chars().all(plain) {
        return Err(Problem::new(format!("{NAME}.media_type"), "must be a media type like image/png"));
    }
    Ok(FilePart { name: NAME, file_name: given.file_name, media_type: given.media_type, bytes: bytes.into() })
}
