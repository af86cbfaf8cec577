//! Custom fields, associations and relations.

use super::{first_word, inner, integer, text, word};
use hatbridge_schemas::{Association, CustomField, Relation};
use serde_json::Value;

/// The definition of a custom field, of the locations' API or that of custom objects.
#[must_use]
pub fn custom_field_from(body: &Value) -> CustomField {
    let body = inner(inner(body, "customField"), "field");
    let choices = if body["picklistOptions"].is_array() { &body["picklistOptions"] } else { &body["options"] };
    let choice = |choice: &Value| choice.as_str().map(str::to_owned).or_else(|| first_word(choice, &["label", "name", "key"]));
    CustomField {
        name: text(body, "name"),
        key: word(body, "fieldKey"),
        data_type: word(body, "dataType"),
        object: first_word(body, &["model", "objectKey"]),
        folder_id: word(body, "parentId"),
        position: integer(&body["position"]),
        options: choices.as_array().into_iter().flatten().filter_map(choice).collect(),
    }
}

/// An association.
#[must_use]
pub fn association_from(body: &Value) -> Association {
    let body = inner(body, "association");
    Association {
        key: word(body, "key"),
        kind: word(body, "associationType"),
        first_object: word(body, "firstObjectKey"),
        first_label: text(body, "firstObjectLabel"),
        second_object: word(body, "secondObjectKey"),
        second_label: text(body, "secondObjectLabel"),
    }
}

/// A relation.
#[must_use]
pub fn relation_from(body: &Value) -> Relation {
    let body = inner(body, "relation");
    Relation {
        association_id: word(body, "associationId"),
        first_object: word(body, "firstObjectKey"),
        first_record_id: word(body, "firstRecordId"),
        second_object: word(body, "secondObjectKey"),
        second_record_id: word(body, "secondRecordId"),
    }
}
