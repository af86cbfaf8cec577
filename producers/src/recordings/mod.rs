//! Recordings of calls. They are streamed into a content store, a folder or a bucket; an event tells
//! where one lies and what it is, and never carries it.

mod copy;
mod store;
#[cfg(test)]
mod tests;

pub use store::{Error, Recordings, Stored};
