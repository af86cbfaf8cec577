//! One suite that SQLite and PostgreSQL must both pass, with two handles as two processes have them.

use hatbridge_schemas::{EntityKind, System, TenantId};
use hatbridge_store::{
    ActionRecord, ActionStatus, CaptureState, Captured, Claimed, Error, Intent, Limits, Link, Options, Record, SealedTokens, SharedQuota, Store, Synced,
    now_micros,
};
use hatbridge_tests::Place;
use secrecy::{ExposeSecret, SecretString};
use sqlx::Connection;
use std::time::{Duration, Instant};
use uuid::Uuid;

on_both!(a_store_keeps_its_promises);

const MINUTE: i64 = 60_000_000;

async fn a_store_keeps_its_promises(place: Place) {
    std::fs::create_dir_all(place.data()).unwrap();
    let options = Options::new(place.database_url());
    let (one, two) = (Store::open(&options).await.unwrap(), Store::open(&options).await.unwrap());
    assert_eq!(one.is_postgres(), place.backend == hatbridge_tests::Backend::Cluster);
    one.ping().await.unwrap();
    exercise(&one, &two, &options.url).await;
    one.close().await;
    two.close().await;
    // What was written is there for the next process.
    let again = Store::open(&options).await.unwrap();
    assert!(again.is_finished(event(1)).await.unwrap(), "a finished event is known after a restart");
    again.close().await;
}

/// Everything a store must do, whatever database it is on.
async fn exercise(one: &Store, two: &Store, url: &str) {
    events_are_acted_on_by_one_and_finished_once(one, two).await;
    actions_are_intended_before_they_are_done(one, two).await;
    claims_are_all_or_none_and_given_up_when_abandoned(one, two).await;
    of_many_that_claim_at_once_one_gets_it(one, two).await;
    a_record_is_written_whole(one, two).await;
    links_lead_both_ways_within_a_tenant(one, two).await;
    cursors_stay_where_they_were_put(one, two).await;
    what_was_captured_is_not_put_back(one, two).await;
    leases_have_one_owner_and_a_growing_fence(one, two).await;
    a_budget_is_shared(one, two).await;
    a_day_is_shared_and_ends(one, two).await;
    tokens_are_sealed(one, url).await;
}

fn tenant() -> TenantId {
    TenantId::new("shop")
}

