//! The contract file's tables. Their meaning stands beside the keys in
//! `systems/contracts/seventeen_hats.toml`.

use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sections {
    pub(super) name: String,
    pub(super) base_path: String,
    pub(super) auth: Auth,
    pub(super) paging: Paging,
    pub(super) marks: Marks,
    pub(super) times: Times,
    pub(super) concurrency: Concurrency,
    pub(super) rate_limit: RateLimit,
    pub(super) errors: Errors,
    pub(super) webhooks: Webhooks,
    pub(super) operations: BTreeMap<String, Route>,
    pub(super) resources: BTreeMap<String, ResourceTable>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum AuthKind {
    Bearer,
    OauthClientCredentials,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Auth {
    pub(super) kind: AuthKind,
    #[serde(default)]
    pub(super) token_path: String,
    #[serde(default)]
    pub(super) account_header: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum PagingKind {
    Cursor,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Paging {
    #[expect(dead_code, reason = "there is one kind; the key says so and leaves room for others")]
    pub(super) kind: PagingKind,
    pub(super) items_field: String,
    pub(super) next_field: String,
    pub(super) cursor_parameter: String,
    #[serde(default)]
    pub(super) limit_parameter: String,
    pub(super) limit: u32,
    #[serde(default)]
    pub(super) since_parameter: String,
    #[serde(default)]
    pub(super) deleted_parameter: String,
    /// For the reader: the polls' overlap rests on it.
    pub(super) order: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Marks {
    #[serde(default)]
    pub(super) external_id: String,
    #[serde(default)]
    pub(super) created_at: String,
    #[serde(default)]
    pub(super) deleted_at: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TimeFormat {
    Rfc3339,
    UnixSeconds,
    UnixMilliseconds,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Times {
    pub(super) format: TimeFormat,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Concurrency {
    #[serde(default)]
    pub(super) header: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RateLimit {
    pub(super) requests: u32,
    pub(super) per_seconds: u32,
    #[serde(default)]
    pub(super) limit_header: String,
    #[serde(default)]
    pub(super) remaining_header: String,
    #[serde(default)]
    pub(super) reset_header: String,
    #[serde(default)]
    pub(super) retry_after_header: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Errors {
    #[serde(default)]
    pub(super) object_field: String,
    #[serde(default)]
    pub(super) code_field: String,
    #[serde(default)]
    pub(super) message_field: String,
    #[serde(default)]
    pub(super) field_field: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WebhookKind {
    SecretHeader,
    HmacSha256,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Webhooks {
    pub(super) kind: WebhookKind,
    #[serde(default)]
    pub(super) secret_header: String,
    #[serde(default)]
    pub(super) signature_header: String,
    pub(super) id_field: String,
    pub(super) type_field: String,
    #[serde(default)]
    #[expect(dead_code, reason = "for the reader: the tenant is known by the webhook's own address")]
    pub(super) account_field: String,
    pub(super) occurred_at_field: String,
    pub(super) data_field: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Route {
    pub(super) method: String,
    pub(super) path: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResourceTable {
    pub(super) singular: String,
    pub(super) path: String,
    pub(super) id: String,
    #[serde(default)]
    pub(super) revision: String,
    pub(super) updated_at: String,
    pub(super) operations: Vec<String>,
    #[serde(default)]
    pub(super) filters: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) times: Vec<String>,
    pub(super) fields: BTreeMap<String, String>,
}
