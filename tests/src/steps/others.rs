//! Associations with their relations, and blogs.

use super::{Step, step, with};
use serde_json::{Value, json};

pub fn steps() -> Vec<Step> {
    [associations(), blogs()].into_iter().flatten().collect()
}

fn associations() -> Vec<Step> {
    let page = |more: Value| with(json!({"skip": 0, "limit": 100}), &more);
    vec![
        step(
            "create association",
            json!({"key": "couple", "firstObjectLabel": "Bride", "firstObjectKey": "contact", "secondObjectLabel": "Groom", "secondObjectKey": "contact"}),
        )
        .keep("association", &["/id"]),
        step("find associations", page(json!({}))),
        step("get association", json!({"associationId": "$association"})),
        step("get association key", json!({"key_name": "couple"})),
        step("get association by keys", json!({"objectKey": "contact"})),
        step("update association", json!({"associationId": "$association", "firstObjectLabel": "Partner", "secondObjectLabel": "Partner"})),
        step("create relation", json!({"associationId": "$association", "firstRecordId": "$contact", "secondRecordId": "$friend"})).keep("relation", &["/id"]),
        step("get relations by record", page(json!({"recordId": "$contact", "associationIds": ["$association"]}))),
        step("delete relation", json!({"relationId": "$relation"})),
        step("delete association", json!({"associationId": "$association"})),
    ]
}

fn post(more: &Value) -> Value {
    let data = json!({
        "title": "A day at the mill", "blogId": "$blog", "imageUrl": "https://studio.example/mill.jpg", "description": "A wedding in June",
        "rawHTML": "<h1>A day at the mill</h1>", "status": "PUBLISHED", "imageAltText": "The mill", "categories": ["$topic"], "tags": ["wedding"],
        "author": "$author", "urlSlug": "a-day-at-the-mill", "canonicalLink": "https://studio.example/mill", "publishedAt": "2027-02-05T18:30:47.000Z",
    });
    with(data, more)
}

fn blogs() -> Vec<Step> {
    vec![
        step("get blogs by location", json!({"skip": 0, "limit": 10, "searchTerm": ""})).keep("blog", &["/data/0/_id"]),
        step("get blog authors", json!({"offset": 0, "limit": 10})).keep("author", &["/authors/0/_id"]),
        step("get blog categories", json!({"offset": 0, "limit": 10})).keep("topic", &["/categories/0/_id"]),
        step("check blog url slug", json!({"urlSlug": "a-day-at-the-mill"})),
        step("create blog post", post(&json!({}))).keep("post", &["/data/_id", "/blogPost/_id"]),
        step("update blog post", post(&json!({"postId": "$post", "title": "Two days at the mill", "status": "DRAFT"}))).in_v3(json!({"wordCount": 5})),
        step("check blog url slug", json!({"urlSlug": "a-day-at-the-mill", "postId": "$post"})),
        step("get blog posts", json!({"blogId": "$blog", "offset": 0, "limit": 10, "searchTerm": "mill", "status": "DRAFT"})),
    ]
}
