//! Blogs.

use super::{first_word, inner, list, lower, text, word};
use crate::moment;
use hatbridge_schemas::{Blog, BlogAuthor, BlogCategory, BlogPost};
use serde_json::Value;

/// A blog site.
#[must_use]
pub fn blog_from(body: &Value) -> Blog {
    Blog { name: text(body, "name") }
}

/// An author.
#[must_use]
pub fn blog_author_from(body: &Value) -> BlogAuthor {
    BlogAuthor { name: text(body, "name"), canonical_link: word(body, "canonicalLink") }
}

/// A category.
#[must_use]
pub fn blog_category_from(body: &Value) -> BlogCategory {
    BlogCategory { name: text(body, "label").or_else(|| text(body, "name")), slug: word(body, "urlSlug"), canonical_link: word(body, "canonicalLink") }
}

/// A post, from a list or from the answer to its making.
#[must_use]
pub fn blog_post_from(body: &Value) -> BlogPost {
    let body = inner(inner(inner(body, "data"), "blogPost"), "updatedBlogPost");
    BlogPost {
        blog_id: word(body, "blogId"),
        title: text(body, "title"),
        description: text(body, "description"),
        slug: word(body, "urlSlug"),
        status: lower(body, "status"),
        author_id: word(body, "author").or_else(|| first_word(&body["author"], &["_id", "id"])),
        category_ids: list(&body["categories"]),
        tags: list(&body["tags"]),
        image_url: word(body, "imageUrl"),
        canonical_link: word(body, "canonicalLink"),
        published_at: moment::micros(&body["publishedAt"]),
    }
}
