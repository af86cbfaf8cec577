//! Users, the company and its locations, and what the location has from the beginning.

use super::{Step, step};
use hatbridge_systems::highlevel::Api;
use serde_json::json;

pub fn steps() -> Vec<Step> {
    vec![
        step("search users", json!({"limit": "10", "skip": "0", "locationId": "$location", "sort": "dateAdded", "sortDirection": "asc"}))
            .keep("user", &["/users/0/id"]),
        step("get user", json!({"userId": "$user"})),
        step("list users by location", json!({})).only(Api::V2),
        step(
            "create user",
            json!({
                "firstName": "Ida", "lastName": "Lund", "email": "ida@studio.example", "password": "Spring-2027!", "phone": "+12025550120",
                "type": "account", "role": "user", "locationIds": ["$location"], "permissions": {"contactsEnabled": true, "campaignsEnabled": false},
                "scopes": ["contacts.write", "campaigns.readonly"], "platformLanguage": "en_US",
            }),
        )
        .keep("new user", &["/id"]),
        step("update user", json!({"userId": "$new user", "firstName": "Ida Marie", "lastName": "Lund", "role": "admin"})),
        step("filter users by email", json!({"emails": "ida@studio.example,nobody@studio.example", "limit": "10", "skip": "0"})),
        step("delete user", json!({"userId": "$new user"})),
        step("get company", json!({"companyId": "$company"})),
        step("list locations", json!({"limit": "10", "skip": "0", "order": "asc"})),
        step("find location by id", json!({"locationId": "$location"})),
        step(
            "create location",
            json!({
                "name": "North Studio", "phone": "+12025550130", "address": "1 Mill Lane", "city": "Leeds", "state": "Yorkshire", "country": "GB",
                "postalCode": "LS1 1AA", "website": "https://north.example", "timezone": "Europe/London",
                "prospectInfo": {"firstName": "Nora", "lastName": "North", "email": "nora@north.example"},
                "settings": {"allowDuplicateContact": false, "allowDuplicateOpportunity": false, "allowFacebookNameMerge": false, "disableContactTimezone": false},
            }),
        ),
        step("list snapshots", json!({})),
        step("list custom fields", json!({"model": "contact"})).keep("field", &["/customFields/0/id"]),
        step("list custom fields", json!({"model": "all"})),
        step("list workflows", json!({})).keep("workflow", &["/workflows/0/id"]),
        step("list campaigns", json!({"status": "published"})),
        step("list campaigns", json!({})).keep("campaign", &["/campaigns/0/id"]),
    ]
}
