//! Copying a download into the store, piece by piece.

use super::store::{Error, Recordings, Stored};
use bytes::Bytes;
use futures::Stream;
use hatbridge_systems::highlevel::Download;
use object_store::{ObjectStoreExt, WriteMultipart};
use sha2::{Digest, Sha256};
use std::pin::pin;

/// Parts on their way at once, and so 5 MiB each in memory.
const PARTS: usize = 2;
/// HighLevel's recordings are that where the answer does not say.
const WAV: &str = "audio/x-wav";

impl Recordings {
    /// Streams a download to `{tenant}/{message}.wav`. Storing it once more replaces it. What was begun
    /// and not finished is taken away, also if nobody waits for the end any more.
    ///
    /// # Errors
    /// [`Error::Broken`], [`Error::Write`]: nothing is there then.
    pub async fn store(&self, tenant: &str, message: &str, download: Download) -> Result<Stored, Error> {
        let (length, media_type) = (download.length, download.media_type.clone());
        let pieces = futures::stream::unfold(Some(download), |state| async {
            let mut download = state?;
            match download.chunk().await {
                Ok(None) => None,
                Ok(Some(bytes)) => Some((Ok(bytes), Some(download))),
                Err(reason) => Some((Err(reason.0), None)),
            }
        });
        let (this, tenant, message) = (self.clone(), tenant.to_owned(), message.to_owned());
        // A task of its own: dropped half way, an upload would leave its parts in the bucket.
        tokio::spawn(async move { this.copy(&tenant, &message, media_type.as_deref(), length, pieces).await })
            .await
            .unwrap_or_else(|_| Err(Error::Broken("the copy was cut off".to_owned())))
    }

    pub(super) async fn copy<S>(&self, tenant: &str, message: &str, media_type: Option<&str>, length: Option<u64>, pieces: S) -> Result<Stored, Error>
    where
        S: Stream<Item = Result<Bytes, String>>,
    {
        let media_type = media_type.map_or(WAV, |text| text.split(';').next().unwrap_or(text).trim()).to_ascii_lowercase();
        let (key, stored_at) = self.place(tenant, message, extension(&media_type));
        let upload = self.store.put_multipart(&key).await.map_err(|source| self.failed(source))?;
        let mut writer = WriteMultipart::new(upload);
        match self.pour(&mut writer, length, pieces).await {
            Ok((bytes, sha256)) => {
                writer.finish().await.map_err(|source| self.failed(source))?;
                Ok(Stored { stored_at, media_type, bytes, sha256 })
            }
            Err(error) => {
                if let Err(source) = writer.abort().await {
                    tracing::warn!(error = &source as &dyn std::error::Error, "an unfinished recording was not taken away from the store");
                }
                Err(error)
            }
        }
    }

    async fn pour<S>(&self, writer: &mut WriteMultipart, length: Option<u64>, pieces: S) -> Result<(u64, String), Error>
    where
        S: Stream<Item = Result<Bytes, String>>,
    {
        use futures::StreamExt;
        let mut pieces = pin!(pieces);
        let (mut bytes, mut hash) = (0_u64, Sha256::new());
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(Error::Broken)?;
            bytes += u64::try_from(piece.len()).unwrap_or_default();
            hash.update(&piece);
            writer.wait_for_capacity(PARTS).await.map_err(|source| self.failed(source))?;
            // Copied: pieces come in any size, and a part must not hold on to many small ones.
            writer.write(&piece);
        }
        match length {
            Some(length) if length != bytes => Err(Error::Broken(format!("{bytes} of {length} bytes came"))),
            _ if bytes == 0 => Err(Error::Broken("it was empty".to_owned())),
            _ => Ok((bytes, hex(&hash.finalize()))),
        }
    }
}

fn extension(media_type: &str) -> &'static str {
    match media_type {
        "audio/mpeg" | "audio/mp3" => "mp3",
        "audio/ogg" | "audio/opus" => "ogg",
        "audio/mp4" | "audio/x-m4a" => "m4a",
        _ => "wav",
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // writing to a String can't fail
        text
    })
}
