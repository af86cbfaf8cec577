//! `/blogs`.

use crate::highlevel::{
    admit::Caller,
    clock::of_text,
    fields::{Field, Kind, check, may, must},
    given::{Asked, Given},
    location::Actor,
    problem::Problem,
    records::{Family, Record},
    reply::{Answer, Body, ok},
    service::World,
};
use axum::{
    Router,
    extract::{Path, Query},
    routing::{get, post, put},
};
use serde_json::{Map, Value, json};
use std::{collections::HashMap, sync::Arc};

const STATES: &[&str] = &["DRAFT", "PUBLISHED", "SCHEDULED", "ARCHIVED"];
const POST: &[Field] = &[
    must("title", Kind::Text),
    must("locationId", Kind::Text),
    must("blogId", Kind::Text),
    must("imageUrl", Kind::Text),
    must("description", Kind::Text),
    must("rawHTML", Kind::Text),
    must("status", Kind::Word(STATES)),
    must("imageAltText", Kind::Text),
    must("categories", Kind::Texts),
    may("tags", Kind::Texts),
    must("author", Kind::Text),
    must("urlSlug", Kind::Text),
    may("canonicalLink", Kind::Text),
    must("publishedAt", Kind::Text),
];
/// Needed by v3 when a post is changed, unknown otherwise.
const WORDS: &[Field] = &[must("wordCount", Kind::Number)];

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/blogs/posts/url-slug-exists", get(slug_exists))
        .route("/blogs/posts/all", get(posts))
        .route("/blogs/posts", post(create))
        .route("/blogs/posts/{post}", put(update))
        .route("/blogs/authors", get(authors))
        .route("/blogs/categories", get(categories))
        .route("/blogs/site/all", get(blogs))
}

/// A post as answers have it: without the page's source.
fn shown(post: &Record) -> Value {
    let beside = ["rawHTML", "wordCount"];
    let fields: Map<String, Value> =
        post.fields.iter().filter(|(name, _)| !beside.contains(&name.as_str())).map(|(name, value)| (name.clone(), value.clone())).collect();
    Value::Object(fields)
}

/// The location, and how far to skip and how many to list; all are needed.
fn page(caller: &Caller, asked: &Asked, skip: &str) -> Result<(usize, usize), Problem> {
    caller.must_be(asked.needed("locationId")?)?;
    asked.needed(skip)?;
    asked.needed("limit")?;
    Ok((asked.number(skip, 0, 0, usize::MAX)?, asked.number("limit", 1, 1, 1000)?))
}

async fn slug_exists(caller: Caller, Query(asked): Query<HashMap<String, String>>) -> Answer {
    let asked = Asked(asked);
    let slug = asked.needed("urlSlug")?;
    caller.must_be(asked.needed("locationId")?)?;
    let shelf = caller.location.look();
    let exists = shelf.records.all(Family::BlogPost).any(|post| post.text("urlSlug") == slug && asked.text("postId") != Some(&post.id));
    ok(json!({"exists": exists}))
}

async fn listed(caller: Caller, asked: HashMap<String, String>, family: Family, name: &str) -> Answer {
    let (skip, limit) = page(&caller, &Asked(asked), "offset")?;
    let shelf = caller.location.look();
    ok(json!({name: shelf.records.all(family).skip(skip).take(limit).map(Record::shown).collect::<Vec<_>>()}))
}

async fn authors(caller: Caller, Query(asked): Query<HashMap<String, String>>) -> Answer {
    listed(caller, asked, Family::BlogAuthor, "authors").await
}

async fn categories(caller: Caller, Query(asked): Query<HashMap<String, String>>) -> Answer {
    listed(caller, asked, Family::BlogCategory, "categories").await
}

async fn blogs(caller: Caller, Query(asked): Query<HashMap<String, String>>) -> Answer {
    let asked = Asked(asked);
    let (skip, limit) = page(&caller, &asked, "skip")?;
    let words = asked.text("searchTerm").map(str::to_lowercase);
    let shelf = caller.location.look();
    let wanted = shelf.records.all(Family::Blog).filter(|blog| words.as_ref().is_none_or(|words| blog.text("name").to_lowercase().contains(words)));
    ok(json!({"data": wanted.skip(skip).take(limit).map(Record::shown).collect::<Vec<_>>()}))
}

async fn posts(caller: Caller, Query(asked): Query<HashMap<String, String>>) -> Answer {
    let asked = Asked(asked);
    let (skip, limit) = page(&caller, &asked, "offset")?;
    let blog = asked.needed("blogId")?;
    let status = asked.text("status");
    // Only v3 knows ALL.
    let is_known = |status: &str| STATES.contains(&status) || (caller.v3 && status == "ALL");
    if !status.is_none_or(is_known) {
        return Err(Problem::invalid(format!("status must be one of the following values: {}", STATES.join(", "))));
    }
    let words = asked.text("searchTerm").map(str::to_lowercase);
    let shelf = caller.location.look();
    let fits = |post: &&Record| {
        post.text("blogId") == blog
            && status.is_none_or(|status| status == "ALL" || post.text("status") == status)
            && words.as_ref().is_none_or(|words| post.text("title").to_lowercase().contains(words))
    };
    ok(json!({"blogs": shelf.records.all(Family::BlogPost).filter(fits).skip(skip).take(limit).map(shown).collect::<Vec<_>>()}))
}

fn checked(caller: &Caller, given: &Map<String, Value>, words: &[Field]) -> Result<(), Problem> {
    check(given, &[POST, words])?;
    let fields = Given(given);
    caller.must_be(fields.needed("locationId")?)?;
    fields.needed("urlSlug")?;
    if of_text(fields.needed("publishedAt")?).is_none() {
        return Err(Problem::invalid("publishedAt must be a valid ISO 8601 date string"));
    }
    let shelf = caller.location.look();
    let known = |family: Family, id: &str| shelf.records.by_id(family, id).map(drop).ok_or_else(|| Problem::not_found(family.name()));
    known(Family::Blog, fields.needed("blogId")?)?;
    known(Family::BlogAuthor, fields.needed("author")?)?;
    fields.texts("categories").iter().try_for_each(|category| known(Family::BlogCategory, category))
}

async fn create(caller: Caller, Body(given): Body) -> Answer {
    checked(&caller, &given, &[])?;
    let post = caller.location.act(Actor::Api).create_record(Family::BlogPost, given)?;
    ok(json!({"data": shown(&post)}))
}

async fn update(caller: Caller, Path(post): Path<String>, Body(given): Body) -> Answer {
    checked(&caller, &given, if caller.v3 { WORDS } else { &[] })?;
    let post = caller.location.act(Actor::Api).update_record(Family::BlogPost, &post, given)?;
    ok(json!({"updatedBlogPost": shown(&post)}))
}
