//! Find or create an opportunity: by id, else by contact and pipeline.

use super::super::{
    location::Acting,
    membership::{join, part},
    problem::Problem,
    simple::Sort,
    state::Simple,
};
use serde_json::{Map, Value, json};

/// What happens to the followers.
#[derive(Debug)]
pub(in crate::highlevel) enum Followers {
    Add(Vec<String>),
    Remove(Vec<String>),
    Clear,
}

/// What an upsert is to do.
#[derive(Debug)]
pub(in crate::highlevel) struct Upsert {
    pub(in crate::highlevel) id: Option<String>,
    pub(in crate::highlevel) contact: Option<String>,
    pub(in crate::highlevel) pipeline: String,
    pub(in crate::highlevel) fields: Map<String, Value>,
    pub(in crate::highlevel) followers: Followers,
}

/// What an upsert did.
#[derive(Debug)]
pub(in crate::highlevel) struct Upserted {
    pub(in crate::highlevel) opportunity: Simple,
    pub(in crate::highlevel) new: bool,
}

/// Who follows an opportunity.
fn followers_of(opportunity: Option<&Simple>) -> Vec<String> {
    let all = opportunity.and_then(|one| one.fields.get("followers")).and_then(Value::as_array);
    all.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

impl Acting<'_> {
    fn known_opportunity(&self, id: &str) -> Result<&Simple, Problem> {
        self.shelf.simple_by_id(Sort::Opportunity, None, id).ok_or_else(|| Problem::not_found("Opportunity"))
    }

    pub(in crate::highlevel) fn upsert_opportunity(&mut self, upsert: Upsert) -> Result<Upserted, Problem> {
        let Upsert { id, contact, pipeline, mut fields, followers } = upsert;
        let found = match (&id, &contact) {
            (Some(id), _) => Some(self.known_opportunity(id)?),
            (None, Some(contact)) => self.opportunity_in(contact, &pipeline),
            (None, None) => None,
        };
        let mut following = followers_of(found);
        let found = found.map(|one| one.id.clone());
        match followers {
            Followers::Add(users) => drop(join(&mut following, &users)),
            Followers::Remove(users) => drop(part(&mut following, &users)),
            Followers::Clear => following.clear(),
        }
        fields.insert("pipelineId".to_owned(), json!(pipeline));
        self.check_opportunity(&fields, contact.as_deref(), false)?;
        fields.insert("followers".to_owned(), json!(following));
        match found {
            Some(id) => Ok(Upserted { opportunity: self.update_opportunity(&id, fields)?, new: false }),
            None => Ok(Upserted { opportunity: self.create_opportunity(contact.as_deref(), fields)?, new: true }),
        }
    }

    /// Everyone who follows now, and who is new among them.
    pub(in crate::highlevel) fn follow_opportunity(&mut self, id: &str, users: &[String]) -> Result<(Vec<String>, Vec<String>), Problem> {
        let mut following = followers_of(Some(self.known_opportunity(id)?));
        let added = join(&mut following, users);
        self.update_opportunity(id, [("followers".to_owned(), json!(following))].into_iter().collect())?;
        Ok((following, added))
    }

    /// Everyone who still follows, and who is gone; `None`: all go.
    pub(in crate::highlevel) fn unfollow_opportunity(&mut self, id: &str, users: Option<&[String]>) -> Result<(Vec<String>, Vec<String>), Problem> {
        let mut following = followers_of(Some(self.known_opportunity(id)?));
        let removed = match users {
            Some(users) => part(&mut following, users),
            None => std::mem::take(&mut following),
        };
        self.update_opportunity(id, [("followers".to_owned(), json!(following))].into_iter().collect())?;
        Ok((following, removed))
    }
}
