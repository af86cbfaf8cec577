//! Notes, tasks, appointments, opportunities and companies, both ways and through both doors.

use crate::threads::client;
use hatbridge::commands::Roles;
use hatbridge_sandbox::faults::{Kind, Rule};
use hatbridge_sandbox::seventeen_hats::{Record, Resource};
use hatbridge_tests::world::{HATS, HIGHLEVEL, World, counts, rows, rows_with};
use hatbridge_tests::{Place, Setting};
use serde_json::{Value, json};

on_both!(
    a_note_of_17hats_is_made_changed_and_deleted_in_highlevel,
    a_note_of_highlevel_is_made_changed_and_deleted_in_17hats,
    a_todo_becomes_a_task_and_back,
    a_task_of_highlevel_becomes_a_todo_and_back,
    an_event_of_17hats_is_booked_in_the_calendar,
    an_appointment_of_highlevel_becomes_an_event,
    a_project_of_17hats_becomes_an_opportunity,
    an_opportunity_of_highlevel_becomes_a_project,
    contacts_of_a_company_belong_to_one_business,
    a_note_of_somebody_unknown_brings_the_contact_along,
    through_zapier_appointments_and_notes_are_lines,
    an_answer_lost_after_a_create_makes_no_second_record,
    a_contact_that_is_deleted_takes_nothing_along,
    replaying_everything_writes_nothing,
);

/// The one record of a kind in 17hats.
async fn hats_one(world: &World, resource: Resource) -> Record {
    let account = world.shop().account.clone();
    world.until("one record in 17hats", |products| products.hats.records(&account, resource).into_iter().next()).await;
    world.settled().await;
    let found = world.products.hats.records(&account, resource);
    assert_eq!(found.len(), 1, "one, not two");
    found[0].clone()
}

/// The one record of a list in HighLevel.
async fn highlevel_one(world: &World, list: &str) -> Value {
    world.sees("one record in HighLevel", |_| !rows(&world.highlevel_of(world.shop()), list).is_empty()).await;
    world.settled().await;
    let dump = world.highlevel_of(world.shop());
    assert_eq!(rows(&dump, list).len(), 1, "one, not two");
    rows(&dump, list)[0].clone()
}

fn highlevel_is(world: &World, list: &str, member: &str, value: &Value) -> bool {
    rows(&world.highlevel_of(world.shop()), list).iter().any(|row| row[member] == *value)
}

fn id(row: &Value) -> String {
    row["id"].as_str().unwrap().to_owned()
}

/// What hatbridge has written since: (HighLevel, 17hats).
fn written(world: &World, before: usize) -> (usize, usize) {
    (world.written_since(before, HIGHLEVEL).len(), world.written_since(before, HATS).len())
}

async fn a_note_of_17hats_is_made_changed_and_deleted_in_highlevel(place: Place) {
    let world = Setting::new(place).start().await;
    let account = world.shop().account.clone();
    let (hats, highlevel) = client(&world, 1).await;
    let before = world.products.truth.len();
    let note = world.products.hats.create(&account, Resource::Note, json!({"contact_id": hats, "body": "Likes tea.\nNo sugar."})).unwrap().id;
    let copy = highlevel_one(&world, "notes").await;
    assert_eq!((copy["body"].as_str(), copy["contactId"].as_str()), (Some("Likes tea.\nNo sugar."), Some(highlevel.as_str())));
    assert_eq!(written(&world, before), (1, 0), "made once, and its echo makes nothing");
    world.products.hats.update(&account, Resource::Note, &note, json!({"body": "Likes coffee."})).unwrap();
    world.sees("the changed note", |_| highlevel_is(&world, "notes", "body", &json!("Likes coffee."))).await;
    world.settled().await;
    assert_eq!(written(&world, before), (2, 0), "changed once");
    world.products.highlevel.update_note(&world.shop().location, &id(&copy), json!({"body": "Likes cocoa."})).unwrap();
    world.sees("the change back", |products| products.hats.get(&account, Resource::Note, &note).unwrap().text("body") == Some("Likes cocoa.")).await;
    world.settled().await;
    assert_eq!(written(&world, before), (2, 1), "the other way round too");
    world.products.hats.delete(&account, Resource::Note, &note).unwrap();
    world.sees("no note", |_| rows(&world.highlevel_of(world.shop()), "notes").is_empty()).await;
    world.settled().await;
    assert_eq!(written(&world, before), (3, 1), "deleted once, and the deletion does not come back");
    world.agrees().await;
    world.end().await;
}

