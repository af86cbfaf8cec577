//! Where events go.

use async_trait::async_trait;
use hatbridge_kafka::Publisher;
use hatbridge_schemas::Event;

/// Takes events and answers when they are durable. The publisher in production; tests that can't
/// have a broker put their own here.
#[async_trait]
pub trait Sink: Send + Sync + 'static {
    /// Answers once the event is acknowledged.
    ///
    /// # Errors
    /// If it was not; it may still have been written.
    async fn publish(&self, event: &Event) -> Result<(), hatbridge_kafka::Error>;
}

#[async_trait]
impl Sink for Publisher {
    async fn publish(&self, event: &Event) -> Result<(), hatbridge_kafka::Error> {
        Self::publish(self, event).await
    }
}
