//! HighLevel's side of a webhook: bodies signed with Ed25519 over their raw bytes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::pkcs8::EncodePublicKey;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// Header of the signature.
pub const SIGNATURE: &str = "x-ghl-signature";

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// HTTP status; 0: nothing.
    pub status: u16,
    /// Text.
    pub text: String,
}

/// Sends webhooks to a receiver.
#[derive(Debug, Clone)]
pub struct Sender {
    key: SigningKey,
    http: reqwest::Client,
    /// Where the receiver is.
    pub to: SocketAddr,
}

impl Sender {
    /// With a key made from one byte.
    ///
    /// # Panics
    /// If there is no HTTP client to be had.
    #[must_use]
    pub fn new(seed: u8, to: SocketAddr) -> Self {
        hatbridge::wiring::install_crypto();
        let http = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
        Self { key: SigningKey::from_bytes(&[seed; 32]), http, to }
    }

    /// The key that receivers check by, as the configuration wants it.
    ///
    /// # Panics
    /// Never: every key can be written.
    #[must_use]
    pub fn public_key(seed: u8) -> String {
        let key = SigningKey::from_bytes(&[seed; 32]).verifying_key();
        STANDARD.encode(key.to_public_key_der().expect("a key can be written").as_bytes())
    }

    /// The signature of these bytes.
    #[must_use]
    pub fn sign(&self, body: &[u8]) -> String {
        STANDARD.encode(self.key.sign(body).to_bytes())
    }

    /// Posts with a header or none.
    pub async fn post(&self, path: &str, body: impl Into<Vec<u8>>, header: Option<(&str, String)>) -> Answered {
        let mut request = self.http.post(format!("http://{}/webhooks/{path}", self.to)).header("content-type", "application/json").body(body.into());
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        match request.send().await {
            Ok(answer) => Answered { status: answer.status().as_u16(), text: answer.text().await.unwrap_or_default() },
            Err(error) => Answered { status: 0, text: error.to_string() },
        }
    }

    /// Posts bytes as HighLevel does.
    pub async fn signed(&self, event: &str, body: Vec<u8>) -> Answered {
        let signature = self.sign(&body);
        self.post(&format!("highlevel/{event}"), body, Some((SIGNATURE, signature))).await
    }

    /// [`Sender::signed`] of JSON.
    pub async fn send(&self, event: &str, body: &Value) -> Answered {
        self.signed(event, body.to_string().into_bytes()).await
    }
}

/// A contact of a location as a webhook shows it, sent just now under an id of its own.
#[must_use]
pub fn contact_webhook(location: &str, contact: &str, city: &str) -> Value {
    json!({
        "type": "ContactUpdate", "locationId": location, "id": contact, "firstName": "Ada", "email": format!("{contact}@example.com"),
        "city": city, "webhookId": uuid::Uuid::new_v4().to_string(), "timestamp": jiff::Timestamp::now().to_string(),
    })
}