async fn a_note_of_highlevel_is_made_changed_and_deleted_in_17hats(place: Place) {
    let world = Setting::new(place).start().await;
    let shop = world.shop().clone();
    let (hats, highlevel) = client(&world, 1).await;
    let before = world.products.truth.len();
    let note = world.products.highlevel.create_note(&shop.location, &highlevel, json!({"body": "Prefers mornings"})).unwrap();
    let copy = hats_one(&world, Resource::Note).await;
    assert_eq!((copy.text("body"), copy.text("contact_id"), copy.text("external_id")), (Some("Prefers mornings"), Some(hats.as_str()), Some(note.as_str())));
    assert_eq!(written(&world, before), (0, 1));
    world.products.highlevel.update_note(&shop.location, &note, json!({"body": "Prefers evenings"})).unwrap();
    world.sees("the changed note", |products| products.hats.records(&shop.account, Resource::Note)[0].text("body") == Some("Prefers evenings")).await;
    world.settled().await;
    assert_eq!(written(&world, before), (0, 2));
    world.products.highlevel.delete_note(&shop.location, &note).unwrap();
    world.sees("no note", |products| products.hats.records(&shop.account, Resource::Note).is_empty()).await;
    world.settled().await;
    assert_eq!(written(&world, before), (0, 3));
    world.end().await;
}

async fn a_todo_becomes_a_task_and_back(place: Place) {
    let world = Setting::new(place).start().await;
    let account = world.shop().account.clone();
    let (hats, highlevel) = client(&world, 1).await;
    let before = world.products.truth.len();
    let fields = json!({"contact_id": hats, "title": "Call the florist", "body": "Roses", "due_at": "2027-05-01T10:00:00Z"});
    let todo = world.products.hats.create(&account, Resource::Todo, fields).unwrap().id;
    let task = highlevel_one(&world, "tasks").await;
    assert_eq!(
        (task["title"].as_str(), task["body"].as_str(), task["contactId"].as_str(), task["dueDate"].as_str(), task["completed"].as_bool()),
        (Some("Call the florist"), Some("Roses"), Some(highlevel.as_str()), Some("2027-05-01T10:00:00.000Z"), Some(false))
    );
    assert_eq!(written(&world, before), (1, 0));
    // Only the completion of a task is told by a webhook.
    world.products.highlevel.update_task(&world.shop().location, &id(&task), json!({"completed": true})).unwrap();
    world.sees("it is done in 17hats", |products| products.hats.get(&account, Resource::Todo, &todo).unwrap().to_json()["completed"] == true).await;
    world.settled().await;
    assert_eq!(written(&world, before), (1, 1));
    world.products.hats.update(&account, Resource::Todo, &todo, json!({"completed": false, "body": ""})).unwrap();
    world.sees("it is open again", |_| highlevel_is(&world, "tasks", "completed", &json!(false))).await;
    world.settled().await;
    assert_eq!(highlevel_one(&world, "tasks").await["body"], "");
    world.products.hats.delete(&account, Resource::Todo, &todo).unwrap();
    world.sees("no task", |_| rows(&world.highlevel_of(world.shop()), "tasks").is_empty()).await;
    world.settled().await;
    assert_eq!(written(&world, before), (3, 1));
    world.end().await;
}

async fn a_task_of_highlevel_becomes_a_todo_and_back(place: Place) {
    let world = Setting::new(place).start().await;
    let shop = world.shop().clone();
    let (hats, highlevel) = client(&world, 1).await;
    let before = world.products.truth.len();
    let fields = json!({"title": "Send the contract", "body": "", "dueDate": "2027-05-01T10:00:00Z", "completed": false});
    let task = world.products.highlevel.create_task(&shop.location, &highlevel, fields).unwrap();
    let todo = hats_one(&world, Resource::Todo).await;
    assert_eq!((todo.text("title"), todo.text("contact_id"), todo.text("external_id")), (Some("Send the contract"), Some(hats.as_str()), Some(task.as_str())));
    assert_eq!(todo.text("due_at"), Some("2027-05-01T10:00:00.000000Z"));
    world.products.hats.update(&shop.account, Resource::Todo, &todo.id, json!({"title": "Sign the contract"})).unwrap();
    world.sees("the new title", |_| highlevel_is(&world, "tasks", "title", &json!("Sign the contract"))).await;
    world.settled().await;
    world.products.highlevel.delete_task(&shop.location, &task).unwrap();
    world.sees("no to-do", |products| products.hats.records(&shop.account, Resource::Todo).is_empty()).await;
    world.settled().await;
    assert_eq!(written(&world, before), (1, 2));
    world.end().await;
}

