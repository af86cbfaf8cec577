//! The two generations of HighLevel's API (FACTS section 1): v3 is more than a header.

use crate::call::Request;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;

/// A generation of HighLevel's API.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Api {
    /// The dated versions, 2021-04-15 and 2021-07-28.
    #[default]
    V2,
    /// `v3`, since 2026-06-11.
    V3,
}

/// The `Version` header of [`Api::V3`].
pub(crate) const V3: &str = "v3";

/// Keys of `dndSettings`, v2 and v3.
const DND: [(&str, &str); 6] = [("Call", "call"), ("Email", "email"), ("SMS", "sms"), ("WhatsApp", "whatsApp"), ("GMB", "gmb"), ("FB", "fb")];

impl Api {
    /// The name in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2 => "v2",
            Self::V3 => "v3",
        }
    }

    /// A request written for v2 as this generation takes it. One that names v3 already stays as it is.
    pub(crate) fn adapt(self, mut request: Request) -> Request {
        if self == Self::V2 || request.version.is_empty() || request.version == V3 {
            return request;
        }
        request.version = V3;
        if let Some(Value::Object(body)) = &mut request.body {
            adapt_fields(body);
        }
        request
    }
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Custom fields are written as `fieldValue` and the keys of do-not-disturb begin small.
pub(super) fn adapt_fields(body: &mut Map<String, Value>) {
    if let Some(Value::Array(fields)) = body.get_mut("customFields") {
        for field in fields.iter_mut().filter_map(Value::as_object_mut) {
            if let Some(value) = field.remove("field_value") {
                field.insert("fieldValue".to_owned(), value);
            }
        }
    }
    for settings in ["dndSettings", "inboundDndSettings"] {
        let Some(Value::Object(channels)) = body.get_mut(settings) else { continue };
        for (v2, v3) in DND {
            if let Some(channel) = channels.remove(v2) {
                channels.insert(v3.to_owned(), channel);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Effect;
    use serde_json::json;

    #[test]
    fn a_request_for_v2_becomes_one_for_v3() {
        let body = json!({"customFields": [{"id": "a", "field_value": "x"}], "dndSettings": {"SMS": {"status": "active"}, "call": {}}, "email": "e"});
        let request = Request::new("contacts.update", Effect::Idempotent, http::Method::PUT, "/contacts/1").with_version("2021-07-28").with_body(body.clone());
        assert_eq!(Api::V2.adapt(request.clone()).body, Some(body));
        let adapted = Api::V3.adapt(request);
        assert_eq!(adapted.version, "v3");
        let expected = json!({"customFields": [{"id": "a", "fieldValue": "x"}], "dndSettings": {"sms": {"status": "active"}, "call": {}}, "email": "e"});
        assert_eq!(adapted.body, Some(expected));
    }
}
