//! Search over the live API: by HTTP and by command, page by page, the tenant's own data only.

use hatbridge::demo::script::Door;
use hatbridge_tests::process::output_of;
use hatbridge_tests::world::{API_TOKEN, World};
use hatbridge_tests::{Place, Setting};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

on_both!(a_search_finds_the_tenants_own_conversations_page_by_page, a_search_without_the_token_is_refused);

const FOUND: usize = 7;

/// Conversations about a picnic in both shops, and others: (the first shop's ids, the second's).
async fn picnics(world: &World) -> (BTreeSet<String>, BTreeSet<String>) {
    let shops = world.products.shops.clone();
    let ids = shops.iter().map(|shop| {
        (0..FOUND + 3)
            .filter_map(|number| {
                let contact =
                    json!({"firstName": "Client", "lastName": format!("{} {number}", shop.id), "email": format!("client{number}@{}.example.com", shop.id)});
                let contact = world.products.highlevel.create_contact(&shop.location, contact).unwrap();
                let body = if number < FOUND { format!("A picnic for {number}") } else { format!("A dinner for {number}") };
                world.products.highlevel_message(shop, &contact, &body, true).unwrap();
                let conversation = world.products.highlevel.conversation_of(&shop.location, &contact).unwrap();
                (number < FOUND).then_some(conversation)
            })
            .collect::<BTreeSet<_>>()
    });
    let ids: Vec<_> = ids.collect();
    (ids[0].clone(), ids[1].clone())
}

async fn a_search_finds_the_tenants_own_conversations_page_by_page(place: Place) {
    let world = Setting::new(place).doors(&[Door::Rest, Door::Rest]).start().await;
    let (first, second) = picnics(&world).await;
    world.settled().await;
    let http = hatbridge::wiring::http_client(Duration::from_secs(30), true).unwrap();
    let at = world.running().http_at;
    let page = async |tenant: &str, cursor: Option<&str>| -> Value {
        let mut query = vec![("tenant", tenant), ("text", "picnic"), ("limit", "3")];
        query.extend(cursor.map(|cursor| ("cursor", cursor)));
        let answer = http.get(format!("http://{at}/search")).query(&query).bearer_auth(API_TOKEN).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    };
    // The index of HighLevel's search lags behind.
    hatbridge_tests::wait::until("the last conversation in HighLevel's search", async || {
        let (mut found, mut cursor) = (0, None::<String>);
        loop {
            let answer = page("shop1", cursor.as_deref()).await;
            found += answer["conversations"].as_array().map_or(0, Vec::len);
            match answer["cursor"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => break,
            }
        }
        (found >= FOUND).then_some(())
    })
    .await;
    for (tenant, own) in [("shop1", &first), ("shop2", &second)] {
        let (mut seen, mut cursor, mut pages) = (vec![], None::<String>, 0);
        loop {
            let answer = page(tenant, cursor.as_deref()).await;
            pages += 1;
            let conversations = answer["conversations"].as_array().unwrap();
            assert!(conversations.len() <= 3, "no more than were asked for");
            for conversation in conversations {
                seen.push(conversation["id"].as_str().unwrap().to_owned());
                let messages = conversation["messages"].as_array().unwrap();
                assert!(messages[0]["body"].as_str().unwrap().contains("picnic"), "a conversation comes with its messages: {conversation}");
                assert_eq!((messages[0]["channel"].as_str(), messages[0]["direction"].as_str()), (Some("SMS"), Some("inbound")));
            }
            match answer["cursor"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => break,
            }
        }
        assert!(pages >= 3, "7 conversations, 3 a page");
        assert_eq!(seen.len(), FOUND, "none twice");
        assert_eq!(&seen.into_iter().collect::<BTreeSet<_>>(), own, "all of {tenant}'s and nobody else's");
    }

    // The same by command.
    let by_command = async |more: &[&str]| -> Value {
        let arguments = [&["search", "picnic", "--tenant", "shop2", "--limit", "4", "--json"], more].concat();
        let output = output_of(&world.configuration, &arguments).await;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let page = by_command(&[]).await;
    let rest = by_command(&["--cursor", page["cursor"].as_str().unwrap()]).await;
    let ids =
        [&page, &rest].map(|page| page["conversations"].as_array().unwrap().iter().map(|found| found["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>());
    assert_eq!((ids[0].len(), ids[1].len()), (4, 3));
    assert_eq!(ids.concat().into_iter().collect::<BTreeSet<_>>(), second);
    let unknown = output_of(&world.configuration, &["search", "picnic", "--tenant", "nobody"]).await;
    assert!(!unknown.status.success() && String::from_utf8_lossy(&unknown.stderr).contains("shop1, shop2"), "it says which tenants there are");
    world.end().await;
}

async fn a_search_without_the_token_is_refused(place: Place) {
    let world = Setting::new(place).start().await;
    let http = hatbridge::wiring::http_client(Duration::from_secs(30), true).unwrap();
    let url = format!("http://{}/search?tenant=shop1&text=picnic", world.running().http_at);
    let before = world.products.truth.len();
    for token in [None, Some("wrong"), Some(""), Some("test-api-token2")] {
        let request = http.get(&url);
        let answer = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        assert_eq!(answer.send().await.unwrap().status(), 401, "with the token {token:?}");
    }
    let right = http.get(&url).bearer_auth(API_TOKEN).send().await.unwrap();
    assert_eq!(right.status(), 200);
    let nobody = http.get(format!("http://{}/search?tenant=nobody&text=picnic", world.running().http_at)).bearer_auth(API_TOKEN).send().await.unwrap();
    assert_eq!(nobody.status(), 404);
    assert_eq!(world.products.truth.len(), before, "searching changes nothing");
    world.end().await;
}
