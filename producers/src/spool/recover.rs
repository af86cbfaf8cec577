//! What a former process left in the folder.

use super::{Position, Segment, Shared, frame};
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

const POSITION: &str = "position";

pub(crate) fn path_of(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:016}.spool"))
}

/// Not synced and not critical: a lost position means reading again what capture knows.
pub(crate) fn write_position(folder: &Path, position: Position) {
    let next = folder.join("position.next");
    let text = format!("{} {}\n", position.segment, position.offset);
    if let Err(error) = std::fs::write(&next, text).and_then(|()| std::fs::rename(&next, folder.join(POSITION))) {
        tracing::warn!(%error, "the spool's position can't be written; after a restart some webhooks are looked at again");
    }
}

fn read_position(folder: &Path) -> Position {
    let text = std::fs::read_to_string(folder.join(POSITION)).unwrap_or_default();
    let mut numbers = text.split_whitespace().map(str::parse::<u64>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(segment)), Some(Ok(offset))) => Position { segment, offset },
        _ => Position::default(),
    }
}

pub(crate) fn keep_damaged(path: &Path) {
    let _ = std::fs::copy(path, path.with_extension("damaged"));
}

/// Reads all segments: cuts torn tails, deletes what was read, counts what waits.
pub(crate) fn recover(folder: &Path) -> io::Result<Shared> {
    let mut numbers: Vec<u64> =
        std::fs::read_dir(folder)?.filter_map(Result::ok).filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".spool")?.parse().ok()).collect();
    numbers.sort_unstable();
    let mut shared = Shared { read: read_position(folder), ..Shared::default() };
    for number in numbers {
        let path = path_of(folder, number);
        let bytes = std::fs::read(&path)?;
        let (mut at, mut unread) = (0, 0_u64);
        while let Some((entry, length)) = frame::unframe(&bytes[at..]) {
            let place = Position { segment: number, offset: at as u64 };
            at += length;
            if place >= shared.read {
                unread += 1;
                if let Some(id) = entry.webhook_id {
                    shared.ids.insert((entry.system.as_str().to_owned(), id));
                }
            }
        }
        if at < bytes.len() {
            // A crash cuts the last record of the then newest segment, which nobody was told of.
            // The whole is kept aside, in case it was the disk instead.
            tracing::warn!(segment = number, bytes = bytes.len() - at, "the end of a segment of the spool is torn and was cut off");
            keep_damaged(&path);
            let file = OpenOptions::new().write(true).open(&path)?;
            file.set_len(at as u64)?;
            file.sync_all()?;
        }
        if unread == 0 {
            std::fs::remove_file(&path)?;
            continue;
        }
        shared.waiting += unread;
        shared.bytes += at as u64;
        shared.segments.push_back(Segment { number, durable: at as u64 });
    }
    // New segments must stand after the position, or their records would count as read.
    if shared.segments.is_empty() {
        shared.segments.push_back(Segment { number: shared.read.segment, durable: 0 });
    }
    File::open(folder)?.sync_all()?;
    Ok(shared)
}
