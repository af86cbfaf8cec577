//! Who sent it: HighLevel's signatures and the shared secrets of those that can't sign.
//!
//! HighLevel signs the raw body (FACTS section 9): `X-GHL-Signature` Ed25519, base64; the older
//! `X-WH-Signature` RSA-SHA256 (PKCS#1 v1.5), dropped by the vendor on 2026-09-01 and therefore
//! only looked at where an RSA key is configured. If the first header is there, only it counts.
//! The literal `N/A` means unsigned.

use crate::Error;
use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::pkcs8::DecodePublicKey;
use rsa::signature::Verifier;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::fmt;

/// HighLevel's Ed25519 key (SPKI, base64) as published in its webhook guide.
pub const VENDOR_KEY: &str = "MCowBQYDK2VwAyEAi2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg=";
/// Header of the Ed25519 signature.
pub const ED25519_HEADER: &str = "x-ghl-signature";
/// Header of the legacy RSA signature.
pub const RSA_HEADER: &str = "x-wh-signature";
/// Header of the shared secret, for senders that can't sign.
pub const SECRET_HEADER: &str = "x-hatbridge-secret";

/// The keys that HighLevel's webhooks may be signed with, all valid at once.
#[derive(Clone)]
pub struct Keys {
    ed25519: Vec<ed25519_dalek::VerifyingKey>,
    rsa: Vec<rsa::pkcs1v15::VerifyingKey<Sha256>>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("ed25519", &self.ed25519.len()).field("rsa", &self.rsa.len()).finish()
    }
}

impl Keys {
    /// Reads keys: base64 of the SPKI DER, or PEM. With `vendor`, the vendor's own is valid too.
    ///
    /// # Errors
    /// [`Error::Key`] naming the one that is not a key.
    pub fn new(vendor: bool, ed25519: &[String], rsa: &[String]) -> Result<Self, Error> {
        let mut keys = Self { ed25519: vec![], rsa: vec![] };
        if vendor {
            keys.ed25519.push(ed25519_key(VENDOR_KEY).ok_or_else(|| bad("highlevel_keys", 0, ED25519))?);
        }
        for (at, text) in ed25519.iter().enumerate() {
            keys.ed25519.push(ed25519_key(text).ok_or_else(|| bad("highlevel_keys", at + 1, ED25519))?);
        }
        for (at, text) in rsa.iter().enumerate() {
            let key =
                der(text).and_then(|der| rsa::pkcs8::DecodePublicKey::from_public_key_der(&der).ok()).ok_or_else(|| bad("highlevel_rsa_keys", at + 1, RSA))?;
            keys.rsa.push(rsa::pkcs1v15::VerifyingKey::new(key));
        }
        Ok(keys)
    }

    /// Whether the body was signed by one of the keys.
    #[must_use]
    pub fn signed(&self, headers: &HeaderMap, body: &[u8]) -> bool {
        if let Some(header) = headers.get(ED25519_HEADER) {
            let signature = header.to_str().ok().and_then(decoded).and_then(|s| ed25519_dalek::Signature::from_slice(&s).ok());
            return signature.is_some_and(|signature| self.ed25519.iter().any(|key| key.verify_strict(body, &signature).is_ok()));
        }
        if let Some(header) = headers.get(RSA_HEADER).filter(|_| !self.rsa.is_empty()) {
            let signature = header.to_str().ok().and_then(decoded).and_then(|s| rsa::pkcs1v15::Signature::try_from(s.as_slice()).ok());
            return signature.is_some_and(|signature| self.rsa.iter().any(|key| key.verify(body, &signature).is_ok()));
        }
        false
    }
}

const ED25519: &str = "an Ed25519 public key (SPKI, base64 or PEM)";
const RSA: &str = "an RSA public key (SPKI, base64 or PEM)";

fn bad(setting: &'static str, position: usize, expected: &'static str) -> Error {
    Error::Key { setting, position, expected }
}

/// `N/A` and everything else that is not base64 decodes to nothing.
fn decoded(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text.trim()).ok()
}

fn der(text: &str) -> Option<Vec<u8>> {
    let base64: String = text.lines().filter(|line| !line.starts_with("-----")).flat_map(str::chars).filter(|c| !c.is_whitespace()).collect();
    STANDARD.decode(base64).ok()
}

fn ed25519_key(text: &str) -> Option<ed25519_dalek::VerifyingKey> {
    ed25519_dalek::VerifyingKey::from_public_key_der(&der(text)?).ok()
}

/// Whether the header holds the secret. Digests are compared, in time that doesn't depend on how
/// much of it is right; an empty secret never matches.
#[must_use]
pub fn knows_secret(headers: &HeaderMap, name: &str, secret: &SecretString) -> bool {
    let Some(given) = headers.get(name) else { return false };
    same(given.as_bytes(), secret.expose_secret().as_bytes()) && !secret.expose_secret().is_empty()
}

/// Whether the header holds the hex HMAC-SHA256 (RFC 2104) of the body, with or without `sha256=`.
#[must_use]
pub fn is_mac(headers: &HeaderMap, name: &str, secret: &SecretString, body: &[u8]) -> bool {
    let Some(given) = headers.get(name).and_then(|h| h.to_str().ok()) else { return false };
    let given = given.trim().trim_start_matches("sha256=").to_ascii_lowercase();
    same(given.as_bytes(), hmac(secret.expose_secret().as_bytes(), body).as_bytes()) && !secret.expose_secret().is_empty()
}

