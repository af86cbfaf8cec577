//! Never outliving the parent, however it ends.

use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::fs::FileTypeExt;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often the parent's id is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// Cancels `stop` when standard input, if it is a pipe, is closed at the other end (the system does that
/// even when the parent is killed), or when `parent`, if named, is no longer our parent.
///
/// # Errors
/// If standard input can't be examined.
pub fn watch(parent: Option<u32>, stop: &CancellationToken) -> std::io::Result<()> {
    let stdin = std::fs::File::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    let kind = stdin.metadata()?.file_type();
    // A terminal, a file or /dev/null is no parent's hand: started by a person or a service manager.
    if kind.is_fifo() || kind.is_socket() {
        let stop = stop.clone();
        std::thread::spawn(move || {
            ended(stdin);
            stop.cancel();
        });
    }
    if let Some(parent) = parent {
        let stop = stop.clone();
        std::thread::spawn(move || {
            while std::os::unix::process::parent_id() == parent {
                std::thread::sleep(LOOK);
            }
            stop.cancel();
        });
    }
    Ok(())
}

/// Returns when `input` is at its end or broken.
fn ended(mut input: impl Read) {
    let mut ignored = [0; 64];
    loop {
        match input.read(&mut ignored) {
            Ok(0) => return,
            Err(error) if error.kind() != std::io::ErrorKind::Interrupted => return,
            _ => {}
        }
    }
}
