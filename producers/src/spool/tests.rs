#![allow(clippy::unwrap_used)]
use super::*;
use hatbridge_schemas::System;
use std::io::Write;

fn entry(n: usize) -> Entry {
    Entry {
        system: System::Highlevel,
        tenant: None,
        event: "ContactCreate".into(),
        webhook_id: Some(format!("w{n}")),
        received_at: 1,
        body: format!("{{\"n\":{n}}}").into_bytes(),
    }
}

fn options(folder: &Path) -> Options {
    Options { folder: folder.to_owned(), bytes: 1 << 20, segment_bytes: 600 }
}

fn numbers(entries: &[Entry]) -> Vec<String> {
    entries.iter().map(|e| e.webhook_id.clone().unwrap()).collect()
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill_and_a_torn_tail_does_not_hurt() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::open(options(folder.path())).unwrap();
    for n in 0..20 {
        spool.append(&entry(n)).await.unwrap();
    }
    let (read, position) = spool.peek(7).await.unwrap();
    spool.done(&read, position);
    assert_eq!(spool.waiting(), 13);
    drop(spool); // no flush, no farewell
    // The crash came in the middle of the next append.
    let mut names: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "spool")).collect();
    names.sort();
    let torn = frame(&entry(99));
    std::fs::OpenOptions::new().append(true).open(names.last().unwrap()).unwrap().write_all(&torn[..torn.len() - 3]).unwrap();

    let spool = reopened(folder.path()).await;
    assert_eq!(spool.waiting(), 13);
    assert!(spool.holds("highlevel", "w19") && !spool.holds("highlevel", "w99") && !spool.holds("highlevel", "w3"));
    spool.append(&entry(20)).await.unwrap();
    let (read, position) = spool.peek(100).await.unwrap();
    assert_eq!(numbers(&read), (7..=20).map(|n| format!("w{n}")).collect::<Vec<_>>());
    assert_eq!(read[0], entry(7));
    spool.done(&read, position);
    assert_eq!((spool.waiting(), spool.peek(10).await.unwrap().0.len()), (0, 0));
    drop(spool);
    let spool = reopened(folder.path()).await;
    assert_eq!(spool.waiting(), 0, "nothing comes twice");
    spool.append(&entry(21)).await.unwrap();
    assert_eq!(numbers(&spool.peek(10).await.unwrap().0), ["w21"]);
}

/// The writer's thread gives the folder up a moment after the last handle went.
async fn reopened(folder: &Path) -> Spool {
    loop {
        if let Ok(spool) = Spool::open(options(folder)) {
            return spool;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_full_spool_says_so_and_takes_more_once_read() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::open(Options { bytes: 1000, segment_bytes: 300, ..options(folder.path()) }).unwrap();
    let mut taken = 0;
    let error = loop {
        match spool.append(&entry(taken)).await {
            Ok(()) => taken += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::SpoolFull { bytes: 1000 }), "{error}");
    assert!(taken >= 4, "{taken}");
    let (read, position) = spool.peek(100).await.unwrap();
    assert_eq!(read.len(), taken);
    spool.done(&read, position);
    spool.append(&entry(taken)).await.unwrap();
    let on_disk: u64 = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|e| e.unwrap())
        .filter(|e| e.path().extension().is_some_and(|e| e == "spool"))
        .map(|e| e.metadata().unwrap().len())
        .sum();
    assert!(on_disk < 300, "what was read is deleted: {on_disk}");
}

#[tokio::test]
async fn appends_and_reads_at_once_keep_every_entry_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::open(options(folder.path())).unwrap();
    let writer = {
        let spool = spool.clone();
        tokio::spawn(async move {
            for n in 0..300 {
                spool.append(&entry(n)).await.unwrap();
            }
        })
    };
    let mut seen = vec![];
    while seen.len() < 300 {
        spool.arrival().await;
        let (read, position) = spool.peek(9).await.unwrap();
        seen.extend(numbers(&read));
        spool.done(&read, position);
    }
    writer.await.unwrap();
    assert_eq!(seen, (0..300).map(|n| format!("w{n}")).collect::<Vec<_>>());
    assert_eq!(spool.waiting(), 0);
}

#[tokio::test]
async fn a_folder_belongs_to_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let _spool = Spool::open(options(folder.path())).unwrap();
    let error = Spool::open(options(folder.path())).unwrap_err();
    assert!(error.to_string().contains("another process uses it"), "{error}");
}