/// A world whose shop's first calendar takes 17hats' events.
async fn with_calendar(place: Place) -> World {
    let mut world = Setting::new(place).products().await;
    let shop = world.shop().clone();
    let calendar = world.products.highlevel.create_calendar(&shop.location, json!({"name": "Visits"})).unwrap();
    world.set_flows(&json!({"appointments": {"calendar": calendar, "to_seventeen_hats": true, "statuses": {"booked": "confirmed"}}}));
    world.begin(Roles::ALL).await;
    world
}

async fn an_event_of_17hats_is_booked_in_the_calendar(place: Place) {
    let world = with_calendar(place).await;
    let account = world.shop().account.clone();
    let (hats, highlevel) = client(&world, 1).await;
    let before = world.products.truth.len();
    let fields =
        json!({"contact_id": hats, "title": "Venue visit", "starts_at": "2027-05-03T03:10:00Z", "ends_at": "2027-05-03T04:00:00Z", "status": "booked"});
    let event = world.products.hats.create(&account, Resource::Event, fields).unwrap().id;
    let appointment = highlevel_one(&world, "appointments").await;
    assert_eq!(
        (appointment["title"].as_str(), appointment["contactId"].as_str(), appointment["appointmentStatus"].as_str()),
        (Some("Venue visit"), Some(highlevel.as_str()), Some("confirmed")),
        "booked whether or not the calendar is open then: {appointment}"
    );
    assert_eq!(written(&world, before), (1, 0));
    world.products.hats.update(&account, Resource::Event, &event, json!({"status": "cancelled"})).unwrap();
    world.sees("the cancellation", |_| highlevel_is(&world, "appointments", "appointmentStatus", &json!("cancelled"))).await;
    world.settled().await;
    world.products.highlevel.update_appointment(&world.shop().location, &id(&appointment), json!({"appointmentStatus": "confirmed"})).unwrap();
    world.sees("it is on again", |products| products.hats.get(&account, Resource::Event, &event).unwrap().text("status") == Some("booked")).await;
    world.settled().await;
    world.products.hats.delete(&account, Resource::Event, &event).unwrap();
    world.sees("no appointment", |_| rows(&world.highlevel_of(world.shop()), "appointments").is_empty()).await;
    world.settled().await;
    assert_eq!(written(&world, before), (3, 1));
    // What concerns nobody in HighLevel stays in 17hats.
    world.products.hats.create(&account, Resource::Event, json!({"title": "Holiday", "starts_at": "2027-06-01T00:00:00Z"})).unwrap();
    world.settled().await;
    assert_eq!(written(&world, before), (3, 1));
    world.end().await;
}

async fn an_appointment_of_highlevel_becomes_an_event(place: Place) {
    let world = with_calendar(place).await;
    let shop = world.shop().clone();
    let (hats, highlevel) = client(&world, 1).await;
    let before = world.products.truth.len();
    let fields = json!({"title": "First call", "startTime": "2027-05-03T10:00:00Z", "endTime": "2027-05-03T10:30:00Z", "appointmentStatus": "confirmed"});
    let appointment = world.products.highlevel.create_appointment(&shop.location, &highlevel, fields).unwrap();
    let event = hats_one(&world, Resource::Event).await;
    assert_eq!(
        (event.text("title"), event.text("contact_id"), event.text("starts_at"), event.text("status")),
        (Some("First call"), Some(hats.as_str()), Some("2027-05-03T10:00:00.000000Z"), Some("booked"))
    );
    world
        .products
        .highlevel
        .update_appointment(&shop.location, &appointment, json!({"startTime": "2027-05-04T10:00:00Z", "endTime": "2027-05-04T10:30:00Z"}))
        .unwrap();
    let moved =
        || world.products.hats.get(&shop.account, Resource::Event, &event.id).is_some_and(|e| e.text("starts_at") == Some("2027-05-04T10:00:00.000000Z"));
    world.sees("the new time", |_| moved()).await;
    world.settled().await;
    world.products.highlevel.delete_appointment(&shop.location, &appointment).unwrap();
    world.sees("no event", |products| products.hats.records(&shop.account, Resource::Event).is_empty()).await;
    world.settled().await;
    assert_eq!(written(&world, before), (0, 3));
    world.end().await;
}

