//! Persons and companies.

use super::record;
use std::collections::BTreeMap;

record!(
    /// A person or company. `None` means "the source does not say", an empty text "the source says it is empty".
    Contact {
        /// Given name.
        first_name: Option<String>,
        /// Family name.
        last_name: Option<String>,
        /// Company.
        company_name: Option<String>,
        /// E-mail address as the source has it.
        email: Option<String>,
        /// E.164 where the source has it so.
        phone: Option<String>,
        /// First line of the postal address.
        address1: Option<String>,
        /// Second line of the postal address.
        address2: Option<String>,
        /// Town.
        city: Option<String>,
        /// State or region.
        state: Option<String>,
        /// Postal code.
        postal_code: Option<String>,
        /// Country, in the source's own notation.
        country: Option<String>,
        /// Web address.
        website: Option<String>,
        /// ISO 8601 date.
        birthday: Option<String>,
        /// 17hats' type of contact: `lead`, `client`, ...
        kind: Option<String>,
        /// Whether this is a company, not a person.
        is_company: Option<bool>,
        /// HighLevel's free text that says where the contact came from; holds our mark on contacts we made.
        origin: Option<String>,
        /// Free notes kept on the contact itself.
        notes: Option<String>,
        /// Whether the contact must not be written to.
        dnd: Option<bool>,
        /// `None`: unknown; otherwise all tags, sorted, without repeats.
        tags: Option<Vec<String>>,
        /// Field id or name -> text.
        custom_fields: BTreeMap<String, String>,
        /// The other system's id as kept in the record itself (17hats `external_id`).
        external_id: Option<String>,
    }
);

record!(
    /// Tags put on or taken off a contact.
    TagChange {
        /// The contact's id in the source system.
        contact_id: Option<String>,
        /// Tags put on.
        added: Vec<String>,
        /// Tags taken off.
        removed: Vec<String>,
    }
);
