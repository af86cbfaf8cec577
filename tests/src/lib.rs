//! What the end to end tests are written with: places to run in, both products simulated with
//! hatbridge between them, and ways to wait and to look.
//!
//! | module | what it gives |
//! |---|---|
//! | [`backend`] | a test's own place on the local broker with SQLite, or on Apache Kafka with PostgreSQL |
//! | [`world`] | both products, people in them, and hatbridge in this process |
//! | [`process`] | hatbridge as processes that can be killed |
//! | [`log`] | what is on the topics, and how far a group is |
//! | [`steps`] | a call of each operation of HighLevel's catalogue, in an order that works |
//! | [`sender`] | HighLevel's webhooks, signed by a key of our own |
//! | [`wait`] | waiting for what must become true |

pub mod backend;
pub mod log;
pub mod process;
pub mod sender;
pub mod steps;
pub mod wait;
pub mod world;

pub use backend::{Backend, Place, run, run_heavy};
pub use log::{Placed, TopicLog};
pub use process::Process;
pub use sender::Sender;
pub use world::{Setting, World};
