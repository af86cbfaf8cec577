//! Businesses, agencies, locations and their users.

use super::record;

record!(
    /// A business: the company that contacts belong to in HighLevel.
    Business {
        /// Name.
        name: Option<String>,
        /// E-mail address as the source has it.
        email: Option<String>,
        /// Telephone number, E.164 where the source has it so.
        phone: Option<String>,
        /// Web address.
        website: Option<String>,
        /// Street and number.
        address: Option<String>,
        /// Town.
        city: Option<String>,
        /// State or region.
        state: Option<String>,
        /// Postal code.
        postal_code: Option<String>,
        /// Country, in the source's own notation.
        country: Option<String>,
        /// What it does, in its own words.
        description: Option<String>,
    }
);

record!(
    /// A user of the system: staff, not a client.
    User {
        /// Given name.
        first_name: Option<String>,
        /// Family name.
        last_name: Option<String>,
        /// Whole name, where the source has it in one.
        name: Option<String>,
        /// E-mail address as the source has it.
        email: Option<String>,
        /// Telephone number, E.164 where the source has it so.
        phone: Option<String>,
        /// Telephone extension.
        extension: Option<String>,
        /// `agency` or `account`.
        kind: Option<String>,
        /// `admin` or `user`.
        role: Option<String>,
        /// Ids of the locations the user may enter.
        location_ids: Vec<String>,
        /// Whether the source calls the user deleted.
        deleted: Option<bool>,
    }
);

record!(
    /// A location: HighLevel's sub-account.
    Location {
        /// The agency it belongs to.
        company_id: Option<String>,
        /// Name.
        name: Option<String>,
        /// E-mail address as the source has it.
        email: Option<String>,
        /// Telephone number, E.164 where the source has it so.
        phone: Option<String>,
        /// Web address.
        website: Option<String>,
        /// Domain of its own pages.
        domain: Option<String>,
        /// Street and number.
        address: Option<String>,
        /// Town.
        city: Option<String>,
        /// State or region.
        state: Option<String>,
        /// Postal code.
        postal_code: Option<String>,
        /// Country, in the source's own notation.
        country: Option<String>,
        /// Time zone, IANA name.
        timezone: Option<String>,
    }
);

record!(
    /// An agency: who owns locations.
    Company {
        /// Name.
        name: Option<String>,
        /// E-mail address as the source has it.
        email: Option<String>,
        /// Telephone number, E.164 where the source has it so.
        phone: Option<String>,
        /// Web address.
        website: Option<String>,
        /// Domain of its own pages.
        domain: Option<String>,
        /// Street and number.
        address: Option<String>,
        /// Town.
        city: Option<String>,
        /// State or region.
        state: Option<String>,
        /// Postal code.
        postal_code: Option<String>,
        /// Country, in the source's own notation.
        country: Option<String>,
        /// Time zone, IANA name.
        timezone: Option<String>,
        /// ISO 4217 code.
        currency: Option<String>,
    }
);
