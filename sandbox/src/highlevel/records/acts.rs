//! What can be done to records in drawers.

use super::{Family, Record, family::OF_ASSOCIATION};
use crate::highlevel::{
    clock::iso,
    given::Given,
    location::{Acting, Told},
    problem::Problem,
    simple::Deed,
};
use serde_json::{Map, Value, json};

impl Acting<'_> {
    /// A record as it must be.
    pub(in crate::highlevel) fn known_record(&self, family: Family, id: &str) -> Result<Record, Problem> {
        self.shelf.records.by_id(family, id).cloned().ok_or_else(|| Problem::not_found(family.name()))
    }

    fn refuse_taken(&self, family: Family, record: &Record) -> Result<(), Problem> {
        let Some(field) = family.unique() else { return Ok(()) };
        let text = record.text(field);
        let taken = self.shelf.records.all(family).any(|other| other.id != record.id && other.text(field) == text);
        if taken { Err(Problem::bad_request(format!("{} with this {field} already exists", family.name()))) } else { Ok(()) }
    }

    /// Creates one; an `id` that is given is kept, so that people can make what tests name.
    pub(in crate::highlevel) fn create_record(&mut self, family: Family, given: Map<String, Value>) -> Result<Record, Problem> {
        let given_id = Given(&given).owned(family.id_field());
        let id = given_id.map_or_else(|| self.shelf.next_id().0, Into::into);
        if self.shelf.records.by_id(family, &id).is_some() {
            return Err(Problem::bad_request(format!("{} with this id already exists", family.name())));
        }
        let mut record = Record { id, fields: Map::new() }.with(given);
        record.fields.insert(family.id_field().to_owned(), json!(&*record.id));
        record.fields.insert("locationId".to_owned(), json!(&*self.location.id));
        for field in family.moments() {
            record.fields.insert((*field).to_owned(), json!(iso(self.now)));
        }
        self.complete_record(family, &mut record)?;
        self.refuse_taken(family, &record)?;
        self.shelf.records.drawer(family).put(record.clone());
        self.tell_record(family, Deed::Create, &record, true);
        Ok(record)
    }

    /// What a new record takes from others.
    fn complete_record(&self, family: Family, record: &mut Record) -> Result<(), Problem> {
        match family {
            Family::Relation => {
                let association = self.known_record(Family::Association, record.text("associationId"))?;
                for field in OF_ASSOCIATION {
                    record.fields.insert(field.to_owned(), association.fields.get(field).cloned().unwrap_or(Value::Null));
                }
            }
            Family::Association => {
                // The documents declare labels, keys and type as objects and show texts: the type is
                // written as the labels were given.
                let as_object = record.fields.get("firstObjectLabel").is_some_and(Value::is_object);
                let kind = if as_object { json!({"value": "USER_DEFINED"}) } else { json!("USER_DEFINED") };
                record.fields.insert("associationType".to_owned(), kind);
            }
            Family::BlogPost => {
                let archived = record.text("status") == "ARCHIVED";
                record.fields.insert("archived".to_owned(), json!(archived));
                self.known_record(Family::Blog, record.text("blogId"))?;
            }
            Family::Business
            | Family::Blog
            | Family::BlogAuthor
            | Family::BlogCategory
            | Family::CustomField
            | Family::Pipeline
            | Family::Workflow
            | Family::Campaign => {}
        }
        Ok(())
    }

    /// Changes the named fields; null takes one away.
    pub(in crate::highlevel) fn update_record(&mut self, family: Family, id: &str, mut given: Map<String, Value>) -> Result<Record, Problem> {
        let before = self.known_record(family, id)?;
        given.remove(family.id_field());
        let mut after = before.with(given);
        if family == Family::BlogPost {
            let archived = after.text("status") == "ARCHIVED";
            after.fields.insert("archived".to_owned(), json!(archived));
        }
        self.refuse_taken(family, &after)?;
        let changed = after != before;
        if changed {
            if family.moments().contains(&"updatedAt") {
                after.fields.insert("updatedAt".to_owned(), json!(iso(self.now)));
            }
            self.shelf.records.drawer(family).put(after.clone());
        }
        self.tell_record(family, Deed::Update, &after, changed);
        Ok(after)
    }

    /// Deletes one: an association with its relations, a business off its contacts.
    pub(in crate::highlevel) fn delete_record(&mut self, family: Family, id: &str) -> Result<Record, Problem> {
        let record = self.known_record(family, id)?;
        if family == Family::Association {
            let of_it = |relation: &&Record| relation.text("associationId") == id;
            let relations: Vec<_> = self.shelf.records.all(Family::Relation).filter(of_it).map(|relation| relation.id.clone()).collect();
            for relation in relations {
                self.delete_record(Family::Relation, &relation)?;
            }
        }
        if family == Family::Business {
            let of_it: Vec<_> =
                self.shelf.contacts.values().filter(|contact| contact.business.as_deref() == Some(id)).map(|contact| contact.id.clone()).collect();
            for contact in of_it {
                self.set_business(&contact, None)?;
            }
        }
        self.shelf.records.drawer(family).take(id);
        self.tell_record(family, Deed::Delete, &record, true);
        Ok(record)
    }

    fn tell_record(&self, family: Family, deed: Deed, record: &Record, changed: bool) {
        let mark = Some(family.mark(record)).filter(|mark| deed == Deed::Create && !mark.is_empty());
        self.tell(Told { operation: family.operation(deed), entity: &record.id, contact: None, mark, changed });
        if let Some(event) = family.event(deed).filter(|_| changed) {
            self.post(event, &record.id, family.told(record, iso(self.now)));
        }
    }
}
