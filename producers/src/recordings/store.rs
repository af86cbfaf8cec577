//! The content store.

use object_store::ObjectStore;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use std::fmt;
use std::sync::Arc;
use url::Url;

/// A store can't be used, or a recording was not stored. No secret, no personal data.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address names no store.
    #[error("`{0}` is not a store; write file:///folder or s3://bucket/prefix")]
    Address(String),
    /// The store can't be opened.
    #[error("the store {url} can't be used: {advice}")]
    Open {
        /// Its address.
        url: String,
        /// What to do.
        advice: &'static str,
        /// The library's reason.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Writing failed.
    #[error("the store {url} did not take a recording")]
    Write {
        /// Its address.
        url: String,
        /// The library's reason.
        #[source]
        source: object_store::Error,
    },
    /// The download broke off.
    #[error("a recording was not read to its end: {0}")]
    Broken(String),
}

/// A recording in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Where it lies: `file:///…` or `s3://…`.
    pub stored_at: String,
    /// Its media type, as the answer said.
    pub media_type: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of its content, hexadecimal.
    pub sha256: String,
}

/// Where recordings are kept; cheap to clone.
#[derive(Clone)]
pub struct Recordings {
    pub(super) store: Arc<dyn ObjectStore>,
    prefix: Path,
    base: Arc<str>,
}

impl fmt::Debug for Recordings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recordings").field("base", &self.base).finish_non_exhaustive()
    }
}

impl Recordings {
    /// Whether an address names a store, without opening it.
    ///
    /// # Errors
    /// [`Error::Address`].
    pub fn check(url: &str) -> Result<(), Error> {
        parse(url).map(drop)
    }

    /// Opens `file:///folder` (made if it is missing) or `s3://bucket/prefix`; the bucket's credentials,
    /// region and endpoint come from the usual variables (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
    /// `AWS_REGION`, `AWS_ENDPOINT`, ...) or from the machine's role.
    ///
    /// # Errors
    /// [`Error::Address`], [`Error::Open`].
    pub fn open(url: &str) -> Result<Self, Error> {
        let (parsed, kind) = parse(url)?;
        let base: Arc<str> = url.trim_end_matches('/').into();
        let failed = |advice, source: Box<dyn std::error::Error + Send + Sync>| Error::Open { url: base.to_string(), advice, source };
        match kind {
            Kind::Folder => {
                const ADVICE: &str = "choose a folder that can be written to";
                let folder = parsed.to_file_path().map_err(|()| Error::Address(url.to_owned()))?;
                make_private(&folder).map_err(|error| failed(ADVICE, error.into()))?;
                let store = LocalFileSystem::new_with_prefix(&folder).map_err(|error| failed(ADVICE, error.into()))?;
                // An event that names a recording must not outlive it in a power cut.
                Ok(Self { store: Arc::new(store.with_fsync(true)), prefix: Path::default(), base })
            }
            Kind::Bucket => {
                const ADVICE: &str = "set AWS_REGION and the credentials in the environment";
                let bucket = format!("s3://{}", parsed.host_str().unwrap_or_default());
                let store = AmazonS3Builder::from_env().with_url(bucket).build().map_err(|error| failed(ADVICE, error.into()))?;
                let prefix = Path::parse(parsed.path().trim_matches('/')).map_err(|_| Error::Address(url.to_owned()))?;
                Ok(Self { store: Arc::new(store), prefix, base })
            }
        }
    }

    /// A store of the library's own, for tests.
    #[cfg(test)]
    pub(crate) fn of(store: Arc<dyn ObjectStore>) -> Self {
        Self { store, prefix: Path::default(), base: "memory://".into() }
    }

    /// Where a recording goes, and how that is told.
    pub(super) fn place(&self, tenant: &str, message: &str, extension: &str) -> (Path, String) {
        let name = format!("{message}.{extension}");
        let key = Path::from_iter(self.prefix.parts().chain([tenant.into(), name.as_str().into()]));
        let told = format!("{}/{}", self.base, Path::from_iter([tenant, name.as_str()]));
        (key, told)
    }

    pub(super) fn failed(&self, source: object_store::Error) -> Error {
        Error::Write { url: self.base.to_string(), source }
    }
}

enum Kind {
    Folder,
    Bucket,
}

fn parse(text: &str) -> Result<(Url, Kind), Error> {
    let wrong = || Error::Address(text.to_owned());
    let url = Url::parse(text).map_err(|_| wrong())?;
    match url.scheme() {
        "file" if url.to_file_path().is_ok_and(|path| path.is_absolute() && path.parent().is_some()) => Ok((url, Kind::Folder)),
        // A password in the address would be told in every event.
        "s3" if url.host_str().is_some_and(|host| !host.is_empty()) && url.username().is_empty() && url.password().is_none() => Ok((url, Kind::Bucket)),
        _ => Err(wrong()),
    }
}

/// For its owner only: it holds people's voices.
fn make_private(folder: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}
