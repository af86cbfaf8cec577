//! Calendars, free slots, appointments, and what belongs to them.

use super::*;

const DAY_MS: i64 = 86_400_000;

/// A Monday in two or three weeks, at this hour, UTC; open hours are Monday to Friday, 8 to 17.
fn monday(hour: i64) -> i64 {
    let day = clock::now_ms() / DAY_MS;
    let to_monday = (8 - (day + 4).rem_euclid(7)).rem_euclid(7);
    (day + to_monday + 14) * DAY_MS + hour * 3_600_000
}

fn iso(hour: i64) -> String {
    clock::iso(monday(hour))
}

fn events(path: &str, owner: &str) -> String {
    format!("/calendars/{path}?locationId={PLACE}&startTime={}&endTime={}&{owner}", monday(0), monday(24))
}

async fn calendar(world: &World, more: Value) -> String {
    let mut body = json!({"locationId": PLACE, "name": "Consultation"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let (status, made) = world.post("/calendars/", body).await;
    assert_eq!(status, 200, "{made}");
    made["calendar"]["id"].as_str().unwrap().to_owned()
}

async fn slots(world: &World, calendar: &str, more: &str) -> Vec<String> {
    let path = format!("/calendars/{calendar}/free-slots?startDate={}&endDate={}{more}", monday(0), monday(24) - 1);
    let (status, free) = world.get(&path).await;
    assert_eq!(status, 200, "{free}");
    let all = free.as_object().unwrap().values().flat_map(|day| day["slots"].as_array().unwrap());
    all.map(|slot| slot.as_str().unwrap().to_owned()).collect()
}

fn v3(world: &World, method: &str, path: &str) -> reqwest::RequestBuilder {
    world.http.request(method.parse().unwrap(), world.url(path)).bearer_auth(TOKEN).header("Version", "v3")
}

#[tokio::test]
async fn groups_are_listed_changed_and_deleted_and_their_slugs_are_unique() {
    let world = studio().await;
    let body = json!({"locationId": PLACE, "name": "Team", "description": "", "slug": "team"});
    let (status, made) = world.post("/calendars/groups", body.clone()).await;
    assert_eq!((status, &made["group"]["isActive"]), (201, &json!(true)));
    let id = made["group"]["id"].as_str().unwrap();
    let slug = async |slug: &str| world.post("/calendars/groups/validate-slug", json!({"locationId": PLACE, "slug": slug})).await;
    assert_eq!((slug("team").await.1["available"].clone(), slug("other").await.1["available"].clone()), (json!(false), json!(true)));
    assert_eq!(world.post("/calendars/groups", body).await.0, 400, "the slug is taken");
    assert_eq!(world.put(&format!("/calendars/groups/{id}"), json!({"name": "T", "description": "d", "slug": "team"})).await.0, 200);
    assert_eq!(world.put(&format!("/calendars/groups/{id}"), json!({"name": "T"})).await.0, 422);
    assert_eq!(world.put(&format!("/calendars/groups/{id}/status"), json!({"isActive": false})).await.1["success"], json!(true));
    let of_group = calendar(&world, json!({"groupId": id})).await;
    let (_, listed) = world.get(&format!("/calendars/groups?locationId={PLACE}")).await;
    assert_eq!((&listed["groups"][0]["name"], &listed["groups"][0]["isActive"]), (&json!("T"), &json!(false)));
    assert_eq!(ids(&world.get(&format!("/calendars/?locationId={PLACE}&groupId={id}")).await.1["calendars"]), std::slice::from_ref(&of_group));
    assert_eq!(world.delete(&format!("/calendars/groups/{id}")).await.0, 200);
    assert_eq!(world.delete(&format!("/calendars/groups/{id}")).await.0, 404);
    assert_eq!(world.get(&format!("/calendars/{of_group}")).await.1["calendar"].get("groupId"), None);
    assert_eq!(world.handle.truth().count("calendars.groups.create"), 1);
}

#[tokio::test]
async fn calendars_have_the_documented_defaults_and_one_is_there_from_the_start() {
    let world = studio().await;
    let first = world.handle.calendars(PLACE).unwrap();
    let id = calendar(&world, json!({"slotDuration": 1, "slotDurationUnit": "hours"})).await;
    let (_, shown) = world.get(&format!("/calendars/{id}")).await;
    let shown = &shown["calendar"];
    assert_eq!((&shown["locationId"], &shown["slotDuration"], &shown["eventColor"]), (&json!(PLACE), &json!(1), &json!("#039be5")));
    assert_eq!(world.put(&format!("/calendars/{id}"), json!({"isActive": false, "name": "Draft"})).await.1["calendar"]["name"], json!("Draft"));
    assert_eq!(ids(&world.get(&format!("/calendars/?locationId={PLACE}")).await.1["calendars"]), [first[0].clone(), id.clone()]);
    assert_eq!(ids(&world.get(&format!("/calendars/?locationId={PLACE}&showDrafted=false")).await.1["calendars"]), first);
    let table = [
        (json!({"locationId": PLACE}), 422),
        (json!({"locationId": PLACE, "name": 1}), 422),
        (json!({"locationId": PLACE, "name": "n", "more": 1}), 422),
        (json!({"locationId": PLACE, "name": "n", "openHours": [{"daysOfTheWeek": [7], "hours": []}]}), 422),
        (json!({"locationId": PLACE, "name": "n", "allowBookingAfterUnit": "mins"}), 422),
        (json!({"locationId": PLACE, "name": "n", "groupId": "nobody"}), 400),
        (json!({"locationId": PLACE, "name": "n", "slug": "main-calendar"}), 400),
        (json!({"locationId": OTHER, "name": "n"}), 403),
    ];
    for (body, wanted) in table {
        assert_eq!(world.post("/calendars/", body.clone()).await.0, wanted, "{body}");
    }
    let minutes = v3(&world, "POST", "/calendars/").json(&json!({"locationId": PLACE, "name": "n", "allowBookingAfterUnit": "mins"}));
    assert_eq!(answer(minutes).await.0, 200, "v3 has minutes");
    assert_eq!(world.delete(&format!("/calendars/{id}")).await.1["success"], json!(true));
    assert_eq!((world.get(&format!("/calendars/{id}")).await.0, world.delete(&format!("/calendars/{id}")).await.0), (404, 404));
}

#[tokio::test]
async fn free_slots_are_open_hours_less_appointments_and_blocks() {
    let world = studio().await;
    let (ada, id) = (world.ada(), calendar(&world, json!({"slotDuration": 60, "slotInterval": 60})).await);
    assert_eq!(slots(&world, &id, "").await.len(), 9);
    world.handle.create_appointment(PLACE, &ada, json!({"calendarId": id, "startTime": iso(9)})).unwrap();
    let (status, _) =
        world.post("/calendars/events/block-slots", json!({"calendarId": id, "locationId": PLACE, "startTime": iso(12), "endTime": iso(14)})).await;
    assert_eq!(status, 201);
    let left = slots(&world, &id, "").await;
    assert_eq!((left.len(), left[1].as_str()), (6, &*iso(10).replace(".000Z", "+00:00")));
    assert!(slots(&world, &id, "&timezone=America/Chihuahua").await[0].ends_with("T02:00:00-06:00"));
    let path = |from: i64, to: i64| format!("/calendars/{id}/free-slots?startDate={from}&endDate={to}");
    for (path, wanted) in [
        (path(monday(0), monday(0) + 31 * DAY_MS), 200),
        (path(monday(0), monday(0) + 31 * DAY_MS + 1), 400),
        (path(monday(1), monday(0)), 400),
        (path(-1, 0), 422),
        (format!("{}&timezone=Nowhere", path(0, 1)), 422),
        (format!("/calendars/{id}/free-slots"), 422),
        ("/calendars/nobody/free-slots?startDate=0&endDate=1".to_owned(), 404),
    ] {
        assert_eq!(world.get(&path).await.0, wanted, "{path}");
    }
    let past = world.get(&path(0, 20 * DAY_MS)).await.1;
    assert_eq!(past, json!({}), "keyed by date, nothing beside it");
}

#[tokio::test]
async fn an_appointment_takes_its_slot_and_all_see_the_same_record() {
    let world = studio().await;
    let (ada, id) = (world.ada(), calendar(&world, json!({"teamMembers": [{"userId": "user1"}]})).await);
    let body = json!({"calendarId": id, "locationId": PLACE, "contactId": ada, "startTime": iso(9)});
    let (status, made) = world.post("/calendars/events/appointments", body.clone()).await;
    assert_eq!((status, &made["title"], &made["appointmentStatus"]), (200, &json!("Ada L"), &json!("confirmed")));
    assert_eq!(made.get("dateAdded"), None, "only v3 shows it");
    let appointment = made["id"].as_str().unwrap();
    let mut other = body.clone();
    let with = |name: &str, value: Value| {
        let mut body = body.clone();
        body[name] = value;
        body
    };
    for (body, wanted) in [
        (body.clone(), 400),
        (with("startTime", json!("soon")), 422),
        (with("startTime", json!("2020-01-01T09:00:00Z")), 400),
        (with("contactId", json!("nobody")), 400),
        (with("calendarId", json!("nobody")), 400),
        (with("appointmentStatus", json!("completed")), 422),
        (with("endTime", json!(iso(8))), 400),
        (with("locationId", json!(OTHER)), 403),
    ] {
        assert_eq!(world.post("/calendars/events/appointments", body.clone()).await.0, wanted, "{body}");
    }
    other["ignoreFreeSlotValidation"] = json!(true);
    other["appointmentStatus"] = json!("completed");
    let (status, second) = answer(v3(&world, "POST", "/calendars/events/appointments").json(&other)).await;
    assert_eq!((status, second["dateAdded"].is_string(), second.get("ignoreFreeSlotValidation")), (200, true, None));
    for owner in [format!("calendarId={id}"), "userId=user1".to_owned()] {
        assert_eq!(world.get(&events("events", &owner)).await.1["events"].as_array().unwrap().len(), 2, "{owner}");
    }
    assert_eq!(world.get(&events("events", "userId=user2")).await.1["events"], json!([]));
    let (_, of_contact) = world.get(&format!("/contacts/{ada}/appointments")).await;
    let (_, by_id) = world.get(&format!("/calendars/events/appointments/{appointment}")).await;
    assert_eq!((&of_contact["events"][0], by_id["event"]["endTime"].as_str()), (&by_id["event"], Some(&*iso(9).replace(":00:00.000", ":30:00.000"))));
    assert_eq!(world.handle.truth().count("appointments.create"), 2);
    world.handle.update_appointment(PLACE, appointment, json!({"appointmentStatus": "cancelled"})).unwrap();
    assert_eq!(world.get(&format!("/calendars/events/appointments/{appointment}")).await.1["event"]["appointmentStatus"], json!("cancelled"));
}

#[tokio::test]
async fn events_are_asked_for_by_time_and_owner() {
    let world = studio().await;
    let table = [
        (events("events", "x=y"), "either userId, calendarId or groupId is required"),
        (format!("/calendars/events?locationId={PLACE}&calendarId=c&endTime=1"), "startTime should not be empty"),
        (
            format!("/calendars/blocked-slots?locationId={PLACE}&calendarId=c&startTime=2020-01-01T00:00:00Z&endTime=1"),
            "startTime must be a number of milliseconds",
        ),
    ];
    for (path, message) in table {
        let (status, body) = world.get(&path).await;
        assert_eq!((status, &body["message"]), (422, &json!([message])), "{path}");
    }
    assert_eq!(world.get(&format!("/calendars/events?locationId={OTHER}&calendarId=c&startTime=0&endTime=1")).await.0, 403);
}

#[tokio::test]
async fn an_appointment_is_moved_and_deleted_once_and_told() {
    let (base, mut got) = receiver(&[]).await;
    let location = LocationOptions { webhook_base: Some(base), ..at_once(PLACE, TOKEN) };
    let world = started(Options { locations: vec![location], limits: Limits::lifted(), ..Options::default() }).await;
    let ada = world.ada();
    let id = world.handle.create_calendar(PLACE, json!({"name": "Calls"})).unwrap();
    let body = json!({"calendarId": id, "locationId": PLACE, "contactId": ada, "startTime": iso(9), "endTime": iso(10), "title": "First"});
    let (_, made) = world.post("/calendars/events/appointments", body).await;
    let path = format!("/calendars/events/appointments/{}", made["id"].as_str().unwrap());
    for start in [11, 11] {
        let (status, moved) = world.put(&path, json!({"startTime": iso(start)})).await;
        assert_eq!((status, &moved["endTime"]), (200, &json!(iso(12))), "it stays as long as it was");
    }
    assert_eq!(world.put(&path, json!({"startTime": iso(3)})).await.0, 400, "closed at night");
    assert_eq!(world.put(&path, json!({"startTime": iso(3), "ignoreFreeSlotValidation": true})).await.0, 200);
    assert_eq!(world.put(&path, json!({"contactId": ada})).await.0, 422);
    let event = path.replace("/appointments", "");
    let (status, deleted) = world.delete(&event).await;
    assert_eq!((status, &deleted["succeeded"]), (201, &json!(true)));
    assert_eq!((world.delete(&event).await.0, world.get(&path).await.0, world.put(&path, json!({})).await.0), (404, 404, 404));
    until_quiet(&world.handle).await;
    let mut told = Vec::new();
    while let Ok((event, _, body)) = got.try_recv() {
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert!(event == "ContactCreate" || body["appointment"]["contactId"] == json!(ada), "{body}");
        told.push(event);
    }
    assert_eq!(told, ["ContactCreate", "AppointmentCreate", "AppointmentUpdate", "AppointmentUpdate", "AppointmentDelete"]);
    let effects = world.handle.truth().filtered(|effect| effect.operation == "appointments.update");
    assert_eq!(effects.iter().filter(|effect| effect.changed).count(), 2, "the repeated move changed nothing");
}

#[tokio::test]
async fn blocked_slots_are_made_moved_listed_and_deleted_as_events() {
    let world = studio().await;
    let id = calendar(&world, json!({})).await;
    let body = json!({"calendarId": id, "locationId": PLACE, "title": "Lunch", "startTime": iso(12), "endTime": iso(13)});
    let (status, made) = world.post("/calendars/events/block-slots", body.clone()).await;
    assert_eq!((status, &made["title"]), (201, &json!("Lunch")));
    let block = made["id"].as_str().unwrap();
    let path = format!("/calendars/events/block-slots/{block}");
    let (status, moved) = world.put(&path, json!({"calendarId": id, "locationId": PLACE, "startTime": iso(14)})).await;
    assert_eq!((status, &moved["endTime"], &moved["title"]), (201, &json!(iso(15)), &json!("Lunch")));
    assert_eq!(world.put(&path, json!({"title": "x"})).await.0, 422, "calendar and location are needed");
    assert_eq!(world.post("/calendars/events/block-slots", json!({"calendarId": "nobody", "locationId": PLACE})).await.0, 400);
    let owner = format!("calendarId={id}");
    let (_, listed) = world.get(&events("blocked-slots", &owner)).await;
    assert_eq!((listed["events"].as_array().unwrap().len(), &listed["events"][0]["id"]), (1, &json!(block)));
    assert_eq!(world.get(&events("events", &owner)).await.1["events"], json!([]), "a block is no appointment");
    assert_eq!(world.delete(&format!("/calendars/events/{block}")).await.0, 201);
    assert_eq!(world.get(&events("blocked-slots", &owner)).await.1["events"], json!([]));
}

#[tokio::test]
async fn notes_of_an_appointment_are_paged_and_go_with_it() {
    let world = studio().await;
    let ada = world.ada();
    let appointment = world.handle.create_appointment(PLACE, &ada, json!({"title": "t"})).unwrap();
    let path = format!("/calendars/appointments/{appointment}/notes");
    for number in 0..25 {
        assert_eq!(world.post(&path, json!({"body": format!("{number}"), "userId": "user1"})).await.0, 201);
    }
    let page = async |limit: u32, offset: u32| world.get(&format!("{path}?limit={limit}&offset={offset}")).await;
    let (first, last) = (page(20, 0).await.1.clone(), page(20, 20).await.1.clone());
    assert_eq!((first["notes"].as_array().unwrap().len(), &first["hasMore"]), (20, &json!(true)));
    assert_eq!((last["notes"].as_array().unwrap().len(), &last["hasMore"]), (5, &json!(false)));
    assert_eq!((&last["notes"][0]["body"], &last["notes"][0]["contactId"]), (&json!("20"), &json!(ada)));
    assert_eq!((page(21, 0).await.0, world.get(&path).await.0), (422, 422));
    let note = format!("{path}/{}", first["notes"][0]["id"].as_str().unwrap());
    assert_eq!(world.put(&note, json!({"body": "new"})).await.1["note"]["body"], json!("new"));
    assert_eq!(world.put(&note, json!({"body": "x".repeat(5001)})).await.0, 422);
    assert_eq!((world.delete(&note).await.0, world.delete(&note).await.0), (200, 404));
    world.handle.delete_appointment(PLACE, &appointment).unwrap();
    assert_eq!(page(20, 0).await.0, 404);
    assert_eq!((world.handle.truth().count("appointments.notes.create"), world.handle.truth().count("appointments.notes.delete")), (25, 25));
}

#[tokio::test]
async fn notifications_are_made_in_lists_and_hidden_when_deleted() {
    let world = studio().await;
    let id = calendar(&world, json!({})).await;
    let path = format!("/calendars/{id}/notifications");
    let one = |on: bool| json!({"receiverType": "contact", "channel": "email", "notificationType": "booked", "isActive": on});
    let (status, made) = world.post(&path, json!([one(true), one(false), one(true)])).await;
    assert_eq!((status, made.as_array().unwrap().len()), (200, 3));
    assert_eq!(world.post(&path, one(true)).await.0, 400, "a list is wanted");
    assert_eq!(world.post(&path, json!([one(true), {"channel": "fax"}])).await.0, 422, "all or none");
    assert_eq!(world.post("/calendars/nobody/notifications", json!([one(true)])).await.0, 404);
    let count = async |query: &str| world.get(&format!("{path}{query}")).await.1.as_array().unwrap().len();
    assert_eq!((count("").await, count("?isActive=true").await, count("?limit=2&skip=2").await), (3, 2, 1));
    let first = format!("{path}/{}", made[0]["_id"].as_str().unwrap());
    assert_eq!(world.get(&first).await.1["receiverType"], json!("contact"));
    assert!(world.put(&first, json!({"subject": "s"})).await.1["message"].is_string());
    assert_eq!((world.delete(&first).await.0, world.get(&first).await.0, world.delete(&first).await.0), (200, 404, 404));
    assert_eq!((count("").await, count("?deleted=true").await), (2, 1));
    assert_eq!(world.handle.truth().count("calendars.notifications.create"), 3);
}

#[tokio::test]
async fn resources_are_of_two_kinds_and_paged() {
    let world = studio().await;
    let body = |name: &str| json!({"locationId": PLACE, "name": name, "description": "d", "quantity": 1, "outOfService": 0, "capacity": 2, "calendarIds": []});
    for number in 0..5 {
        assert_eq!(world.post("/calendars/resources/rooms", body(&format!("room {number}"))).await.0, 201);
    }
    let page = async |kind: &str, query: &str| world.get(&format!("/calendars/resources/{kind}?locationId={PLACE}{query}")).await;
    let (status, rooms) = page("rooms", "&limit=3&skip=3").await;
    assert_eq!((status, rooms.as_array().unwrap().len(), &rooms[0]["name"]), (200, 2, &json!("room 3")));
    assert_eq!(page("equipments", "&limit=3&skip=0").await.1, json!([]));
    assert_eq!((page("rooms", "&limit=3").await.0, page("cars", "&limit=3&skip=0").await.0), (422, 422));
    let path = format!("/calendars/resources/rooms/{}", rooms[0]["_id"].as_str().unwrap());
    assert_eq!(world.put(&path, json!({"isActive": false})).await.1["isActive"], json!(false));
    assert_eq!(world.get(&path.replace("rooms", "equipments")).await.0, 404);
    let mut two = body("camera");
    two["calendarIds"] = json!(["a", "b"]);
    assert_eq!(world.post("/calendars/resources/equipments", two).await.0, 400, "equipment serves one calendar");
    assert_eq!((world.delete(&path).await.0, world.get(&path).await.0), (200, 404));
}

#[tokio::test]
async fn calendars_need_scopes_of_their_own() {
    let scopes = ["calendars.readonly", "calendars/groups.write"].map(str::to_owned).to_vec();
    let location = LocationOptions { scopes: Some(scopes), ..at_once(PLACE, TOKEN) };
    let world = started(Options { locations: vec![location], limits: Limits::lifted(), ..Options::default() }).await;
    assert_eq!(world.get(&format!("/calendars/?locationId={PLACE}")).await.0, 200);
    assert_eq!(world.post("/calendars/groups/validate-slug", json!({"locationId": PLACE, "slug": "s"})).await.0, 200);
    for path in [events("events", "calendarId=c"), format!("/calendars/groups?locationId={PLACE}"), "/calendars/appointments/a/notes".to_owned()] {
        assert_eq!(world.get(&path).await.0, 401, "{path}");
    }
    assert_eq!(world.post("/calendars/", json!({"locationId": PLACE, "name": "n"})).await.0, 401);
}

#[tokio::test]
async fn a_person_plans_over_the_control_api() {
    let world = studio().await;
    let ada = world.ada();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/_control/highlevel/locations/{PLACE}", listener.local_addr().unwrap());
    let app = control_router(world.handle.clone());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let post = async |path: String, body: Value| {
        let (status, made) = answer(world.http.post(format!("{base}{path}")).json(&body)).await;
        assert_eq!(status, 201, "{path}: {made}");
        made["id"].as_str().unwrap().to_owned()
    };
    let calendar = post("/calendars".to_owned(), json!({"name": "Calls"})).await;
    let appointment = post(format!("/contacts/{ada}/appointments"), json!({"calendarId": calendar, "startTime": iso(9)})).await;
    post(format!("/appointments/{appointment}/notes"), json!({"body": "b"})).await;
    post("/block-slots".to_owned(), json!({"calendarId": calendar, "startTime": iso(10)})).await;
    post("/calendar-groups".to_owned(), json!({"name": "n", "description": "d", "slug": "s"})).await;
    let resource = json!({"name": "n", "description": "d", "quantity": 1, "outOfService": 0, "capacity": 2, "calendarIds": []});
    post("/calendar-resources/rooms".to_owned(), resource).await;
    let notification = json!({"receiverType": "contact", "channel": "email", "notificationType": "booked"});
    post(format!("/calendars/{calendar}/notifications"), notification).await;
    let (_, dump) = answer(world.http.get(format!("{base}/dump"))).await;
    assert_eq!((ids(&dump["calendars"]).len(), ids(&dump["blockedSlots"]).len()), (2, 1));
    let owner = format!("calendarId={calendar}");
    assert_eq!(ids(&world.get(&events("events", &owner)).await.1["events"]), [appointment]);
    let renamed = world.http.patch(format!("{base}/calendars/{calendar}")).json(&json!({"name": "Talks"}));
    assert_eq!(answer(renamed).await.0, 204);
    assert_eq!(answer(world.http.delete(format!("{base}/calendars/{calendar}"))).await.0, 204);
    assert_eq!(world.handle.calendars(PLACE).unwrap().len(), 1);
}