/// The sandbox's pipeline and its first two stages.
const PIPELINE: &str = "sandboxPipeline00001";
const STAGES: [&str; 2] = ["5a17b0c5-5a00-4000-8000-000000000001", "5a17b0c5-5a00-4000-8000-000000000002"];

/// A world whose shop's pipeline is 17hats' projects.
async fn with_pipeline(place: Place) -> World {
    let stages = json!({"Planning": STAGES[0], "Contract signed": STAGES[1]});
    let opportunities = json!({"pipeline": PIPELINE, "stages": stages, "statuses": {"booked": "won"}, "deletions": true});
    Setting::new(place).flows(json!({"opportunities": opportunities})).start().await
}

async fn a_project_of_17hats_becomes_an_opportunity(place: Place) {
    let world = with_pipeline(place).await;
    let account = world.shop().account.clone();
    let (hats, highlevel) = client(&world, 1).await;
    let before = world.products.truth.len();
    let fields = json!({"contact_id": hats, "name": "Wedding", "stage": "Planning", "status": "open", "value": "1200.50"});
    let project = world.products.hats.create(&account, Resource::Project, fields).unwrap().id;
    let deal = highlevel_one(&world, "opportunities").await;
    for (member, value) in
        [("name", "Wedding"), ("contactId", highlevel.as_str()), ("pipelineId", PIPELINE), ("pipelineStageId", STAGES[0]), ("status", "open")]
    {
        assert_eq!(deal[member], value, "{member}");
    }
    assert_eq!(deal["monetaryValue"].as_f64(), Some(1200.5));
    assert_eq!(written(&world, before), (1, 0));
    world.products.hats.update(&account, Resource::Project, &project, json!({"stage": "contract signed", "status": "booked"})).unwrap();
    world.sees("the new stage", |_| highlevel_is(&world, "opportunities", "pipelineStageId", &json!(STAGES[1]))).await;
    world.settled().await;
    assert!(highlevel_is(&world, "opportunities", "status", &json!("won")));
    world.products.highlevel.update_opportunity(&world.shop().location, &id(&deal), json!({"monetaryValue": 1500})).unwrap();
    world.sees("the new value", |products| products.hats.get(&account, Resource::Project, &project).unwrap().text("value") == Some("1500")).await;
    world.settled().await;
    world.products.hats.delete(&account, Resource::Project, &project).unwrap();
    world.sees("no opportunity", |_| rows(&world.highlevel_of(world.shop()), "opportunities").is_empty()).await;
    world.settled().await;
    assert_eq!(written(&world, before), (3, 1));
    world.end().await;
}

async fn an_opportunity_of_highlevel_becomes_a_project(place: Place) {
    let world = with_pipeline(place).await;
    let shop = world.shop().clone();
    let (hats, highlevel) = client(&world, 1).await;
    let before = world.products.truth.len();
    let fields = json!({"name": "Portraits", "pipelineId": PIPELINE, "pipelineStageId": STAGES[0], "status": "open", "monetaryValue": 300});
    let deal = world.products.highlevel.create_opportunity(&shop.location, &highlevel, fields).unwrap();
    let project = hats_one(&world, Resource::Project).await;
    assert_eq!(
        (project.text("name"), project.text("contact_id"), project.text("stage"), project.text("status"), project.text("value")),
        (Some("Portraits"), Some(hats.as_str()), Some("Planning"), Some("open"), Some("300"))
    );
    world.products.highlevel.update_opportunity(&shop.location, &deal, json!({"status": "won", "pipelineStageId": STAGES[1]})).unwrap();
    let won = || world.products.hats.get(&shop.account, Resource::Project, &project.id).is_some_and(|p| p.text("status") == Some("booked"));
    world.sees("it is booked", |_| won()).await;
    world.settled().await;
    assert_eq!(hats_one(&world, Resource::Project).await.text("stage"), Some("Contract signed"));
    world.products.highlevel.delete_opportunity(&shop.location, &deal).unwrap();
    world.sees("no project", |products| products.hats.records(&shop.account, Resource::Project).is_empty()).await;
    world.settled().await;
    assert_eq!(written(&world, before), (0, 3), "a change is told by two webhooks and written once");
    world.end().await;
}

