//! The wire formats: Confluent's framing (00 and the schema's id in a registry) where a registry is
//! configured, Avro's single-object encoding (C3 01 and the schema's fingerprint) where none is.
//! A reader takes both, by the first byte.

mod decode;
mod encode;
mod frame;

pub use decode::Decoder;
pub use encode::Encoder;
pub use frame::Frame;
