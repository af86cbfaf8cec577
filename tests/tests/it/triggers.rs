//! Every trigger of HighLevel's catalogue: the first poll tells everything, the next one nothing, a
//! change is one event, long lists are read completely, and a poll that is killed loses and doubles
//! nothing.

use async_trait::async_trait;
use hatbridge::commands::Roles;
use hatbridge::polled;
use hatbridge_producers::capture::Capture;
use hatbridge_producers::polls::{Asked, Options, Order};
use hatbridge_producers::{Metrics, Sink};
use hatbridge_sandbox::highlevel::{AppOptions, Family, Handle, Named, SearchLag};
use hatbridge_schemas::{Change, EntityKind, Event, TenantId};
use hatbridge_systems::highlevel::catalogue::{self, Kind, Odd, Operation, ParentKind};
use hatbridge_systems::highlevel::{Api, HighLevel};
use hatbridge_tests::steps::{self, called, filled};
use hatbridge_tests::{Place, Setting, World};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

on_both!(each_trigger_tells_everything_once_and_then_what_changes, long_lists_are_read_completely_also_when_killed);

/// Publishes nothing: events that would be.
#[derive(Debug, Default)]
struct Heard(Mutex<Vec<Event>>);

#[async_trait]
impl Sink for Heard {
    async fn publish(&self, event: &Event) -> Result<(), hatbridge_kafka::Error> {
        self.0.lock().unwrap().push(event.clone());
        Ok(())
    }
}

/// A location in which much has happened.
struct Scene {
    world: World,
    client: HighLevel,
    known: BTreeMap<String, Value>,
    changes: usize,
}

impl Scene {
    async fn open(place: Place) -> Self {
        let mut world = Setting::new(place).by_app().products().await;
        let location = world.shop().location.clone();
        world.products.highlevel.set_search_lag(&location, SearchLag::NONE).unwrap();
        world.connect().await;
        world.begin(Roles { webhooks: false, polls: false, apply: false }).await;
        let known = steps::known(&world.products.highlevel, &location, &AppOptions::default());
        let client = world.running().wiring.connections.named("shop1").unwrap().highlevel.clone();
        let mut scene = Self { world, client, known, changes: 0 };
        // Everything that makes or changes something, nothing that takes it away.
        for step in steps::all().into_iter().filter(|step| step.only.is_none_or(|only| only == Api::V2)) {
            let operation = catalogue::find(step.operation).unwrap();
            if operation.v2.method == "DELETE" || operation.is(Odd::BinaryAnswer) {
                continue;
            }
            let data = filled(&step.data_in(Api::V2), &scene.known).unwrap();
            let answer = called(&scene.client, operation, &data).await;
            step.remember(&answer, &mut scene.known).unwrap();
        }
        scene.call("bulk business update", json!({"ids": ["$contact"], "businessId": "$business"})).await;
        scene.call("create relation", json!({"associationId": "$association", "firstRecordId": "$friend", "secondRecordId": "$contact"})).await;
        scene
    }

    fn handle(&self) -> &Handle {
        &self.world.products.highlevel
    }

    fn location(&self) -> &str {
        &self.world.shop().location
    }

    fn id(&self, name: &str) -> &str {
        self.known[name].as_str().unwrap()
    }

    async fn call(&self, operation: &str, data: Value) -> Value {
        called(&self.client, catalogue::find(operation).unwrap(), &filled(&data, &self.known).unwrap()).await
    }

    /// A poll for a tenant, whose events are heard.
    fn poll(&self, tenant: &str, operation: &str, params: &Map<String, Value>, heard: &Arc<Heard>) -> Asked {
        let order = Order::new(operation, params.clone(), Duration::from_secs(60)).unwrap();
        let wiring = &self.world.running().wiring;
        let capture = Capture::new(wiring.store.clone(), Arc::clone(heard) as Arc<dyn Sink>, Metrics::register(&prometheus::Registry::new()).unwrap());
        let mut options = Options::new("test");
        options.page_cap = 7;
        Asked::new(order, TenantId::new(tenant), self.client.clone(), &Arc::new(options), &capture, &polled::recordings(&wiring.config).unwrap()).unwrap()
    }

