//! The first bytes of a value: which schema it was written with.

use crate::Error;

const CONFLUENT_MAGIC: u8 = 0x00;
const SINGLE_OBJECT_MAGIC: [u8; 2] = [0xC3, 0x01];

/// How a value names its writer's schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Frame {
    /// Confluent's: 00, then the schema's id in the registry, big endian.
    Registry {
        /// The schema's id.
        id: i32,
    },
    /// Avro's single-object encoding: C3 01, then CRC-64-AVRO of the schema, little endian.
    SingleObject {
        /// The schema's fingerprint.
        fingerprint: u64,
    },
}

impl Frame {
    /// Splits a value into its frame and the datum behind it.
    ///
    /// # Errors
    /// [`Error::Framing`] if the value begins with neither framing or is too short for one.
    pub fn split(value: &[u8]) -> Result<(Self, &[u8]), Error> {
        let bad = || Error::Framing { length: value.len() };
        if let Some(rest) = value.strip_prefix(&SINGLE_OBJECT_MAGIC) {
            let (fingerprint, datum) = rest.split_first_chunk().ok_or_else(bad)?;
            Ok((Self::SingleObject { fingerprint: u64::from_le_bytes(*fingerprint) }, datum))
        } else if let Some(rest) = value.strip_prefix(&[CONFLUENT_MAGIC]) {
            let (id, datum) = rest.split_first_chunk().ok_or_else(bad)?;
            Ok((Self::Registry { id: i32::from_be_bytes(*id) }, datum))
        } else {
            Err(bad())
        }
    }

    /// Puts the frame before a datum.
    #[must_use]
    pub fn wrap(self, datum: &[u8]) -> Vec<u8> {
        let mut value = Vec::with_capacity(10 + datum.len());
        match self {
            Self::Registry { id } => {
                value.push(CONFLUENT_MAGIC);
                value.extend_from_slice(&id.to_be_bytes());
            }
            Self::SingleObject { fingerprint } => {
                value.extend_from_slice(&SINGLE_OBJECT_MAGIC);
                value.extend_from_slice(&fingerprint.to_le_bytes());
            }
        }
        value.extend_from_slice(datum);
        value
    }
}
