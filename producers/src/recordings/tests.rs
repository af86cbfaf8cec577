#![allow(clippy::unwrap_used)]
use super::*;
use bytes::Bytes;
use futures::stream;
use object_store::ObjectStoreExt;
use object_store::memory::InMemory;
use std::sync::Arc;

fn pieces(parts: &[&'static [u8]]) -> stream::Iter<std::vec::IntoIter<Result<Bytes, String>>> {
    stream::iter(parts.iter().map(|part| Ok(Bytes::from_static(part))).collect::<Vec<_>>())
}

fn files(folder: &std::path::Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return vec![] };
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_recording_lies_in_the_folder_whole_and_is_told_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}/recordings", folder.path().display());
    let recordings = Recordings::open(&url).unwrap();
    let stored = recordings.copy("shop", "m1", Some("audio/x-wav; x=y"), Some(6), pieces(&[b"RIFF", b"ab"])).await.unwrap();
    assert_eq!((stored.stored_at.as_str(), stored.bytes, stored.media_type.as_str()), (format!("{url}/shop/m1.wav").as_str(), 6, "audio/x-wav"));
    assert_eq!(stored.sha256.len(), 64);
    assert_eq!(std::fs::read(folder.path().join("recordings/shop/m1.wav")).unwrap(), b"RIFFab");
    // Once more: it is replaced.
    assert_eq!(recordings.copy("shop", "m1", None, None, pieces(&[b"RIFFab"])).await.unwrap(), Stored { media_type: "audio/x-wav".into(), ..stored });
}

#[tokio::test]
async fn what_breaks_off_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let recordings = Recordings::open(&format!("file://{}", folder.path().display())).unwrap();
    let broken = stream::iter(vec![Ok(Bytes::from_static(b"RIFF")), Err("reset".to_owned())]);
    assert!(matches!(recordings.copy("shop", "m1", None, None, broken).await, Err(Error::Broken(_))));
    assert!(matches!(recordings.copy("shop", "m1", None, Some(9), pieces(&[b"RIFF"])).await, Err(Error::Broken(_))));
    assert!(matches!(recordings.copy("shop", "m1", None, None, pieces(&[])).await, Err(Error::Broken(_))));
    assert_eq!(files(&folder.path().join("shop")), Vec::<String>::new());
}

#[tokio::test]
async fn names_cannot_leave_the_store() {
    let memory = Arc::new(InMemory::new());
    let recordings = Recordings::of(Arc::clone(&memory) as _);
    let stored = recordings.copy("shop", "../../etc/passwd", None, None, pieces(&[b"x"])).await.unwrap();
    assert_eq!(stored.stored_at, "memory:///shop/..%2F..%2Fetc%2Fpasswd.wav");
    assert!(memory.get(&object_store::path::Path::parse("shop/..%2F..%2Fetc%2Fpasswd.wav").unwrap()).await.is_ok());
}

#[test]
fn addresses_are_checked() {
    for fine in ["file:///var/lib/hatbridge/recordings", "s3://bucket", "s3://bucket/a/b"] {
        Recordings::check(fine).unwrap();
    }
    for wrong in ["", "recordings", "/var/lib", "https://bucket.example.com", "s3://", "s3://key:secret@bucket/x", "file:///"] {
        assert!(matches!(Recordings::check(wrong), Err(Error::Address(_))), "{wrong}");
    }
}
