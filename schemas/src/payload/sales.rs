//! Opportunities and their pipelines.

use super::record;
use std::collections::BTreeMap;

record!(
    /// An opportunity in a pipeline.
    Opportunity {
        /// The contact's id in the source system.
        contact_id: Option<String>,
        /// The pipeline it is in.
        pipeline_id: Option<String>,
        /// The stage it is at.
        stage_id: Option<String>,
        /// Name.
        name: Option<String>,
        /// The source's own word in lower case.
        status: Option<String>,
        /// Decimal text in the location's currency, as the source writes it.
        monetary_value: Option<String>,
        /// Id of the user it is given to.
        assigned_to: Option<String>,
        /// The source's free text that says where it came from.
        origin: Option<String>,
        /// Ids of the users who follow it, sorted.
        followers: Vec<String>,
        /// Why it was lost.
        lost_reason_id: Option<String>,
        /// Custom fields: id or name of the field to its text.
        custom_fields: BTreeMap<String, String>,
        /// The other system's id as kept in the record itself.
        external_id: Option<String>,
    }
);

record!(
    /// A pipeline of opportunities.
    Pipeline {
        /// Name.
        name: Option<String>,
        /// Stages in order.
        stages: Vec<PipelineStage>,
        /// Whether funnel reports show it.
        show_in_funnel: Option<bool>,
    }
);

record!(
    /// A stage of a pipeline.
    PipelineStage {
        /// Its id.
        id: Option<String>,
        /// Name.
        name: Option<String>,
        /// Its place among the stages.
        position: Option<i64>,
    }
);
