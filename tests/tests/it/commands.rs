//! Operations of the catalogue as an operator uses them: `send`, `poll`, `POST /commands`, by the real
//! program; and all flows in the newer generation of HighLevel's API.

use hatbridge::commands::Roles;
use hatbridge_tests::process::output_of;
use hatbridge_tests::world::{API_TOKEN, HIGHLEVEL, World, counts, rows};
use hatbridge_tests::{Place, Setting};
use serde_json::{Value, json};

on_both!(an_operator_sends_and_polls, the_flows_work_in_v3);

/// `hatbridge ARGUMENTS`: (exit code, stdout, stderr).
async fn hatbridge(world: &World, arguments: &[&str]) -> (i32, String, String) {
    let output = output_of(&world.configuration, arguments).await;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

async fn an_operator_sends_and_polls(place: Place) {
    let world = Setting::new(place).start_as(Roles::APPLY).await;
    let shop = world.shop().clone();
    let send = ["send", "create contact", "--tenant", "shop1", "--param", "firstName=Ada", "--param", "email=ada@example.com", "--id", "ada", "--json"];
    let with = |more: &[&'static str]| [&send[..], more].concat();

    let (code, out, err) = hatbridge(&world, &with(&["--dry-run"])).await;
    assert_eq!(code, 0, "{err}");
    let shown: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&shown["method"], &shown["path"], &shown["body"]["locationId"]), (&json!("POST"), &json!("/contacts/"), &json!(shop.location)));
    assert!(world.products.truth.is_empty(), "nothing was sent");

    let (code, out, err) = hatbridge(&world, &with(&["--wait"])).await;
    assert_eq!(code, 0, "{out}{err}");
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(told["outcome"], "applied");
    let contact = told["answer"]["contact"]["id"].as_str().unwrap().to_owned();
    let (code, out, _) = hatbridge(&world, &with(&["--wait"])).await;
    assert_eq!((code, serde_json::from_str::<Value>(&out).unwrap()["outcome"].as_str()), (0, Some("done before")));
    assert_eq!(counts(&world.written(HIGHLEVEL)), [("contacts.create", 1)].into(), "once");

    let (code, _, err) = hatbridge(&world, &["send", "create contact note", "--tenant", "shop1", "--param", "contactId=x", "--param", "titel=y"]).await;
    assert!(code == 2 && err.contains("`body` is required") && err.contains("`titel` is not known"), "{err}");
    let (code, out, _) = hatbridge(&world, &["send", "delete contact", "--tenant", "shop1", "--param", "contactId=nobody", "--wait"]).await;
    assert!(code == 1 && out.contains("not carried out"), "{out}");

    // Many, and the same file once more.
    let file = world.place.folder.path().join("notes.csv");
    let lines: String = (0..30).map(|n| format!("{contact},\"Note, {n}\"\n")).collect();
    std::fs::write(&file, format!("contactId,body\n{lines}")).unwrap();
    let bulk = ["send", "create contact note", "--tenant", "shop1", "--wait", "--json", "--bulk", file.to_str().unwrap()];
    for (ordered, before) in [(30, 0), (0, 30)] {
        let (code, out, err) = hatbridge(&world, &bulk).await;
        assert_eq!(code, 0, "{out}{err}");
        let told: Value = serde_json::from_str(&out).unwrap();
        assert_eq!((&told["ordered"], &told["applied"], &told["done_before"]), (&json!(ordered), &json!(ordered), &json!(before)));
    }
    let dump = world.highlevel_of(&shop);
    let bodies: Vec<&str> = rows(&dump, "notes").iter().map(|note| note["body"].as_str().unwrap()).collect();
    assert_eq!(bodies, (0..30).map(|n| format!("Note, {n}")).collect::<Vec<_>>(), "each once, in the file's order");

    // Over HTTP.
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}/commands", world.running().http_at);
    let order = json!({"tenant": "shop1", "operation": "create contact note", "id": "by-http", "data": {"contactId": contact, "body": "By HTTP"}});
    let post = async |token: &str, body: &Value| {
        let answer = http.post(&url).bearer_auth(token).body(body.to_string()).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    assert_eq!(post("wrong", &order).await.0, 401);
    let (status, told) = post(API_TOKEN, &json!({"tenant": "shop1", "operation": "create contact note", "data": {"contactId": contact}})).await;
    assert_eq!((status, &told["error"]["problems"][0]["field"]), (422, &json!("body")));
    assert_eq!(post(API_TOKEN, &order).await.0, 202);
    assert_eq!(post(API_TOKEN, &order).await.0, 202);
    world.sees("the note ordered over HTTP", |products| rows(&products.highlevel.dump(&shop.location).unwrap(), "notes").len() == 31).await;

    // What is new becomes events, once.
    let poll = ["poll", "get contact notes", "--tenant", "shop1", "--param", &format!("contactId={contact}"), "--once", "--json"];
    let (code, out, err) = hatbridge(&world, &poll).await;
    assert_eq!(code, 0, "{err}");
    assert_eq!(out.lines().filter(|line| serde_json::from_str::<Value>(line).is_ok_and(|event| event["kind"] == "note")).count(), 31, "{out}");
    let (_, out, _) = hatbridge(&world, &poll).await;
    assert_eq!(out, "", "nothing is new");
    world.end().await;
}

async fn the_flows_work_in_v3(place: Place) {
    let mut world = Setting::new(place).by_app().v3().products().await;
    let shop = world.shop().clone();
    world.connect().await;
    world.begin(Roles::ALL).await;
    for number in 0..5 {
        let fields =
            json!({"first_name": "Client", "last_name": format!("{number}"), "email": format!("client{number}@example.com"), "kind": "lead", "tags": ["vip"]});
        let contact = world.products.hats.create_contact(&shop.account, fields).unwrap().id;
        world.products.hats_message(&shop, &contact, &format!("message {number}"), true, None).unwrap();
    }
    let contact = json!({"firstName": "Grace", "lastName": "Hopper", "email": "grace@example.com", "phone": "+12025550102"});
    let grace = world.products.highlevel.create_contact(&shop.location, contact).unwrap();
    world.products.highlevel_message(&shop, &grace, "Hello", true).unwrap();
    world.products.highlevel_call(&shop, &grace, 40, &["Hello.", "Goodbye."]).unwrap();
    world.sees("everybody on both sides", |products| products.truth.count("messages.inbound") == 5 && products.truth.count("transcript.create") == 1).await;
    // The access token is renewed in v3 too.
    world.products.highlevel.expire_tokens(&shop.location).unwrap();
    world.products.highlevel_move(&shop, &grace, "Leeds").unwrap();
    world.converges().await;
    assert_eq!(world.numbers().dead, 0, "{}", world.story().await);
    world.end().await;
}
