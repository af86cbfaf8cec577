//! Opportunities and their pipelines.

use super::contact::custom_fields;
use super::{first_word, flag, inner, integer, list, lower, text, word};
use hatbridge_schemas::{Opportunity, Pipeline, PipelineStage};
use serde_json::Value;

/// An opportunity.
#[must_use]
pub fn opportunity_from(body: &Value) -> Opportunity {
    let body = inner(body, "opportunity");
    let mut followers = list(&body["followers"]);
    followers.sort();
    followers.dedup();
    Opportunity {
        contact_id: word(body, "contactId").or_else(|| word(&body["contact"], "id")),
        pipeline_id: word(body, "pipelineId"),
        stage_id: first_word(body, &["pipelineStageId", "stageId"]),
        name: text(body, "name"),
        status: lower(body, "status"),
        monetary_value: word(body, "monetaryValue").map(whole),
        assigned_to: word(body, "assignedTo"),
        origin: word(body, "source"),
        followers,
        lost_reason_id: word(body, "lostReasonId"),
        custom_fields: custom_fields(&body["customFields"]),
        external_id: word(body, "externalObjectId"),
    }
}

/// `40.0` and `40` are the same money.
fn whole(value: String) -> String {
    match value.split_once('.') {
        Some((whole, cents)) if cents.bytes().all(|digit| digit == b'0') => whole.to_owned(),
        _ => value,
    }
}

/// A pipeline; its stages stand in their order, whatever order they come in.
#[must_use]
pub fn pipeline_from(body: &Value) -> Pipeline {
    let body = inner(body, "pipeline");
    let stage = |stage: &Value| PipelineStage { id: first_word(stage, &["id", "_id"]), name: text(stage, "name"), position: integer(&stage["position"]) };
    let mut stages: Vec<PipelineStage> = body["stages"].as_array().into_iter().flatten().filter(|s| s.is_object()).map(stage).collect();
    stages.sort_by_key(|stage| stage.position);
    Pipeline { name: text(body, "name"), stages, show_in_funnel: flag(body, "showInFunnel") }
}