    /// Polls what the operation fans out over, so that it is known.
    async fn learn(&self, tenant: &str, operation: &Operation, params: &Map<String, Value>) {
        let Some(parent) = operation.poll.as_ref().and_then(|poll| poll.parents.first()) else { return };
        if params.contains_key(&parent.parameter) {
            return;
        }
        let list = match parent.kind {
            ParentKind::Call | ParentKind::Email => "get messages by conversation",
            ParentKind::Entity(EntityKind::Contact) => "search contacts",
            ParentKind::Entity(EntityKind::Conversation) => "search conversations",
            ParentKind::Entity(EntityKind::Calendar) => "list calendars",
            ParentKind::Entity(EntityKind::Business) => "list businesses by location",
            ParentKind::Entity(EntityKind::Appointment) => "get contact appointments",
            ParentKind::Entity(EntityKind::Blog) => "get blogs by location",
            ParentKind::Entity(kind) => panic!("`{}` fans out over {kind}", operation.name),
        };
        let list = catalogue::find(list).unwrap();
        Box::pin(self.learn(tenant, list, &Map::new())).await;
        let done = self.poll(tenant, &list.name, &Map::new(), &Arc::default()).once(&CancellationToken::new()).await.unwrap();
        assert!(done.whole, "`{}`", list.name);
    }

    /// Parameters of a trigger: of those that read one thing by its id, which.
    fn params(&self, operation: &Operation) -> Map<String, Value> {
        let params = match operation.name.as_str() {
            "get contact" => json!({"contactId": "$contact"}),
            "get duplicate contact" => json!({"email": "ada@example.com"}),
            "get contact task by id" => json!({"contactId": "$contact", "taskId": "$task"}),
            "get contact note by id" => json!({"contactId": "$contact", "id": "$note"}),
            "get calendar by id" => json!({"calendarId": "$calendar"}),
            "get appointment" => json!({"eventId": "$appointment"}),
            "get calendar notification" => json!({"calendarId": "$calendar", "notificationId": "$notification"}),
            "get calendar resource" => json!({"resourceType": "rooms", "id": "$room"}),
            "get opportunity" => json!({"id": "$opportunity"}),
            "get user" => json!({"userId": "$user"}),
            "filter users by email" => json!({"emails": "ida@studio.example"}),
            "get conversation" => json!({"conversationId": "$conversation"}),
            "get message by id" => json!({"id": "$sms"}),
            "get business" => json!({"businessId": "$business"}),
            "get association" => json!({"associationId": "$association"}),
            "get association key" => json!({"key_name": "couple"}),
            "get association by keys" => json!({"objectKey": "contact"}),
            "check blog url slug" => json!({"urlSlug": "not-yet"}),
            _ => json!({}),
        };
        filled(&params, &self.known).unwrap().as_object().unwrap().clone()
    }

