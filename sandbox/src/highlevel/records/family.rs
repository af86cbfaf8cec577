//! What the families differ in.

use super::Record;
use crate::highlevel::simple::Deed;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A family of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// A business (company) that contacts belong to.
    Business,
    /// A kind of link between two kinds of records.
    Association,
    /// A link between two records.
    Relation,
    /// A post of a blog.
    BlogPost,
    /// A blog.
    Blog,
    /// An author of blog posts.
    BlogAuthor,
    /// A category of blog posts.
    BlogCategory,
    /// A custom field of contacts or opportunities.
    CustomField,
    /// A pipeline with its stages.
    Pipeline,
    /// A workflow.
    Workflow,
    /// A campaign.
    Campaign,
}

/// Fields of an association that its relations repeat.
pub(in crate::highlevel) const OF_ASSOCIATION: [&str; 6] =
    ["key", "firstObjectLabel", "firstObjectKey", "secondObjectLabel", "secondObjectKey", "associationType"];

impl Family {
    /// The vendor's word for one.
    pub(in crate::highlevel) fn name(self) -> &'static str {
        match self {
            Self::Business => "Business",
            Self::Association => "Association",
            Self::Relation => "Relation",
            Self::BlogPost => "Blog post",
            Self::Blog => "Blog",
            Self::BlogAuthor => "Author",
            Self::BlogCategory => "Category",
            Self::CustomField => "Custom field",
            Self::Pipeline => "Pipeline",
            Self::Workflow => "Workflow",
            Self::Campaign => "Campaign",
        }
    }

    /// What the id is called.
    pub(super) fn id_field(self) -> &'static str {
        match self {
            Self::BlogPost | Self::Blog | Self::BlogAuthor | Self::BlogCategory => "_id",
            Self::Business | Self::Association | Self::Relation | Self::CustomField | Self::Pipeline | Self::Workflow | Self::Campaign => "id",
        }
    }

    /// Fields that hold the moments of creation and of the last change.
    pub(super) fn moments(self) -> &'static [&'static str] {
        match self {
            Self::Business | Self::Workflow => &["createdAt", "updatedAt"],
            Self::BlogPost | Self::BlogAuthor | Self::BlogCategory => &["updatedAt"],
            Self::Association | Self::Relation | Self::Blog | Self::CustomField | Self::Pipeline | Self::Campaign => &[],
        }
    }

    /// The field that no two records of a location share.
    pub(super) fn unique(self) -> Option<&'static str> {
        match self {
            Self::Association => Some("key"),
            Self::BlogPost => Some("urlSlug"),
            Self::Business
            | Self::Relation
            | Self::Blog
            | Self::BlogAuthor
            | Self::BlogCategory
            | Self::CustomField
            | Self::Pipeline
            | Self::Workflow
            | Self::Campaign => None,
        }
    }

    /// What a record is told apart by in the truth: two creations with one mark are a doubled effect.
    pub(super) fn mark(self, record: &Record) -> String {
        match self {
            Self::Association => record.text("key").to_owned(),
            Self::Relation => ["associationId", "firstRecordId", "secondRecordId"].map(|field| record.text(field)).join("/"),
            Self::BlogPost => record.text("urlSlug").to_owned(),
            Self::Business | Self::Blog | Self::BlogAuthor | Self::BlogCategory | Self::CustomField | Self::Pipeline | Self::Workflow | Self::Campaign => {
                record.text("name").to_owned()
            }
        }
    }

    pub(super) fn operation(self, deed: Deed) -> &'static str {
        let [create, update, delete] = match self {
            Self::Business => ["businesses.create", "businesses.update", "businesses.delete"],
            Self::Association => ["associations.create", "associations.update", "associations.delete"],
            Self::Relation => ["relations.create", "relations.update", "relations.delete"],
            Self::BlogPost => ["blogs.posts.create", "blogs.posts.update", "blogs.posts.delete"],
            Self::Blog => ["blogs.create", "blogs.update", "blogs.delete"],
            Self::BlogAuthor => ["blogs.authors.create", "blogs.authors.update", "blogs.authors.delete"],
            Self::BlogCategory => ["blogs.categories.create", "blogs.categories.update", "blogs.categories.delete"],
            Self::CustomField => ["custom_fields.create", "custom_fields.update", "custom_fields.delete"],
            Self::Pipeline => ["pipelines.create", "pipelines.update", "pipelines.delete"],
            Self::Workflow => ["workflows.create", "workflows.update", "workflows.delete"],
            Self::Campaign => ["campaigns.create", "campaigns.update", "campaigns.delete"],
        };
        match deed {
            Deed::Create => create,
            Deed::Update | Deed::Complete => update,
            Deed::Delete => delete,
        }
    }

    /// The event's name, where there is one. Businesses come as records (FACTS section 9).
    pub(super) fn event(self, deed: Deed) -> Option<&'static str> {
        match (self, deed) {
            (Self::Business, Deed::Create) => Some("RecordCreate"),
            (Self::Business, Deed::Update | Deed::Complete) => Some("RecordUpdate"),
            (Self::Business, Deed::Delete) => Some("RecordDelete"),
            (Self::Association, Deed::Create) => Some("AssociationCreate"),
            (Self::Association, Deed::Update | Deed::Complete) => Some("AssociationUpdate"),
            (Self::Association, Deed::Delete) => Some("AssociationDelete"),
            (Self::Relation, Deed::Create) => Some("RelationCreate"),
            (Self::Relation, Deed::Delete) => Some("RelationDelete"),
            (Self::Relation, Deed::Update | Deed::Complete) => None,
            (
                Self::BlogPost | Self::Blog | Self::BlogAuthor | Self::BlogCategory | Self::CustomField | Self::Pipeline | Self::Workflow | Self::Campaign,
                Deed::Create | Deed::Update | Deed::Complete | Deed::Delete,
            ) => None,
        }
    }

    /// What the event says.
    pub(super) fn told(self, record: &Record, now: String) -> Map<String, Value> {
        match self {
            Self::Business => {
                const BESIDE: [&str; 4] = ["id", "locationId", "createdAt", "updatedAt"];
                let properties: Vec<Value> = record
                    .fields
                    .iter()
                    .filter(|(name, _)| !BESIDE.contains(&name.as_str()))
                    .map(|(name, value)| json!({"key": name, "valueString": value}))
                    .collect();
                let fields = [
                    ("id", json!(&*record.id)),
                    ("objectKey", json!("business")),
                    ("timestamp", json!(now)),
                    ("owners", json!([])),
                    ("followers", json!([])),
                    ("properties", json!(properties)),
                ];
                fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
            }
            Self::Relation => {
                let wanted = ["id", "firstObjectKey", "firstRecordId", "secondObjectKey", "secondRecordId", "associationId"];
                record.fields.iter().filter(|(name, _)| wanted.contains(&name.as_str())).map(|(name, value)| (name.clone(), value.clone())).collect()
            }
            Self::Association
            | Self::BlogPost
            | Self::Blog
            | Self::BlogAuthor
            | Self::BlogCategory
            | Self::CustomField
            | Self::Pipeline
            | Self::Workflow
            | Self::Campaign => record.fields.clone(),
        }
    }
}