async fn contacts_of_a_company_belong_to_one_business(place: Place) {
    let world = Setting::new(place).flows(json!({"companies": {"to_highlevel": true}})).start().await;
    let shop = world.shop().clone();
    for number in 1..=4 {
        let name = if number % 2 == 0 { "Acme Flowers" } else { " acme flowers" };
        let fields = json!({"first_name": "Client", "email": format!("client{number}@example.com"), "company_name": name, "kind": "lead"});
        world.products.hats.create_contact(&shop.account, fields).unwrap();
    }
    let assigned = || counts(&world.written(HIGHLEVEL)).iter().filter(|(operation, _)| operation.contains("business")).map(|(_, count)| count).sum::<usize>();
    world.sees("one business and four contacts in it", |_| assigned() >= 5).await;
    world.settled().await;
    let dump = world.highlevel_of(&shop);
    assert_eq!(rows(&dump, "businesses").len(), 1, "{:?}", rows(&dump, "businesses"));
    let business = id(&rows(&dump, "businesses")[0]);
    assert_eq!(rows_with(&dump, "contacts", "businessId", &business).len(), 4);
    world.end().await;
}

async fn a_note_of_somebody_unknown_brings_the_contact_along(place: Place) {
    let world = Setting::new(place).start().await;
    let shop = world.shop().clone();
    let fields = json!({"first_name": "Grace", "email": "grace@example.com", "kind": "lead"});
    let hats = world.products.hats.create_contact(&shop.account, fields).unwrap().id;
    world.products.hats.create(&shop.account, Resource::Note, json!({"contact_id": hats, "body": "Entered at once"})).unwrap();
    let note = highlevel_one(&world, "notes").await;
    assert_eq!(note["contactId"].as_str(), world.products.highlevel_contact(&shop, "grace@example.com").as_deref());
    world.agrees().await;
    world.end().await;
}

async fn through_zapier_appointments_and_notes_are_lines(place: Place) {
    let world = Setting::new(place).zapier().flows(json!({"appointments": {"to_seventeen_hats": true}})).start().await;
    let shop = world.shop().clone();
    let highlevel = world.products.highlevel.create_contact(&shop.location, json!({"firstName": "Grace", "email": "grace@example.com"})).unwrap();
    let fields = json!({"title": "First call", "startTime": "2027-05-03T10:00:00Z", "endTime": "2027-05-03T10:30:00Z", "appointmentStatus": "confirmed"});
    let appointment = world.products.highlevel.create_appointment(&shop.location, &highlevel, fields).unwrap();
    let notes = || {
        let records = world.products.hats.records(&shop.account, Resource::Contact);
        records.first().and_then(|record| record.text("notes")).unwrap_or_default().to_owned()
    };
    world.sees("the appointment's line", |_| notes().contains(&format!("[hatbridge:hl:{appointment}]"))).await;
    let note = world.products.highlevel.create_note(&shop.location, &highlevel, json!({"body": "Prefers mornings"})).unwrap();
    world.sees("the note's line", |_| notes().contains(&format!("Note: Prefers mornings [hatbridge:hl:{note}]"))).await;
    world.settled().await;
    assert!(notes().contains("Appointment: First call, 2027-05-03 10:00 UTC"), "{}", notes());
    let contact = world.products.hats.records(&shop.account, Resource::Contact)[0].to_json();
    assert!(contact["tags"].as_array().unwrap().contains(&json!("hatbridge-appointment")), "{contact}");
    world.products.highlevel.delete_note(&shop.location, &note).unwrap();
    world.settled().await;
    let letters = world.log.dead_letters().await;
    assert_eq!(letters.len(), 1, "a line can't be taken out: {letters:?}");
    assert!(letters[0].message.contains("Zapier can't"), "{}", letters[0].message);
    world.end().await;
}

