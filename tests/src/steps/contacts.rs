//! Contacts, with their tasks, notes, tags, followers, campaigns and workflows, and businesses.

use super::{Step, step};
use hatbridge_systems::highlevel::Api;
use serde_json::{Value, json};

pub fn steps() -> Vec<Step> {
    [contacts(), tasks_and_notes(), memberships(), businesses()].into_iter().flatten().collect()
}

fn ada() -> Value {
    json!({
        "firstName": "Ada", "lastName": "Lane", "name": "Ada Lane", "email": "ada@example.com", "phone": "+12025550101", "gender": "female",
        "address1": "2 Mill Lane", "city": "Leeds", "state": "Yorkshire", "postalCode": "LS1 1AB", "website": "https://ada.example",
        "timezone": "Europe/London", "dnd": false, "dndSettings": {"SMS": {"status": "active", "message": "asked for it", "code": "1"}, "Email": {"status": "inactive"}},
        "inboundDndSettings": {"all": {"status": "inactive"}}, "tags": ["wedding"], "customFields": [{"id": "$field", "field_value": "Old Mill"}],
        "source": "conformance", "country": "GB", "companyName": "Lane Ltd", "assignedTo": "$user",
    })
}

fn contacts() -> Vec<Step> {
    vec![
        step("create contact", ada()).keep("contact", &["/contact/id"]),
        step("get contact", json!({"contactId": "$contact"})),
        step(
            "update contact",
            json!({"contactId": "$contact", "firstName": "Ada", "lastName": "Lane-Moor", "tags": ["wedding", "2027"], "city": "York", "dnd": true}),
        ),
        step("upsert contact", json!({"firstName": "Bea", "email": "bea@example.com", "source": "conformance", "createNewIfDuplicateAllowed": false}))
            .keep("friend", &["/contact/id"]),
        step("upsert contact", json!({"lastName": "Bright", "email": "bea@example.com", "customFields": [{"id": "$field", "field_value": "Barn"}]})),
        step("search contacts", json!({"pageLimit": 2, "page": 1, "sort": [{"field": "dateUpdated", "direction": "asc"}]})),
        step("find contact", json!({"pageLimit": 20, "filters": [{"field": "email", "operator": "eq", "value": "ada@example.com"}]})),
        step("get duplicate contact", json!({"email": "ada@example.com"})),
        step("get duplicate contact", json!({"number": "+12025550101"})),
        step("list contacts", json!({"limit": 20, "query": "Ada"})).only(Api::V2),
    ]
}

fn tasks_and_notes() -> Vec<Step> {
    vec![
        step("create contact task", json!({"contactId": "$contact", "title": "Send the offer", "body": "With albums", "dueDate": "2027-05-01T09:00:00Z", "completed": false, "assignedTo": "$user"}))
            .keep("task", &["/task/id"]),
        step("get contact tasks", json!({"contactId": "$contact"})),
        step("get contact task by id", json!({"contactId": "$contact", "taskId": "$task"})),
        step("update contact task", json!({"contactId": "$contact", "taskId": "$task", "title": "Send the new offer", "dueDate": "2027-05-02T09:00:00Z"})),
        step("complete contact task", json!({"contactId": "$contact", "taskId": "$task", "completed": true})),
        step("delete contact task", json!({"contactId": "$contact", "taskId": "$task"})),
        step("create contact note", json!({"contactId": "$contact", "body": "Likes black and white", "userId": "$user", "title": "Taste", "color": "#FFAA00", "pinned": true}))
            .keep("note", &["/note/id"]),
        step("get contact notes", json!({"contactId": "$contact"})),
        step("get contact note by id", json!({"contactId": "$contact", "id": "$note"})),
        step("update contact note", json!({"contactId": "$contact", "id": "$note", "body": "Likes colour", "title": "Taste", "pinned": false})),
        step("delete contact note", json!({"contactId": "$contact", "id": "$note"})),
    ]
}

fn memberships() -> Vec<Step> {
    vec![
        step("add tags to contact", json!({"contactId": "$contact", "tags": ["album", "print"]})),
        step("remove tags from contact", json!({"contactId": "$contact", "tags": ["print"]})),
        step("bulk update contact tags", json!({"type": "add", "contacts": ["$contact", "$friend"], "tags": ["fair"], "removeAllTags": false})),
        step("bulk update contact tags", json!({"type": "remove", "contacts": ["$friend"], "tags": ["fair"]})),
        step("add contact followers", json!({"contactId": "$contact", "followers": ["$user"]})),
        step("remove contact followers", json!({"contactId": "$contact", "followers": ["$user"]})),
        step("add contact to campaign", json!({"contactId": "$contact", "campaignId": "$campaign"})),
        step("remove from campaign", json!({"contactId": "$contact", "campaignId": "$campaign"})),
        step("add contact to campaign", json!({"contactId": "$friend", "campaignId": "$campaign"})),
        step("remove from all campaigns", json!({"contactId": "$friend"})),
        step("add contact to workflow", json!({"contactId": "$contact", "workflowId": "$workflow", "eventStartTime": "$ten"})),
        step("remove from workflow", json!({"contactId": "$contact", "workflowId": "$workflow", "eventStartTime": "$ten"})),
    ]
}

fn businesses() -> Vec<Step> {
    vec![
        step(
            "create business",
            json!({
                "name": "Lane Ltd", "phone": "+12025550140", "email": "office@lane.example", "website": "https://lane.example", "address": "2 Mill Lane",
                "city": "Leeds", "postalCode": "LS1 1AB", "state": "Yorkshire", "country": "GB", "description": "Weddings and fairs",
            }),
        )
        .keep("business", &["/buiseness/id", "/business/id"]),
        step("get business", json!({"businessId": "$business"})),
        step("list businesses by location", json!({"limit": "100", "skip": "0"})),
        step("update business", json!({"businessId": "$business", "name": "Lane and Moor Ltd", "city": "York"})),
        step("bulk business update", json!({"ids": ["$contact"], "businessId": "$business"})),
        step("get contacts by business", json!({"businessId": "$business", "limit": "10", "skip": "0", "query": "Ada"})),
        step("bulk business update", json!({"ids": ["$contact"], "businessId": null})),
        step("delete business", json!({"businessId": "$business"})),
    ]
}
