//! What the receiver needs to know.

use super::signature::SECRET_HEADER;
use hatbridge_schemas::TenantId;
use hatbridge_systems::seventeen_hats::{Contract, WebhookProof};
use secrecy::SecretString;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// The tenant of signed webhooks whose location is not configured: kept, so that nothing is lost
/// when the configuration follows later.
pub const UNASSIGNED: &str = "unassigned";

/// How the receiver works.
#[derive(Debug, Clone)]
pub struct Options {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Folder of the spool, one a process.
    pub spool_dir: PathBuf,
    /// Largest size of the spool, bytes.
    pub spool_bytes: u64,
    /// Oldest `timestamp` taken. Wide, since the sender's own late retries carry their first time.
    pub tolerance: Duration,
    /// How long to wait for the broker before the webhook goes to disk.
    pub publish_deadline: Duration,
    /// Largest body, bytes.
    pub body_bytes: usize,
    /// Whether the vendor's own key is valid.
    pub vendor_key: bool,
    /// Further Ed25519 keys (SPKI, base64 or PEM), all valid at once.
    pub highlevel_keys: Vec<String>,
    /// RSA keys of the legacy signature; none: it does not count.
    pub highlevel_rsa_keys: Vec<String>,
}

impl Options {
    /// The defaults.
    pub fn new(listen: SocketAddr, spool_dir: impl Into<PathBuf>) -> Self {
        Self {
            listen,
            spool_dir: spool_dir.into(),
            spool_bytes: 256 * 1024 * 1024,
            tolerance: Duration::from_secs(40 * 24 * 3600),
            publish_deadline: Duration::from_secs(5),
            body_bytes: 1024 * 1024,
            vendor_key: true,
            highlevel_keys: vec![],
            highlevel_rsa_keys: vec![],
        }
    }
}

/// How a 17hats sender proves who it is.
#[derive(Debug, Clone)]
pub enum Proof {
    /// The secret itself stands in the header: Zapier can't sign.
    Secret {
        /// Header's name.
        header: String,
    },
    /// The header holds the hex HMAC-SHA256 of the raw body.
    Hmac {
        /// Header's name.
        header: String,
    },
}

/// A tenant's door for 17hats.
#[derive(Debug, Clone)]
pub struct Door {
    /// The shared secret.
    pub secret: SecretString,
    /// How it is used.
    pub proof: Proof,
    /// By which `…/event` is read.
    pub contract: Contract,
}

impl Door {
    /// The secret in [`SECRET_HEADER`]: what Zaps can do, and the contract's default.
    #[must_use]
    pub fn secret(secret: SecretString) -> Self {
        Self { secret, proof: Proof::Secret { header: SECRET_HEADER.to_owned() }, contract: Contract::builtin() }
    }

    /// As a partner's contract says.
    #[must_use]
    pub fn by_contract(secret: SecretString, contract: Contract) -> Self {
        let proof = match contract.webhook_proof() {
            WebhookProof::Secret { header } => Proof::Secret { header: header.to_ascii_lowercase() },
            WebhookProof::Hmac { header } => Proof::Hmac { header: header.to_ascii_lowercase() },
        };
        Self { secret, proof, contract }
    }
}

/// Whose webhook it is.
#[derive(Debug, Clone, Default)]
pub struct Routes {
    /// HighLevel's location id -> tenant.
    pub highlevel: HashMap<String, TenantId>,
    /// Tenant (as in the path) -> its door.
    pub seventeen_hats: HashMap<TenantId, Door>,
}