    /// Something changes that the trigger shows.
    async fn change(&mut self, operation: &Operation) {
        self.changes += 1;
        let new = format!("Changed {}", self.changes);
        let (handle, location) = (self.handle(), self.location());
        match (operation.name.as_str(), operation.entity) {
            ("check blog url slug", _) => {
                let post = json!({
                    "title": new, "blogId": "$blog", "imageUrl": "https://studio.example/a.jpg", "description": "a", "rawHTML": "<p>a</p>", "status": "PUBLISHED",
                    "imageAltText": "a", "categories": ["$topic"], "author": "$author", "urlSlug": "not-yet", "publishedAt": "2027-02-05T18:30:47.000Z",
                });
                drop(self.call("create blog post", post).await);
            }
            ("get relations by record", _) => {
                drop(self.call("create relation", json!({"associationId": "$association", "firstRecordId": "$contact", "secondRecordId": "$caller"})).await);
            }
            ("get free slots", _) => {
                let slot = json!({"calendarId": "$calendar", "contactId": "$friend", "startTime": "$ten", "endTime": "$half past ten", "title": new, "ignoreFreeSlotValidation": true});
                drop(self.call("create appointment", slot).await);
            }
            ("get message recording" | "get message transcription" | "download transcription", _) => {
                handle.complete_call(location, self.id("caller"), 5, &["Once more."]).unwrap();
            }
            ("get email by id", _) => {
                drop(self.call("send a new message", json!({"type": "Email", "contactId": "$contact", "html": "<p>One more</p>", "subject": new})).await);
            }
            ("filter users by email", _) => handle.update_user(self.id("new user"), json!({"firstName": new})).unwrap(),
            (_, EntityKind::Contact) => handle.update_contact(location, self.id("contact"), json!({"city": new})).unwrap(),
            (_, EntityKind::Appointment) => handle.update_appointment(location, self.id("appointment"), json!({"title": new})).unwrap(),
            (_, EntityKind::Task) => handle.update_task(location, self.id("task"), json!({"title": new})).unwrap(),
            (_, EntityKind::Note) => handle.update_note(location, self.id("note"), json!({"body": new})).unwrap(),
            (_, EntityKind::CalendarGroup) => {
                drop(
                    self.call("update calendar group", json!({"groupId": "$group", "name": new, "description": "For all", "slug": "weddings-and-fairs"})).await,
                );
            }
            (_, EntityKind::Calendar) => drop(self.call("update calendar", json!({"calendarId": "$calendar", "name": new})).await),
            (_, EntityKind::BlockSlot) => {
                drop(self.call("update block slot", json!({"eventId": "$block", "calendarId": "$calendar", "title": new})).await);
            }
            (_, EntityKind::AppointmentNote) => {
                drop(self.call("update appointment note", json!({"appointmentId": "$appointment", "noteId": "$appointment note", "body": new})).await);
            }
            (_, EntityKind::CalendarNotification) => {
                drop(self.call("update notification", json!({"calendarId": "$calendar", "notificationId": "$notification", "subject": new})).await);
            }
            (_, EntityKind::CalendarResource) => {
                drop(self.call("update calendar resource", json!({"resourceType": "rooms", "id": "$room", "name": new})).await)
            }
            (_, EntityKind::Opportunity) => handle.update_opportunity(location, self.id("opportunity"), json!({"name": new})).unwrap(),
            (_, EntityKind::User) => handle.update_user(self.id("user"), json!({"firstName": new})).unwrap(),
            (_, EntityKind::Conversation) => handle.set_unread(location, self.id("conversation"), 10 + u32::try_from(self.changes).unwrap()).unwrap(),
            ("get messages by conversation", _) => {
                handle.add_message(location, json!({"contactId": self.id("contact"), "type": "SMS", "direction": "inbound", "body": new})).unwrap();
            }
            (_, EntityKind::Message) => handle.set_message_status(location, self.id("sms"), "read").unwrap(),
            (_, EntityKind::Snapshot) => handle.set_snapshot(Named { id: self.snapshot().await, name: new }).unwrap(),
            (_, EntityKind::Location) => handle.update_location(location, json!({"name": new})).unwrap(),
            (_, EntityKind::Company) => handle.update_company(json!({"name": new})).unwrap(),
            (_, kind) => {
                let (family, name, field) = match kind {
                    EntityKind::Business => (Family::Business, "business", "name"),
                    EntityKind::Pipeline => (Family::Pipeline, "pipeline", "name"),
                    EntityKind::Workflow => (Family::Workflow, "workflow", "name"),
                    EntityKind::Campaign => (Family::Campaign, "campaign", "name"),
                    EntityKind::CustomField => (Family::CustomField, "field", "name"),
                    EntityKind::Association => (Family::Association, "association", "firstObjectLabel"),
                    EntityKind::Blog => (Family::Blog, "blog", "name"),
                    EntityKind::BlogAuthor => (Family::BlogAuthor, "author", "name"),
                    EntityKind::BlogCategory => (Family::BlogCategory, "topic", "label"),
                    EntityKind::BlogPost => (Family::BlogPost, "post", "title"),
                    other => panic!("nobody changes a {other}"),
                };
                handle.update_record(location, family, self.id(name), json!({field: new})).unwrap();
            }
        }
    }

    async fn snapshot(&self) -> String {
        self.call("list snapshots", json!({})).await["snapshots"][0]["id"].as_str().unwrap().to_owned()
    }
}

