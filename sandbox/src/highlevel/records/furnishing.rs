//! What a location has from the beginning.

use super::{Cabinet, Family, Record};
use crate::highlevel::clock::iso;
use serde_json::{Map, Value, json};

/// When everything that a location has from the beginning was made: 2024-01-01, milliseconds.
const BEGAN: i64 = 1_704_067_200_000;

/// Something with an id and a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

impl Named {
    /// An id and a name.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into() }
    }
}

/// A pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineOptions {
    /// Id and name.
    pub pipeline: Named,
    /// Its stages, first to last.
    pub stages: Vec<Named>,
}

/// A custom field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldOptions {
    /// Id and name.
    pub field: Named,
    /// `contact` or `opportunity`.
    pub model: String,
    /// `TEXT`, `NUMERICAL`, `DATE`, ...
    pub data_type: String,
}

/// What people have made in a location before it is used: calls only read it. Ids are the same in
/// every location, as those of an account made from a snapshot are not; give others where it matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Furnishing {
    /// Pipelines with their stages.
    pub pipelines: Vec<PipelineOptions>,
    /// Workflows.
    pub workflows: Vec<Named>,
    /// Campaigns.
    pub campaigns: Vec<Named>,
    /// Custom fields.
    pub custom_fields: Vec<FieldOptions>,
    /// First and last names of users; their ids are random, their addresses
    /// `first.last@LOCATION.example`.
    pub users: Vec<(String, String)>,
    /// Blogs.
    pub blogs: Vec<Named>,
    /// Authors of blog posts.
    pub blog_authors: Vec<Named>,
    /// Categories of blog posts.
    pub blog_categories: Vec<Named>,
    /// The setting *Allow Duplicate Opportunity*: a second one of a contact in a pipeline.
    pub allow_duplicate_opportunities: bool,
}

impl Default for Furnishing {
    fn default() -> Self {
        let field = |id: &str, name: &str, model: &str, data_type: &str| FieldOptions {
            field: Named::new(id, name),
            model: model.to_owned(),
            data_type: data_type.to_owned(),
        };
        Self {
            pipelines: vec![PipelineOptions {
                pipeline: Named::new("sandboxPipeline00001", "Sales"),
                stages: vec![
                    Named::new("5a17b0c5-5a00-4000-8000-000000000001", "Enquiry"),
                    Named::new("5a17b0c5-5a00-4000-8000-000000000002", "Proposal"),
                    Named::new("5a17b0c5-5a00-4000-8000-000000000003", "Booked"),
                ],
            }],
            workflows: vec![Named::new("5a17b0c5-3f00-4000-8000-000000000001", "Welcome"), Named::new("5a17b0c5-3f00-4000-8000-000000000002", "Follow up")],
            campaigns: vec![Named::new("sandboxCampaign00001", "Newsletter")],
            custom_fields: vec![
                field("sandboxField00000001", "Venue", "contact", "TEXT"),
                field("sandboxField00000002", "Guests", "contact", "NUMERICAL"),
                field("sandboxField00000003", "Event date", "opportunity", "DATE"),
            ],
            users: [("Robin", "Reed"), ("Kim", "Vale")].map(|(first, last)| (first.to_owned(), last.to_owned())).into(),
            blogs: vec![Named::new("6a0000000000000000000b01", "Journal")],
            blog_authors: vec![Named::new("6a0000000000000000000a01", "Robin Reed")],
            blog_categories: vec![Named::new("6a0000000000000000000c01", "Weddings"), Named::new("6a0000000000000000000c02", "Portraits")],
            allow_duplicate_opportunities: true,
        }
    }
}

/// Letters, digits and a mark for everything else.
fn slug(name: &str, mark: char) -> String {
    name.to_lowercase().chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { mark }).collect()
}

impl Cabinet {
    pub(in crate::highlevel) fn furnish(&mut self, furnishing: &Furnishing, location: &str) {
        self.one_opportunity = !furnishing.allow_duplicate_opportunities;
        let moment = iso(BEGAN);
        let mut put = |family: Family, named: &Named, more: Value| {
            let mut fields: Map<String, Value> = match more {
                Value::Object(more) => more,
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
            };
            fields.insert(family.id_field().to_owned(), json!(named.id));
            fields.insert("name".to_owned(), json!(named.name));
            fields.insert("locationId".to_owned(), json!(location));
            for field in family.moments() {
                fields.insert((*field).to_owned(), json!(moment));
            }
            self.drawer(family).put(Record { id: named.id.as_str().into(), fields });
        };
        for PipelineOptions { pipeline, stages } in &furnishing.pipelines {
            let stage = |(position, stage): (usize, &Named)| json!({"id": stage.id, "name": stage.name, "position": position, "showInFunnel": true, "showInPieChart": true});
            let stages: Vec<Value> = stages.iter().enumerate().map(stage).collect();
            put(Family::Pipeline, pipeline, json!({"stages": stages, "showInFunnel": true, "showInPieChart": true}));
        }
        for workflow in &furnishing.workflows {
            put(Family::Workflow, workflow, json!({"status": "published", "version": 1}));
        }
        for campaign in &furnishing.campaigns {
            put(Family::Campaign, campaign, json!({"status": "published"}));
        }
        for (position, FieldOptions { field, model, data_type }) in furnishing.custom_fields.iter().enumerate() {
            let key = format!("{model}.{}", slug(&field.name, '_'));
            put(Family::CustomField, field, json!({"fieldKey": key, "placeholder": "", "dataType": data_type, "position": position * 50, "model": model}));
        }
        for blog in &furnishing.blogs {
            put(Family::Blog, blog, json!({}));
        }
        for author in &furnishing.blog_authors {
            put(Family::BlogAuthor, author, json!({"canonicalLink": format!("https://blog.example/authors/{}", slug(&author.name, '-'))}));
        }
        for category in &furnishing.blog_categories {
            let of = slug(&category.name, '-');
            put(
                Family::BlogCategory,
                category,
                json!({"label": category.name, "urlSlug": of, "canonicalLink": format!("https://blog.example/categories/{of}")}),
            );
        }
    }
}