fn event(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn claims(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn action(name: &str, status: ActionStatus, remote_id: Option<&str>) -> ActionRecord {
    ActionRecord { action: name.into(), status, remote_id: remote_id.map(Into::into) }
}

async fn events_are_acted_on_by_one_and_finished_once(one: &Store, two: &Store) {
    let (shop, now) = (tenant(), now_micros());
    assert_eq!(one.claim(&shop, event(1), claims(&["contact/a"]), now).await.unwrap(), Claimed::Taken);
    assert_eq!(one.claim(&shop, event(1), claims(&["contact/a"]), now).await.unwrap(), Claimed::Taken, "an event that comes again keeps its claim");
    assert_eq!(two.claim(&shop, event(2), claims(&["contact/a"]), now).await.unwrap(), Claimed::Busy, "another process waits");
    assert!(!two.is_finished(event(1)).await.unwrap());
    let finished = Record { finished: Some("applied"), ..Record::of(&shop, event(1), now) };
    one.record(finished.clone()).await.unwrap();
    one.record(finished).await.unwrap();
    assert!(two.is_finished(event(1)).await.unwrap(), "the other process sees that it is finished");
    assert_eq!(two.claim(&shop, event(1), claims(&["contact/a"]), now).await.unwrap(), Claimed::Finished, "it is not done again");
    assert_eq!(two.claim(&shop, event(2), claims(&["contact/a"]), now).await.unwrap(), Claimed::Taken, "a finished event gives its claims back");
    two.record(Record { finished: Some("echo"), ..Record::of(&shop, event(2), now) }).await.unwrap();
    assert_eq!(one.ledger_counts().await.unwrap().finished, 2, "each event is finished once");
}

async fn actions_are_intended_before_they_are_done(one: &Store, two: &Store) {
    let (shop, id, now) = (tenant(), event(10), now_micros());
    assert_eq!(two.intend(&shop, id, "create", "probe", now).await.unwrap(), Intent::Lost, "who holds no claim may not act");
    // Whoever gets the event takes its claims over and then acts.
    let intend = async |store: &Store, name: &str| {
        let claimed = store.claim(&shop, id, claims(&["contact/acting"]), now).await.unwrap();
        assert!(matches!(claimed, Claimed::Taken | Claimed::Resumed), "{claimed:?}");
        store.intend(&shop, id, name, "probe", now).await.unwrap()
    };
    let record = async |entry: ActionRecord| one.record(Record { actions: vec![entry], ..Record::of(&shop, id, now) }).await.unwrap();
    assert_eq!(intend(one, "create").await, Intent::Fresh);
    assert_eq!(intend(two, "create").await, Intent::Doubt, "announced and never recorded: it may have been carried out");
    record(action("create", ActionStatus::Done, Some("R1"))).await;
    assert_eq!(intend(two, "create").await, Intent::Done(Some("R1".into())), "the id of the other system is kept");
    assert_eq!(intend(one, "tag").await, Intent::Fresh, "each action of an event stands for itself");
    record(action("tag", ActionStatus::Withdrawn, None)).await;
    assert_eq!(intend(two, "tag").await, Intent::Fresh, "surely not carried out: as if never announced");
    record(action("tag", ActionStatus::Refused, None)).await;
    assert_eq!(intend(two, "tag").await, Intent::Refused, "it was refused when it was last asked for");
    assert_eq!(intend(one, "tag").await, Intent::Doubt, "asked for anew, it may have been carried out since");
    record(action("tag", ActionStatus::Refused, None)).await;
    record(action("create", ActionStatus::Withdrawn, None)).await;
    assert_eq!(intend(two, "create").await, Intent::Done(Some("R1".into())), "what is done is not taken back");
    // Taken for dead, its event taken over by another process: whoever still is at it does nothing more.
    assert_eq!(one.claim(&shop, id, claims(&["contact/acting"]), now).await.unwrap(), Claimed::Resumed, "it was begun before");
    assert_eq!(two.intend(&shop, id, "note", "probe", now).await.unwrap(), Intent::Lost);
    assert_eq!(one.intend(&shop, id, "note", "probe", now).await.unwrap(), Intent::Fresh);
    record(action("note", ActionStatus::Withdrawn, None)).await;
    let counts = two.ledger_counts().await.unwrap();
    assert_eq!((counts.done, counts.refused, counts.intended), (1, 1, 0));
}

async fn claims_are_all_or_none_and_given_up_when_abandoned(one: &Store, two: &Store) {
    let (shop, now) = (tenant(), now_micros());
    assert_eq!(one.claim(&shop, event(20), claims(&["m"]), now).await.unwrap(), Claimed::Taken);
    assert_eq!(two.claim(&shop, event(21), claims(&["a", "m", "z"]), now).await.unwrap(), Claimed::Busy);
    assert_eq!(one.claim(&shop, event(22), claims(&["a", "z"]), now).await.unwrap(), Claimed::Taken, "who did not get all holds none");
    assert_eq!(two.claim(&TenantId::new("other"), event(23), claims(&["m"]), now).await.unwrap(), Claimed::Taken, "another tenant's claims are another's");
    assert_eq!(two.claim(&shop, event(24), claims(&["m"]), now + 9 * MINUTE).await.unwrap(), Claimed::Busy, "nine minutes may be one long call");
    assert_eq!(two.claim(&shop, event(24), claims(&["m"]), now + 11 * MINUTE).await.unwrap(), Claimed::Taken, "after ten minutes it is abandoned");
}

async fn of_many_that_claim_at_once_one_gets_it(one: &Store, two: &Store) {
    let (shop, now) = (tenant(), now_micros());
    let asked = (0..40).map(|number| {
        let (store, shop) = (if number % 2 == 0 { one } else { two }, &shop);
        async move { store.claim(shop, event(100 + number), claims(&["crowded", "beside"]), now).await.unwrap() }
    });
    let answers = futures::future::join_all(asked).await;
    assert_eq!(answers.iter().filter(|answer| **answer == Claimed::Taken).count(), 1, "{answers:?}");
}

async fn a_record_is_written_whole(one: &Store, two: &Store) {
    let (shop, id, now) = (tenant(), event(30), now_micros());
    assert_eq!(one.claim(&shop, id, claims(&["contact/whole"]), now).await.unwrap(), Claimed::Taken);
    assert_eq!(one.intend(&shop, id, "create", "probe", now).await.unwrap(), Intent::Fresh);
    let record = Record {
        actions: vec![action("create", ActionStatus::Done, Some("H1"))],
        links: vec![Link { kind: "contact", highlevel: "H1".into(), seventeen_hats: "S1".into() }],
        synced: vec![Synced { kind: "contact", id: "S1".into(), state: "{\"city\":\"Bern\"}".into() }],
        finished: Some("applied"),
        ..Record::of(&shop, id, now)
    };
    one.record(record.clone()).await.unwrap();
    assert_eq!(two.linked(&shop, "contact", System::Highlevel, "H1").await.unwrap().as_deref(), Some("S1"));
    assert_eq!(two.synced(&shop, "contact", "S1").await.unwrap().as_deref(), Some("{\"city\":\"Bern\"}"));
    assert!(two.is_finished(id).await.unwrap());
    let changed = Record { synced: vec![Synced { kind: "contact", id: "S1".into(), state: "{}".into() }], ..Record::of(&shop, event(31), now) };
    two.record(changed).await.unwrap();
    assert_eq!(one.synced(&shop, "contact", "S1").await.unwrap().as_deref(), Some("{}"), "the last agreed state counts");
    assert!(!format!("{record:?}").contains("Bern"), "a record shows nobody's data");
}

async fn links_lead_both_ways_within_a_tenant(one: &Store, two: &Store) {
    let (shop, now) = (tenant(), now_micros());
    let tickets = ["T1", "T2"].map(|ticket| Link { kind: "ticket", highlevel: "V1".into(), seventeen_hats: ticket.into() });
    one.record(Record { links: tickets.to_vec(), ..Record::of(&shop, event(40), now) }).await.unwrap();
    for ticket in ["T1", "T2"] {
        assert_eq!(
            two.linked(&shop, "ticket", System::SeventeenHats, ticket).await.unwrap().as_deref(),
            Some("V1"),
            "several tickets may have one conversation"
        );
    }
    assert_eq!(two.linked(&shop, "ticket", System::Highlevel, "V1").await.unwrap().as_deref(), Some("T2"), "it points back at the last of them");
    assert_eq!(two.linked(&TenantId::new("other"), "ticket", System::Highlevel, "V1").await.unwrap(), None, "other tenants know nothing of it");
    assert_eq!(two.linked(&shop, "contact", System::Highlevel, "V1").await.unwrap(), None);
    assert_eq!(two.links(&shop, "contact").await.unwrap(), [("H1".to_owned(), "S1".to_owned())]);
    one.record(Record { unlinks: vec![("contact".into(), System::SeventeenHats, "S1".into())], ..Record::of(&shop, event(41), now) }).await.unwrap();
    assert_eq!(two.linked(&shop, "contact", System::Highlevel, "H1").await.unwrap(), None, "a link is forgotten from both sides");
    assert!(two.links(&shop, "contact").await.unwrap().is_empty());
}

async fn cursors_stay_where_they_were_put(one: &Store, two: &Store) {
    let (shop, now) = (tenant(), now_micros());
    assert_eq!(one.cursor(&shop, System::Highlevel, "contacts").await.unwrap(), None);
    one.set_cursor(&shop, System::Highlevel, "contacts", "a", now).await.unwrap();
    two.set_cursor(&shop, System::Highlevel, "contacts", "b", now).await.unwrap();
    one.set_cursor(&shop, System::SeventeenHats, "contacts", "c", now).await.unwrap();
    assert_eq!(one.cursor(&shop, System::Highlevel, "contacts").await.unwrap().as_deref(), Some("b"));
    assert_eq!(two.cursor(&shop, System::SeventeenHats, "contacts").await.unwrap().as_deref(), Some("c"));
}

async fn what_was_captured_is_not_put_back(one: &Store, two: &Store) {
    let (shop, now) = (tenant(), now_micros());
    let state = |hash: &str, generation| CaptureState { hash: hash.into(), generation, ..CaptureState::default() };
    let captured = async |store: &Store, webhook: &str, entry: CaptureState, at: i64| {
        let states = vec![(shop.clone(), System::Highlevel, EntityKind::Contact, "c1".to_owned(), entry)];
        store.captured(Captured { webhook: Some(("highlevel", webhook.to_owned())), states, now: at }).await.unwrap();
    };
    let known = async || two.capture_state(&shop, System::Highlevel, EntityKind::Contact, "c1").await.unwrap();
    assert_eq!(known().await, None);
    captured(one, "w1", state("A", 1), now - 50).await;
    captured(one, "w2", state("B", 2), now).await;
    captured(two, "w3", state("A", 1), now).await;
    assert_eq!(known().await, Some(state("B", 2)), "a slower process does not put an older state back");
    captured(two, "w3", state("A", 3), now).await;
    assert_eq!(known().await, Some(state("A", 3)), "A, B, A are three states");
    for webhook in ["w1", "w2", "w3"] {
        assert!(two.webhook_seen(System::Highlevel, webhook).await.unwrap(), "{webhook}");
    }
    assert!(!two.webhook_seen(System::SeventeenHats, "w1").await.unwrap(), "ids of the other system are others");
    assert_eq!(one.forget_webhooks(now - 10).await.unwrap(), 1);
    assert!(!two.webhook_seen(System::Highlevel, "w1").await.unwrap() && two.webhook_seen(System::Highlevel, "w2").await.unwrap());
}

async fn leases_have_one_owner_and_a_growing_fence(one: &Store, two: &Store) {
    let (now, ttl) = (now_micros(), Duration::from_secs(30));
    let lease = async |store: &Store, owner: &str, at: i64| store.lease("polls/contacts", owner, ttl, at).await.unwrap().map(|lease| lease.fence);
    assert_eq!(lease(one, "a", now).await, Some(1));
    assert_eq!(lease(two, "b", now + 1).await, None, "it is held");
    assert_eq!(lease(one, "a", now + MINUTE / 3).await, Some(1), "renewing changes no fence");
    assert_eq!(lease(two, "b", now + MINUTE / 3 * 2).await, None, "it was renewed");
    assert_eq!(lease(two, "b", now + MINUTE).await, Some(2), "it ran out; the new owner has a higher fence");
    assert_eq!(lease(one, "a", now + MINUTE).await, None);
    one.release("polls/contacts", "a").await.unwrap();
    assert_eq!(lease(one, "a", now + MINUTE).await, None, "nobody gives back what another holds");
    two.release("polls/contacts", "b").await.unwrap();
    assert_eq!(lease(one, "a", now + MINUTE).await, Some(3), "given back, it is free at once");
    let owners: Vec<_> = (0..20).map(|number| format!("p{number}")).collect();
    let asked = owners.iter().enumerate().map(|(number, owner)| async move {
        let store = if number % 2 == 0 { one } else { two };
        store.lease("crowded", owner, Duration::from_secs(30), now_micros()).await.unwrap()
    });
    let held = futures::future::join_all(asked).await.into_iter().flatten().count();
    assert_eq!(held, 1, "of many that ask at once, one holds it");
}

/// Slots may be used up to this much later than they were granted.
const SLACK: Duration = Duration::from_millis(300);

async fn a_budget_is_shared(one: &Store, two: &Store) {
    const CALLS: usize = 60;
    let limits = Limits { calls: 40, interval_us: 2_000_000, per_day: 1_000_000 };
    let quotas = [one, two].map(|store| SharedQuota::new(store.clone(), [(System::Highlevel, limits)].into()));
    let (shop, began) = (TenantId::new("quota"), Instant::now());
    let calls = (0..CALLS).map(|number| {
        let (quota, shop) = (&quotas[number % 2], &shop);
        async move {
            quota.take(System::Highlevel, shop, false).await.unwrap();
            began.elapsed()
        }
    });
    let mut left = futures::future::join_all(calls).await;
    left.sort_unstable();
    let window = Duration::from_micros(2_000_000) - SLACK;
    let most = left.iter().map(|from| left.iter().filter(|at| **at >= *from && **at < *from + window).count()).max().unwrap();
    assert!(most <= 40, "{most} calls of two processes left within one interval that allows 40");
    assert!(left[CALLS - 1] > Duration::from_millis(2500), "60 calls can't have left in {:?}: each process had a budget of its own", left[CALLS - 1]);
    assert!(left[CALLS - 1] < Duration::from_secs(20), "the budget is used, not wasted: {:?}", left[CALLS - 1]);
}

async fn a_day_is_shared_and_ends(one: &Store, two: &Store) {
    let limits = Limits { calls: 1000, interval_us: 1_000_000, per_day: 6 };
    let quotas = [one, two].map(|store| SharedQuota::new(store.clone(), [(System::SeventeenHats, limits)].into()));
    let shop = TenantId::new("day");
    for number in 0..6 {
        quotas[number % 2].take(System::SeventeenHats, &shop, false).await.unwrap();
    }
    for quota in &quotas {
        let seventh = tokio::time::timeout(Duration::from_secs(1), quota.take(System::SeventeenHats, &shop, false)).await;
        assert!(seventh.is_err(), "a seventh call of a day that allows six must wait");
    }
    let other = tokio::time::timeout(Duration::from_secs(5), quotas[0].take(System::SeventeenHats, &TenantId::new("other day"), false)).await;
    assert!(other.is_ok_and(|taken| taken.is_ok()), "another tenant's day is another's");
}

async fn tokens_are_sealed(store: &Store, url: &str) {
    let (shop, key) = (tenant(), [7; 32]);
    let tokens = SealedTokens::new(store.clone(), &key);
    assert!(tokens.load(&shop).await.unwrap().is_none());
    tokens.save(&shop, &SecretString::from("first-secret")).await.unwrap();
    tokens.save(&shop, &SecretString::from("second-secret")).await.unwrap();
    assert_eq!(tokens.load(&shop).await.unwrap().unwrap().expose_secret(), "second-secret");
    let wrong = SealedTokens::new(store.clone(), &[8; 32]).load(&shop).await.unwrap_err();
    assert!(matches!(&wrong, Error::Sealed { tenant } if tenant == "shop"), "{wrong}");
    let mut raw = sqlx::AnyConnection::connect(url).await.unwrap();
    let (sealed,): (String,) = sqlx::query_as("SELECT sealed FROM tokens WHERE tenant = 'shop'").fetch_one(&mut raw).await.unwrap();
    let plain: String = "second-secret".bytes().map(|byte| format!("{byte:02x}")).collect();
    assert!(!sealed.contains("second-secret") && !sealed.contains(&plain), "the database alone gives nothing away");
    raw.close().await.unwrap();
}
