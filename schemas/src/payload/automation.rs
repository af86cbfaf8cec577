//! Workflows, campaigns and snapshots.

use super::record;

record!(
    /// A workflow.
    Workflow {
        /// Name.
        name: Option<String>,
        /// The source's own word in lower case: draft, published, ...
        status: Option<String>,
        /// Its version.
        revision: Option<i64>,
    }
);

record!(
    /// A campaign, or one contact's state in it.
    Campaign {
        /// Name.
        name: Option<String>,
        /// The source's own word in lower case: draft, published, paused, ...
        status: Option<String>,
        /// The contact's id in the source system.
        contact_id: Option<String>,
        /// The template whose message is meant.
        template_id: Option<String>,
    }
);

record!(
    /// A snapshot: an agency's template of a location.
    Snapshot {
        /// Name.
        name: Option<String>,
        /// `own` or `imported`.
        kind: Option<String>,
    }
);