async fn each_trigger_tells_everything_once_and_then_what_changes(place: Place) {
    let mut scene = Scene::open(place).await;
    let mut wrong = vec![];
    let triggers: Vec<&'static Operation> = catalogue::all().iter().filter(|operation| operation.kind == Kind::Trigger).collect();
    assert_eq!(triggers.len(), 55);
    for operation in triggers {
        // Nobody else has polled for this tenant.
        let tenant = format!("t{}", operation.number);
        let params = scene.params(operation);
        let mut polled = vec![];
        for round in 0..3 {
            if round == 2 {
                scene.change(operation).await;
            }
            scene.learn(&tenant, operation, &params).await;
            let heard = Arc::new(Heard::default());
            match scene.poll(&tenant, &operation.name, &params, &heard).once(&CancellationToken::new()).await {
                Ok(done) if done.whole => {}
                Ok(done) => wrong.push(format!("`{}`: {done:?}", operation.name)),
                Err(error) => wrong.push(format!("`{}`: {error}", operation.name)),
            }
            let events = std::mem::take(&mut *heard.0.lock().unwrap());
            if let Some(other) = events.iter().find(|event| event.entity.kind != operation.entity || event.change == Change::Deleted) {
                wrong.push(format!("`{}` tells of {other:?}", operation.name));
            }
            polled.push(events.len());
        }
        if polled[0] == 0 || polled[1..] != [0, 1] {
            wrong.push(format!("`{}`: first poll {}, unchanged {}, changed {}", operation.name, polled[0], polled[1], polled[2]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    scene.world.end().await;
}

/// Rows of a long list.
const LONG: usize = 2500;

impl Scene {
    /// Fills what a paged trigger lists, and tells its parameters.
    async fn fill(&self, operation: &Operation) -> Map<String, Value> {
        let (handle, location) = (self.handle(), self.location());
        let record = |family: Family, fields: &dyn Fn(usize) -> Value| (0..LONG).for_each(|n| drop(handle.create_record(location, family, fields(n)).unwrap()));
        let mut params = json!({});
        match operation.name.as_str() {
            "search contacts" => {
                for n in 0..LONG {
                    handle.create_contact(location, json!({"firstName": format!("No {n}"), "email": format!("no{n}@example.com")})).unwrap();
                }
            }
            // As many as the search has found.
            "list contacts" | "get contacts by business" => {
                if operation.name == "get contacts by business" {
                    let all = handle.dump(location).unwrap();
                    let ids: Vec<&Value> = all["contacts"].as_array().unwrap().iter().map(|contact| &contact["id"]).collect();
                    for ids in ids.chunks(50) {
                        self.call("bulk business update", json!({"ids": ids, "businessId": "$business"})).await;
                    }
                    params = json!({"businessId": "$business"});
                }
            }
            "search conversations" => {
                let all = handle.dump(location).unwrap();
                for (n, contact) in all["contacts"].as_array().unwrap().iter().enumerate() {
                    // The search goes by milliseconds: rows that share one must fit on a page.
                    if n % 20 == 0 {
                        tokio::time::sleep(Duration::from_millis(2)).await;
                    }
                    let text = json!({"contactId": contact["id"], "type": "SMS", "direction": "inbound", "body": "Hello"});
                    handle.add_message(location, text).unwrap();
                }
            }
            "get messages by conversation" => {
                for n in 0..LONG {
                    handle
                        .add_message(location, json!({"contactId": self.id("contact"), "type": "SMS", "direction": "inbound", "body": format!("No {n}")}))
                        .unwrap();
                }
                params = json!({"conversationId": "$conversation"});
            }
            "list appointment notes" => {
                for n in 0..LONG {
                    self.call("create appointment note", json!({"appointmentId": "$appointment", "body": format!("No {n}")})).await;
                }
                params = json!({"appointmentId": "$appointment"});
            }
            "list calendar notifications" => {
                let rule = json!({"receiverType": "contact", "channel": "email", "notificationType": "reminder", "isActive": true});
                for _ in 0..LONG {
                    self.call("create calendar notification", json!({"calendarId": "$calendar", "notifications": [rule]})).await;
                }
                params = json!({"calendarId": "$calendar"});
            }
            "list calendar resources" => {
                for n in 0..LONG {
                    let room = json!({"resourceType": "rooms", "name": format!("No {n}"), "description": "a", "quantity": 1, "outOfService": 0, "capacity": 1, "calendarIds": []});
                    self.call("create calendar resource", room).await;
                }
            }
            "search opportunities" => {
                for n in 0..LONG {
                    handle.create_opportunity(location, self.id("contact"), json!({"name": format!("No {n}")})).unwrap();
                }
            }
            "search users" => {
                for n in 0..LONG {
                    handle.create_user(location, json!({"firstName": "No", "lastName": format!("{n}"), "email": format!("user{n}@studio.example")})).unwrap();
                }
            }
            "filter users by email" => params = json!({"emails": (0..LONG).map(|n| format!("user{n}@studio.example")).collect::<Vec<_>>().join(",")}),
            "list businesses by location" => record(Family::Business, &|n| json!({"name": format!("No {n}")})),
            "list locations" => {
                for n in 0..LONG {
                    self.call("create location", json!({"name": format!("No {n}")})).await;
                }
            }
            "find associations" => {
                let labels = |n: usize| json!({"key": format!("no_{n}"), "firstObjectLabel": "a", "firstObjectKey": "contact", "secondObjectLabel": "b", "secondObjectKey": "contact"});
                record(Family::Association, &labels);
            }
            "get relations by record" => {
                let of =
                    |n: usize| json!({"associationId": self.id("association"), "firstRecordId": self.id("contact"), "secondRecordId": format!("record{n}")});
                record(Family::Relation, &of);
                params = json!({"recordId": "$contact"});
            }
            "get blog authors" => record(Family::BlogAuthor, &|n| json!({"name": format!("No {n}")})),
            "get blog categories" => record(Family::BlogCategory, &|n| json!({"label": format!("No {n}"), "urlSlug": format!("no-{n}")})),
            "get blogs by location" => record(Family::Blog, &|n| json!({"name": format!("No {n}")})),
            "get blog posts" => {
                record(Family::BlogPost, &|n| json!({"title": format!("No {n}"), "blogId": self.id("blog"), "urlSlug": format!("no-{n}")}));
                params = json!({"blogId": "$blog"});
            }
            other => panic!("nobody fills `{other}`"),
        }
        filled(&params, &self.known).unwrap().as_object().unwrap().clone()
    }
}

async fn long_lists_are_read_completely_also_when_killed(place: Place) {
    let scene = Scene::open(place).await;
    let mut random = fastrand::Rng::with_seed(55);
    let mut wrong = vec![];
    let paged = |operation: &&'static Operation| operation.poll.as_ref().is_some_and(|poll| poll.paging != catalogue::Paging::None);
    for operation in catalogue::all().iter().filter(|operation| operation.kind == Kind::Trigger).filter(paged) {
        let tenant = format!("long{}", operation.number);
        let params = scene.fill(operation).await;
        let heard = Arc::new(Heard::default());
        // Killed some times at any moment, then left alone.
        for _ in 0..4 {
            let asked = scene.poll(&tenant, &operation.name, &params, &heard);
            let task = tokio::spawn(async move { asked.once(&CancellationToken::new()).await });
            tokio::time::sleep(Duration::from_millis(random.u64(5..150))).await;
            task.abort();
            drop(task.await);
        }
        if let Err(error) = scene.poll(&tenant, &operation.name, &params, &heard).once(&CancellationToken::new()).await {
            wrong.push(format!("`{}`: {error}", operation.name));
            continue;
        }
        let events = std::mem::take(&mut *heard.0.lock().unwrap());
        let entities: HashSet<&str> = events.iter().map(|event| event.entity.id.as_str()).collect();
        // One that was killed before it could remember is published again under the same id.
        let ids: BTreeSet<_> = events.iter().map(|event| event.id).collect();
        if entities.len() < LONG || ids.len() != entities.len() {
            wrong.push(format!("`{}`: {} entities in {} events", operation.name, entities.len(), ids.len()));
        }
        let again = Arc::new(Heard::default());
        scene.poll(&tenant, &operation.name, &params, &again).once(&CancellationToken::new()).await.unwrap();
        let again = again.0.lock().unwrap().len();
        if again > 0 {
            wrong.push(format!("`{}`: {again} events though nothing has changed", operation.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    scene.world.end().await;
}
