//! Bytes written by every version ever released are read for ever.

use crate::samples;
use hatbridge_schemas::wire::{Decoder, Encoder};
use std::path::{Path, PathBuf};

fn folder(subject: &str, version: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(subject).join(version.to_string())
}

fn hex(bytes: &[u8]) -> String {
    let lines = bytes.chunks(32).map(|line| line.iter().map(|b| format!("{b:02x}")).collect::<String>() + "\n");
    lines.collect()
}

fn golden(subject: &str, version: u32, name: &str) -> Vec<u8> {
    let path = folder(subject, version).join(format!("{name}.hex"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let digits: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap()).collect()
}

#[tokio::test]
async fn events_written_by_every_version_are_read() {
    let decoder = Decoder::shipped();
    for version in [1, 2] {
        for (name, event) in samples::events_of(version) {
            let read = decoder.decode(&golden("event", version, name)).await.unwrap();
            assert!(read == event, "{name} of version {version}");
        }
    }
}

#[tokio::test]
async fn dead_letters_written_by_version_1_are_read() {
    let decoder = Decoder::shipped();
    for (name, letter) in samples::dead_letters() {
        let read = decoder.decode_dead_letter(&golden("dead_letter", 1, name)).await.unwrap();
        assert!(read == letter, "{name}");
    }
}

/// Run by hand once a version, with `--ignored`, before its release; it never overwrites a file.
#[test]
#[ignore = "writes files: run once, when a version is new"]
fn write_golden_files_of_the_newest_version() {
    let write = |subject: &str, version: usize, name: &str, value: Vec<u8>| {
        let folder = folder(subject, u32::try_from(version).unwrap());
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{name}.hex"));
        if !path.exists() {
            std::fs::write(path, hex(&value)).unwrap();
        }
    };
    let encoder = Encoder::shipped();
    for (name, event) in samples::events() {
        write("event", hatbridge_schemas::Subject::Event.texts().len(), name, encoder.encode(&event).unwrap());
    }
    for (name, letter) in samples::dead_letters() {
        let version = hatbridge_schemas::Subject::DeadLetter.texts().len();
        write("dead_letter", version, name, encoder.encode_dead_letter(&letter).unwrap());
    }
}
