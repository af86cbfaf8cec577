//! Answers that are files: recordings.

use super::HighLevel;
use crate::call::{Answer, Reason, Received, Request, Sent, Verdict};
use crate::http::failed;
use crate::quota::Priority;
use bytes::Bytes;
use serde_json::Value;
use std::fmt;
use std::time::Duration;

/// A file on its way: read it piece by piece with [`Download::chunk`]. Its end is known only when
/// `chunk` said `None`.
pub struct Download {
    /// What the answer calls it: `audio/x-wav`.
    pub media_type: Option<String>,
    /// Bytes, where the answer says.
    pub length: Option<u64>,
    response: reqwest::Response,
    /// Longest silence between two pieces.
    patience: Duration,
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download").field("media_type", &self.media_type).field("length", &self.length).finish_non_exhaustive()
    }
}

impl Download {
    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// If it broke off: what came so far is not the file.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Reason> {
        match tokio::time::timeout(self.patience, self.response.chunk()).await {
            Ok(Ok(chunk)) => Ok(chunk),
            Ok(Err(_)) => Err(Reason("the file broke off".to_owned())),
            Err(_) => Err(Reason("the file came to a standstill".to_owned())),
        }
    }
}

impl HighLevel {
    /// Makes a call whose answer is a file. Only the answer's beginning is waited for; the file itself
    /// may take as long as it comes.
    ///
    /// # Errors
    /// The verdict, if there is no file: never [`Verdict::Done`].
    pub async fn download(&self, request: Request, priority: Priority) -> Result<Download, Verdict> {
        let request = self.api().adapt(request);
        let inner = self.inner();
        let bearer = inner.bearer(&request).await?;
        let builder = inner.admitted(&request, priority, &bearer).await?;
        let patience = inner.patience();
        let mut response = match tokio::time::timeout(patience, builder.timeout(Duration::from_secs(24 * 3600)).send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(inner.judge(&request, failed(&error), &http::HeaderMap::new())),
            Err(_) => return Err(inner.judge(&request, Sent::NoAnswer("timeout after sending"), &http::HeaderMap::new())),
        };
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let received = |body| Sent::Answered(Received { status, body, wait: None, interval: Duration::ZERO, expects: None });
        if !response.status().is_success() {
            // What a refusal says is short; whatever it is, it is not the file.
            let said = tokio::time::timeout(patience, response.bytes()).await.ok().and_then(Result::ok).unwrap_or_default();
            let body = serde_json::from_slice(&said).unwrap_or(Value::Null);
            return Err(match inner.judge(&request, received(body), &headers) {
                Verdict::Refused(refusal) => inner.advised(&request, refusal),
                Verdict::Done(Answer { .. }) => Verdict::Retry(Reason(format!("status {status}"))),
                verdict => verdict,
            });
        }
        inner.judge(&request, received(Value::Null), &headers);
        let text = |name: http::HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (media_type, length) = (text(http::header::CONTENT_TYPE), text(http::header::CONTENT_LENGTH).and_then(|text| text.parse().ok()));
        Ok(Download { media_type, length, response, patience })
    }
}
