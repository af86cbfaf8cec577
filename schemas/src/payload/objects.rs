//! Custom fields, associations and relations.

use super::record;

record!(
    /// The definition of a custom field.
    CustomField {
        /// Name shown to people.
        name: Option<String>,
        /// Name used in templates and requests.
        key: Option<String>,
        /// `TEXT`, `NUMERICAL`, `DATE`, ... an open set.
        data_type: Option<String>,
        /// What it is a field of: `contact`, `opportunity`, or a custom object's key.
        object: Option<String>,
        /// The folder it is shown in.
        folder_id: Option<String>,
        /// Its place among the fields.
        position: Option<i64>,
        /// What can be chosen, in order.
        options: Vec<String>,
    }
);

record!(
    /// A kind of relation between two kinds of object.
    Association {
        /// Its name in requests.
        key: Option<String>,
        /// `USER_DEFINED` or `SYSTEM_DEFINED`.
        kind: Option<String>,
        /// Key of the first object.
        first_object: Option<String>,
        /// What the first is called.
        first_label: Option<String>,
        /// Key of the second object.
        second_object: Option<String>,
        /// What the second is called.
        second_label: Option<String>,
    }
);

record!(
    /// A relation between two records.
    Relation {
        /// What kind of relation it is.
        association_id: Option<String>,
        /// Key of the first record's object.
        first_object: Option<String>,
        /// The first record.
        first_record_id: Option<String>,
        /// Key of the second record's object.
        second_object: Option<String>,
        /// The second record.
        second_record_id: Option<String>,
    }
);