/// The same words stand twice in 17hats on purpose: an exact match must not take one for the other.
async fn an_answer_lost_after_a_create_makes_no_second_record(place: Place) {
    let mut world = Setting::new(place).products().await;
    let shop = world.shop().clone();
    let calendar = world.products.highlevel.create_calendar(&shop.location, json!({"name": "Visits"})).unwrap();
    world.set_flows(&json!({
        "appointments": {"calendar": calendar}, "opportunities": {"pipeline": PIPELINE}, "companies": {"to_highlevel": true},
    }));
    world.begin(Roles::ALL).await;
    let (hats, highlevel) = client(&world, 1).await;
    let lost = |path: &str| Rule::new(path, Kind::LoseAnswer).method("POST").times(1);
    let there = ["/contacts/*/notes", "/contacts/*/tasks", "/calendars/events/appointments", "/opportunities/", "/businesses/"];
    world.products.highlevel.faults().set(there.map(lost).to_vec());
    world.products.hats.faults().set(vec![lost("*/notes"), lost("*/todos")]);
    let before = world.products.truth.len();
    for _ in 0..2 {
        world.products.hats.create(&shop.account, Resource::Note, json!({"contact_id": hats, "body": "Called"})).unwrap();
    }
    world.products.hats.create(&shop.account, Resource::Todo, json!({"contact_id": hats, "title": "Call"})).unwrap();
    world.products.hats.create(&shop.account, Resource::Event, json!({"contact_id": hats, "title": "Visit", "starts_at": "2027-05-03T10:00:00Z"})).unwrap();
    world.products.hats.create(&shop.account, Resource::Project, json!({"contact_id": hats, "name": "Wedding", "value": "900"})).unwrap();
    world.products.hats.update_contact(&shop.account, &hats, json!({"company_name": "Acme Flowers"})).unwrap();
    world.products.highlevel.create_note(&shop.location, &highlevel, json!({"body": "From HighLevel"})).unwrap();
    let task = json!({"title": "Answer", "body": "", "dueDate": "2027-05-01T10:00:00Z", "completed": false});
    world.products.highlevel.create_task(&shop.location, &highlevel, task).unwrap();
    let lists = [("notes", 3), ("tasks", 2), ("appointments", 1), ("opportunities", 1), ("businesses", 1)];
    let whole = || lists.iter().all(|(list, count)| rows(&world.highlevel_of(&shop), list).len() >= *count);
    world.sees("everything in HighLevel", |_| whole()).await;
    world.sees("everything in 17hats", |products| products.hats.records(&shop.account, Resource::Note).len() >= 3).await;
    world.settled().await;
    assert_eq!(world.products.highlevel.faults().happened(), 5, "each kind of call lost one answer: {:?}", world.products.highlevel.faults().rules());
    assert_eq!(world.products.hats.faults().happened(), 2);
    for (list, count) in lists {
        assert_eq!(rows(&world.highlevel_of(&shop), list).len(), count, "{list}\n{}", world.story().await);
    }
    assert_eq!(counts(&world.written_since(before, HATS)), [("note.create", 1), ("todo.create", 1)].into());
    assert_eq!(world.numbers().dead, 0, "{}", world.story().await);
    world.end().await;
}

async fn a_contact_that_is_deleted_takes_nothing_along(place: Place) {
    let world = Setting::new(place).start().await;
    let shop = world.shop().clone();
    let (_, highlevel) = client(&world, 1).await;
    let note = world.products.highlevel.create_note(&shop.location, &highlevel, json!({"body": "Keep me"})).unwrap();
    hats_one(&world, Resource::Note).await;
    world.products.highlevel.delete_contact(&shop.location, &highlevel).unwrap();
    world.products.highlevel.emit(&shop.location, "NoteDelete", json!({"id": note, "contactId": highlevel, "body": "Keep me"})).unwrap();
    world.settled().await;
    assert_eq!(hats_one(&world, Resource::Note).await.text("body"), Some("Keep me"));
    assert_eq!(world.numbers().dead, 0, "{}", world.story().await);
    world.end().await;
}

async fn replaying_everything_writes_nothing(place: Place) {
    let mut world = Setting::new(place).start().await;
    let shop = world.shop().clone();
    let (hats, highlevel) = client(&world, 1).await;
    world.products.hats.create(&shop.account, Resource::Note, json!({"contact_id": hats, "body": "From 17hats"})).unwrap();
    world.products.highlevel.create_note(&shop.location, &highlevel, json!({"body": "From HighLevel"})).unwrap();
    world.products.hats.create(&shop.account, Resource::Todo, json!({"contact_id": hats, "title": "Call"})).unwrap();
    world
        .sees("all on both sides", |products| {
            let there = world.highlevel_of(&shop);
            rows(&there, "notes").len() == 2 && rows(&there, "tasks").len() == 1 && products.hats.records(&shop.account, Resource::Note).len() == 2
        })
        .await;
    world.settled().await;
    let before = world.products.truth.len();
    world.halt().await;
    world.log.rewind().await;
    world.begin(Roles::APPLY).await;
    world.settled().await;
    assert_eq!(written(&world, before), (0, 0));
    world.end().await;
}
