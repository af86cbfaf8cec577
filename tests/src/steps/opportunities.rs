//! Pipelines and opportunities.

use super::{Step, step};
use serde_json::json;

pub fn steps() -> Vec<Step> {
    vec![
        step("list pipelines", json!({})).keep("pipeline", &["/pipelines/0/id"]).keep("stage", &["/pipelines/0/stages/0/id"]).keep("next stage", &["/pipelines/0/stages/1/id"]),
        step(
            "create opportunity",
            json!({"pipelineId": "$pipeline", "pipelineStageId": "$stage", "name": "Ada's wedding", "status": "open", "contactId": "$contact", "monetaryValue": 2200, "assignedTo": "$user"}),
        )
        .keep("opportunity", &["/opportunity/id"]),
        step("get opportunity", json!({"id": "$opportunity"})),
        step("update opportunity", json!({"id": "$opportunity", "name": "Ada's and Bea's wedding", "pipelineStageId": "$next stage", "monetaryValue": 2400.5})),
        step("update opportunity status", json!({"id": "$opportunity", "status": "won"})),
        step(
            "upsert opportunity",
            json!({
                "id": "$opportunity", "pipelineId": "$pipeline", "pipelineStageId": "$next stage", "name": "The wedding", "status": "open",
                "monetaryValue": 2500, "followers": ["$user"], "isRemoveAllFollowers": false, "followersActionType": "add", "assignedTo": "$user",
            }),
        ),
        step("search opportunities", json!({"pipeline_id": "$pipeline", "contact_id": "$contact", "status": "all", "limit": 20, "order": "added_asc", "q": "wedding"})),
        step("search opportunities", json!({"limit": 1, "page": 1, "getTasks": false})),
        step("add followers", json!({"id": "$opportunity", "followers": ["$user"]})),
        step("remove followers", json!({"id": "$opportunity", "followers": ["$user"]})),
        step("delete opportunity", json!({"id": "$opportunity"})),
    ]
}
