//! Holds a broker on the named folder until this process ends, however that happens.

use hatbridge_launcher::{Broker, Error, Options};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let folder = std::env::args_os().nth(1).unwrap_or_else(|| "hatbridge-data/broker".into());
    let mut broker = Broker::start(Options::new(folder)).await?;
    println!("{}", broker.brokers());
    broker.ended().await.map(drop)
}
