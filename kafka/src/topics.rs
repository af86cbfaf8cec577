//! Making sure that our topics exist.

use crate::options::RECORD_BYTES;
use crate::{Error, Options, Quiet};
use hatbridge_schemas::topics::Topics;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode;
use std::collections::HashMap;
use std::time::Duration;

/// How long one question to the brokers may take.
const ANSWER: Duration = Duration::from_secs(10);
/// How often a created topic is looked for (every [`PAUSE`]) before giving up.
const LOOKS: u32 = 50;
const PAUSE: Duration = Duration::from_millis(200);

/// Creates the topics that are missing and checks the partitions of those that exist.
///
/// # Errors
/// [`Error::Brokers`] if nobody answers, [`Error::Create`] if a topic is refused,
/// [`Error::Partitions`] if one exists with another number of partitions.
pub async fn ensure_topics(options: &Options, topics: &Topics, partitions: i32, replication: i32) -> Result<(), Error> {
    options.checked()?;
    let specs = topics.specs(partitions, replication);
    let found = partitions_of(options).await?;
    let missing: Vec<_> = specs.iter().filter(|spec| !found.contains_key(&spec.name)).collect();
    if !missing.is_empty() {
        let admin: AdminClient<Quiet> = options.admin_config().create_with_context(Quiet).map_err(|source| Error::Client { what: "admin client", source })?;
        let bytes = RECORD_BYTES.to_string();
        let new: Vec<NewTopic<'_>> = missing
            .iter()
            .map(|spec| {
                let mut topic = NewTopic::new(&spec.name, spec.partitions, TopicReplication::Fixed(spec.replication)).set("max.message.bytes", &bytes);
                for (name, value) in &spec.config {
                    topic = topic.set(name, value);
                }
                topic
            })
            .collect();
        let answers = admin
            .create_topics(&new, &AdminOptions::new().operation_timeout(Some(ANSWER)).request_timeout(Some(ANSWER)))
            .await
            .map_err(|source| brokers(options, "create the topics", source))?;
        for answer in answers {
            match answer {
                Ok(name) => tracing::info!(topic = %name, partitions, "topic created"),
                // Another process was quicker: what counts is that it is there.
                Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((topic, code)) => return Err(Error::Create { topic, partitions, code }),
            }
        }
    }
    for look in 0.. {
        let found = partitions_of(options).await?;
        match specs.iter().find(|spec| !found.contains_key(&spec.name)) {
            Some(spec) if look >= LOOKS => return Err(Error::Missing(spec.name.clone())),
            Some(_) => tokio::time::sleep(PAUSE).await,
            None => {
                return specs
                    .iter()
                    .find(|spec| found[&spec.name] != spec.partitions)
                    .map_or(Ok(()), |spec| Err(Error::Partitions { topic: spec.name.clone(), found: found[&spec.name], wanted: spec.partitions }));
            }
        }
    }
    Ok(())
}

fn brokers(options: &Options, what: &'static str, source: rdkafka::error::KafkaError) -> Error {
    Error::Brokers { brokers: options.brokers.clone(), what, source }
}

/// Topic -> partitions, of all topics that exist (asking for one by name could create it).
async fn partitions_of(options: &Options) -> Result<HashMap<String, i32>, Error> {
    let owned = options.clone();
    tokio::task::spawn_blocking(move || {
        let client: BaseConsumer<Quiet> = owned.admin_config().create_with_context(Quiet).map_err(|source| Error::Client { what: "admin client", source })?;
        let metadata = client.fetch_metadata(None, ANSWER).map_err(|source| brokers(&owned, "list the topics", source))?;
        Ok(metadata
            .topics()
            .iter()
            .filter(|topic| topic.error().is_none() && !topic.partitions().is_empty())
            .map(|topic| (topic.name().to_owned(), i32::try_from(topic.partitions().len()).unwrap_or(i32::MAX)))
            .collect())
    })
    .await
    .map_err(|_| Error::Stopped)?
}