fn same(given: &[u8], wanted: &[u8]) -> bool {
    let (given, wanted) = (Sha256::digest(given), Sha256::digest(wanted));
    given.iter().zip(wanted.iter()).fold(0_u8, |acc, (a, b)| acc | (a ^ b)) == 0
}

/// Hex.
fn hmac(key: &[u8], message: &[u8]) -> String {
    const BLOCK: usize = 64;
    let mut block = [0_u8; BLOCK];
    if key.len() > BLOCK {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner = Sha256::new().chain_update(block.map(|b| b ^ 0x36)).chain_update(message).finalize();
    let outer = Sha256::new().chain_update(block.map(|b| b ^ 0x5c)).chain_update(inner).finalize();
    outer.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use ed25519_dalek::Signer;
    use ed25519_dalek::pkcs8::EncodePublicKey;

    fn pair(seed: u8) -> (ed25519_dalek::SigningKey, String) {
        let key = ed25519_dalek::SigningKey::from_bytes(&[seed; 32]);
        let spki = STANDARD.encode(key.verifying_key().to_public_key_der().unwrap().as_bytes());
        (key, spki)
    }

    fn headers(pairs: &[(&'static str, String)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (axum::http::HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_a_configured_key_over_the_exact_bytes_counts() {
        let ((old, old_spki), (new, new_spki), (foreign, _)) = (pair(1), pair(2), pair(3));
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{new_spki}\n-----END PUBLIC KEY-----\n");
        let keys = Keys::new(true, &[old_spki, pem], &[]).unwrap();
        let body = br#"{"type":"ContactCreate"}"#;
        let sign = |key: &ed25519_dalek::SigningKey, bytes: &[u8]| STANDARD.encode(key.sign(bytes).to_bytes());
        let table = [
            ("signed with the older key", vec![(ED25519_HEADER, sign(&old, body))], true),
            ("signed with the newer key", vec![(ED25519_HEADER, sign(&new, body))], true),
            ("foreign key", vec![(ED25519_HEADER, sign(&foreign, body))], false),
            ("other bytes", vec![(ED25519_HEADER, sign(&old, b"{}"))], false),
            ("unsigned by its own word", vec![(ED25519_HEADER, "N/A".into())], false),
            ("empty", vec![(ED25519_HEADER, String::new())], false),
            ("not base64", vec![(ED25519_HEADER, "%%%".into())], false),
            ("missing", vec![], false),
            ("legacy header without a legacy key", vec![(RSA_HEADER, sign(&old, body))], false),
        ];
        for (what, pairs, good) in table {
            assert_eq!(keys.signed(&headers(&pairs), body), good, "{what}");
        }
    }

    #[test]
    fn the_newer_header_rules_where_both_are_there() {
        use rsa::signature::{SignatureEncoding, Signer as _};
        let private = rsa::RsaPrivateKey::new(&mut rand_for_tests(), 1024).unwrap();
        let spki = STANDARD.encode(rsa::pkcs8::EncodePublicKey::to_public_key_der(&private.to_public_key()).unwrap().as_bytes());
        let keys = Keys::new(false, &[pair(1).1], &[spki]).unwrap();
        let body = b"{}";
        let legacy = STANDARD.encode(rsa::pkcs1v15::SigningKey::<Sha256>::new(private).sign(body).to_bytes());
        assert!(keys.signed(&headers(&[(RSA_HEADER, legacy.clone())]), body));
        assert!(!keys.signed(&headers(&[(RSA_HEADER, legacy.clone())]), b"{ }"));
        assert!(!keys.signed(&headers(&[(RSA_HEADER, legacy), (ED25519_HEADER, "N/A".into())]), body));
    }

    fn rand_for_tests() -> impl rsa::rand_core::CryptoRngCore {
        rsa::rand_core::OsRng
    }

    #[test]
    fn a_key_that_is_none_is_named() {
        let error = Keys::new(true, &[pair(1).1, "abc".into()], &[]).unwrap_err();
        assert!(error.to_string().contains("key 2 of `webhooks.highlevel_keys`"), "{error}");
    }

    #[test]
    fn the_mac_is_that_of_rfc_4231() {
        let mac = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"; // test case 2
        assert_eq!(hmac(b"Jefe", b"what do ya want for nothing?"), mac);
        let secret = SecretString::from("Jefe");
        assert!(is_mac(&headers(&[("x-partner-signature", mac.into())]), "x-partner-signature", &secret, b"what do ya want for nothing?"));
        assert!(!is_mac(&headers(&[("x-partner-signature", mac.into())]), "x-partner-signature", &secret, b"what do ya want for nothing!"));
        let long = "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"; // test case 6
        assert_eq!(hmac(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First"), long);
    }

    #[test]
    fn secrets_are_compared_whole() {
        let secret = SecretString::from("s3cret");
        assert!(knows_secret(&headers(&[(SECRET_HEADER, "s3cret".into())]), SECRET_HEADER, &secret));
        for wrong in ["s3cre", "s3cret ", "", "S3cret"] {
            assert!(!knows_secret(&headers(&[(SECRET_HEADER, wrong.into())]), SECRET_HEADER, &secret), "{wrong:?}");
        }
        assert!(!knows_secret(&headers(&[]), SECRET_HEADER, &secret));
        assert!(!knows_secret(&headers(&[(SECRET_HEADER, String::new())]), SECRET_HEADER, &SecretString::from("")));
    }
}
