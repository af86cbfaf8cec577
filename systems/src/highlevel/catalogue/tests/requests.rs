use super::CONTEXT;
use crate::call::Request;
use crate::highlevel::catalogue::{Api, Context, Invalid, find};
use serde_json::{Value, json};

fn request(name: &str, api: Api, data: Value) -> Result<Request, Invalid> {
    find(name).unwrap().request(api, &CONTEXT, &data)
}

fn refused(name: &str, data: Value) -> String {
    request(name, Api::V2, data).unwrap_err().to_string()
}

fn query(request: &Request) -> Vec<(&str, &str)> {
    request.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[test]
fn one_object_becomes_path_query_and_body() {
    let made = request("update contact", Api::V2, json!({"contactId": "a/b", "firstName": "Ann"})).unwrap();
    assert_eq!((made.path.as_str(), made.body), ("/contacts/a%2Fb", Some(json!({"firstName": "Ann"}))));
    let made =
        request("get free slots", Api::V2, json!({"calendarId": "c", "startDate": "1700000000000", "endDate": 1_700_000_600_000_u64, "userIds": ["u", "v"]}))
            .unwrap();
    assert_eq!(made.path, "/calendars/c/free-slots");
    assert_eq!(query(&made), [("startDate", "1700000000000"), ("endDate", "1700000600000"), ("userIds", "u"), ("userIds", "v")]);
    assert!(made.body.is_none());
}

#[test]
fn the_locations_and_the_agencys_ids_are_filled_in() {
    assert_eq!(query(&request("list calendars", Api::V2, Value::Null).unwrap()), [("locationId", "loc-1")]);
    assert_eq!(request("find location by id", Api::V2, json!({})).unwrap().path, "/locations/loc-1");
    assert_eq!(request("create contact", Api::V2, json!({"email": "e"})).unwrap().body, Some(json!({"email": "e", "locationId": "loc-1"})));
    assert_eq!(query(&request("list snapshots", Api::V2, json!({})).unwrap()), [("companyId", "com-1")]);
    let of_nobody = Context { location: "loc-1", company: None };
    let invalid = find("list snapshots").unwrap().request(Api::V2, &of_nobody, &json!({})).unwrap_err();
    assert!(invalid.to_string().contains("`companyId` is required and the tenant's agency is not known"), "{invalid}");
    assert_eq!(
        refused("list calendars", json!({"locationId": "loc-2"})),
        "`list calendars` can't be asked like this: `locationId` is not the tenant's location; leave it out"
    );
}

#[test]
fn unknown_names_are_refused_with_the_near_ones() {
    assert_eq!(
        refused("create contact", json!({"firstname": "Ann"})),
        "`create contact` can't be asked like this: `firstname` is not known; did you mean `firstName` or `lastName`?"
    );
    assert_eq!(refused("get contact", json!({"contactId": "c", "zzz": 1})), "`get contact` can't be asked like this: `zzz` is not known; it takes `contactId`");
}

#[test]
fn nested_problems_are_named_by_place_and_all_at_once() {
    let data = json!({"dnd": "yes", "tags": ["a", 5], "customFields": [{"id": 7, "field_value": "x"}], "dndSettings": {"SMS": {"status": "maybe"}}});
    let invalid = request("create contact", Api::V2, data).unwrap_err();
    let told: Vec<String> = invalid.problems.iter().map(ToString::to_string).collect();
    for expected in
        ["`dnd` must be true or false", "`tags[1]` must be a text", "`customFields[0].id` must be a text", "`dndSettings.SMS.status` must be one of"]
    {
        assert!(told.iter().any(|told| told.starts_with(expected)), "{expected}: {told:?}");
    }
}

#[test]
fn parameters_have_their_types_and_limits() {
    assert_eq!(
        refused("list appointment notes", json!({"appointmentId": "a", "limit": 21, "offset": "x"})),
        "`list appointment notes` can't be asked like this: `limit` must be 20 or less; `offset` must be a number"
    );
    assert_eq!(
        refused("bulk update contact tags", json!({"type": "keep", "contacts": ["c"], "tags": ["t"]})),
        "`bulk update contact tags` can't be asked like this: `type` must be one of add, remove"
    );
    assert_eq!(refused("search contacts", json!({"pageLimit": 501})), "`search contacts` can't be asked like this: `pageLimit` must be 500 or less");
    assert!(refused("get contact", json!({"contactId": ""})).contains("`contactId` must be a text that is not empty"));
    assert_eq!(refused("get contact", json!(["x"])), "`get contact` can't be asked like this: the data must be an object");
}

#[test]
fn v2_names_are_good_for_v3_too() {
    let data = json!({"contact_id": "c", "pipeline_id": "p"});
    assert_eq!(query(&request("search opportunities", Api::V2, data.clone()).unwrap()), [("location_id", "loc-1"), ("pipeline_id", "p"), ("contact_id", "c")]);
    assert_eq!(query(&request("search opportunities", Api::V3, data).unwrap()), [("locationId", "loc-1"), ("pipelineId", "p"), ("contactId", "c")]);
    let made = request("update contact", Api::V3, json!({"contactId": "c", "customFields": [{"id": "f", "field_value": "x"}]})).unwrap();
    assert_eq!(made.body, Some(json!({"customFields": [{"id": "f", "fieldValue": "x"}]})));
    assert!(refused("search opportunities", json!({"contact_id": "c", "contactId": "d"})).contains("is given too"));
}

#[test]
fn a_list_is_the_body_where_the_document_wants_one() {
    let made = request(
        "create calendar notification",
        Api::V2,
        json!({"calendarId": "c", "notifications": [{"receiverType": "contact", "channel": "email", "notificationType": "booked"}]}),
    )
    .unwrap();
    assert_eq!(made.path, "/calendars/c/notifications");
    assert!(made.body.unwrap().is_array());
    let told = refused(
        "create calendar notification",
        json!({"calendarId": "c", "notifications": [{"receiverType": "contact", "channel": 5, "notificationType": "booked"}]}),
    );
    assert!(told.contains("`notifications[0].channel`"), "{told}");
}

#[test]
fn a_file_goes_beside_the_body() {
    let data = json!({"contactId": "c", "conversationId": "v", "fileAttachment": {"file_name": "a.png", "media_type": "image/png", "base64": "AAEC"}});
    let made = request("upload file attachments", Api::V2, data.clone()).unwrap();
    let part = made.part.unwrap();
    assert_eq!((part.name, part.file_name.as_str(), part.media_type.as_str(), &part.bytes[..]), ("fileAttachment", "a.png", "image/png", &[0, 1, 2][..]));
    assert_eq!(made.body, Some(json!({"contactId": "c", "conversationId": "v", "locationId": "loc-1"})));
    for (member, value, told) in
        [("base64", "?", "`fileAttachment.base64` is not base64"), ("media_type", "png", "`fileAttachment.media_type` must be a media type like image/png")]
    {
        let mut data = data.clone();
        data["fileAttachment"][member] = json!(value);
        assert!(refused("upload file attachments", data).ends_with(told));
    }
}

#[test]
fn events_are_keyed_by_the_first_root_that_is_there() {
    let root = |name: &str, data: Value| find(name).unwrap().root_of(&data);
    assert_eq!(root("update opportunity", json!({"id": "o", "contactId": "c"})), Some("c".to_owned()));
    assert_eq!(root("update opportunity", json!({"id": "o"})), Some("o".to_owned()));
    assert_eq!(root("create contact", json!({"email": "e"})), None);
}
