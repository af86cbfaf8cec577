//! The writer: one thread, many appends a sync.

use super::{Options, Position, Segment, Shared, held, recover, remove};
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use tokio::sync::{Notify, mpsc, oneshot};

/// Most appends a sync.
const GROUP: usize = 256;

pub(crate) struct Append {
    pub(crate) bytes: Vec<u8>,
    pub(crate) id: Option<(String, String)>,
    pub(crate) answer: oneshot::Sender<io::Result<()>>,
}

pub(crate) struct Writer {
    options: Options,
    shared: Arc<Mutex<Shared>>,
    arrived: Arc<Notify>,
    next: u64,
    open: Option<(File, u64, u64)>,
}

impl Writer {
    pub(crate) fn new(options: Options, shared: Arc<Mutex<Shared>>, arrived: Arc<Notify>, next: u64) -> Self {
        Self { options, shared, arrived, next, open: None }
    }

    pub(crate) fn run(mut self, mut inbox: mpsc::Receiver<Append>) {
        while let Some(first) = inbox.blocking_recv() {
            let mut group = vec![first];
            while group.len() < GROUP {
                match inbox.try_recv() {
                    Ok(append) => group.push(append),
                    Err(_) => break,
                }
            }
            self.write(group);
        }
    }

    fn write(&mut self, group: Vec<Append>) {
        let length: u64 = group.iter().map(|a| a.bytes.len() as u64).sum();
        match self.try_write(&group, length) {
            Ok(number) => {
                {
                    let mut shared = held(&self.shared);
                    shared.waiting += group.len() as u64;
                    let ids: HashSet<_> = group.iter().filter_map(|a| a.id.clone()).collect();
                    shared.ids.extend(ids);
                    if let Some(segment) = shared.segments.iter_mut().find(|s| s.number == number) {
                        segment.durable += length;
                    }
                }
                self.arrived.notify_waiters();
                for append in group {
                    // A receiver that went away loses nothing: the entry is kept.
                    let _ = append.answer.send(Ok(()));
                }
            }
            Err(error) => {
                // What was written of it is cut off or, if even that fails, left behind as a torn
                // tail; the next append begins a new segment.
                if let Some((file, number, _)) = self.open.take() {
                    let durable = held(&self.shared).segments.iter().find(|s| s.number == number).map_or(0, |s| s.durable);
                    let _ = file.set_len(durable);
                }
                let mut shared = held(&self.shared);
                shared.bytes = shared.bytes.saturating_sub(length);
                drop(shared);
                tracing::error!(%error, "the spool can't be written: webhooks are refused; free disk space or repair the disk");
                for append in group {
                    let _ = append.answer.send(Err(io::Error::new(error.kind(), error.to_string())));
                }
            }
        }
    }

    fn try_write(&mut self, group: &[Append], length: u64) -> io::Result<u64> {
        self.roll_if_due()?;
        let Some((file, number, written)) = self.open.as_mut() else {
            return Err(io::Error::other("no segment is open"));
        };
        for append in group {
            file.write_all(&append.bytes)?;
        }
        file.sync_data()?;
        *written += length;
        Ok(*number)
    }

    /// A new segment where there is none, the last is large, or all of it was read.
    fn roll_if_due(&mut self) -> io::Result<()> {
        let drained = held(&self.shared).waiting == 0;
        if self.open.as_ref().is_some_and(|(_, _, written)| *written < self.options.segment_bytes && !(drained && *written > 0)) {
            return Ok(());
        }
        let number = self.next;
        let path = recover::path_of(&self.options.folder, number);
        let file = File::create(&path)?;
        // The file's name must survive a power cut too.
        File::open(&self.options.folder)?.sync_all()?;
        self.next += 1;
        self.open = Some((file, number, 0));
        let mut gone = vec![];
        {
            let mut shared = held(&self.shared);
            if shared.waiting == 0 {
                while let Some(segment) = shared.segments.pop_front() {
                    shared.bytes = shared.bytes.saturating_sub(segment.durable);
                    gone.push((segment.number, segment.durable));
                }
                shared.read = Position { segment: number, offset: 0 };
            }
            shared.segments.push_back(Segment { number, durable: 0 });
        }
        for (number, durable) in gone {
            let path = recover::path_of(&self.options.folder, number);
            if durable > 0 || path.exists() {
                remove(&path);
            }
        }
        Ok(())
    }
}
