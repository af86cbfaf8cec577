use hatbridge_tests::Place;
on_both!(rewinds);
async fn rewinds(place: Place) {
    let log = hatbridge_tests::log::TopicLog::new(&place.brokers, &place.name, &place.name);
    let options = hatbridge_kafka::Options::new(&place.brokers, "t");
    hatbridge_kafka::ensure_topics(&options, &log.topics, 3, place.replication()).await.unwrap();
    let p = hatbridge_kafka::Publisher::new(&options, log.topics.clone(), hatbridge_schemas::wire::Encoder::shipped(), hatbridge_kafka::Metrics::register(&prometheus::Registry::new()).unwrap()).unwrap();
    use hatbridge_schemas::*;
    for n in 0..20 {
        let e = EntityRef { kind: EntityKind::Contact, id: EntityId::new(format!("c{n}")), root: EntityId::new(format!("c{n}")) };
        p.publish(&Event::new(System::Highlevel, TenantId::new("s"), e, Change::Created, "1".into(), 1, 1, Via::Webhook, None, None)).await.unwrap();
    }
    let t = std::time::Instant::now();
    println!("{:?} {:?}", log.progress().await, t.elapsed());
    let events = log.events(log.topics.events_of(System::Highlevel)).await;
    println!("{} {:?}", events.len(), t.elapsed());
    log.rewind().await;
    println!("{:?} {:?}", log.progress().await, t.elapsed());
}
