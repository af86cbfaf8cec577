//! One operation: what the documents and the rows say of it together.

use super::Api;
use super::fields::{self, Field};
use super::rows::{Odd, Poll, Probe, Token, Window};
use super::shape::{Shape, Where};
use crate::Effect;
use hatbridge_schemas::EntityKind;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One operation of HighLevel's API.
#[derive(Debug, Serialize)]
pub struct Operation {
    /// Its number in the catalogue of operations; stable.
    pub number: u16,
    /// Its name, in small letters: `create contact`. Unique.
    pub name: String,
    /// Its name as the catalogue writes it.
    pub title: String,
    /// The catalogue's heading.
    pub category: String,
    /// What the catalogue counts it as.
    pub kind: Kind,
    /// Whether the vendor has deprecated it.
    pub deprecated: bool,
    /// The OAuth scope it needs.
    pub scope: Option<String>,
    /// Its form in the dated versions.
    pub v2: Shape,
    /// Its form in v3; none where v3 has left it out.
    pub v3: Option<Shape>,
    /// What it is about.
    pub entity: EntityKind,
    /// Names in the data that its events are keyed by, the first present counts.
    pub root: Vec<String>,
    /// What a doubt about it means.
    pub effect: Effect,
    /// Whose token it takes.
    pub token: Token,
    /// How to look up what became of it.
    pub probe: Option<Probe>,
    /// How it is polled.
    pub poll: Option<Poll>,
    /// The stretch of time that its answer is asked for.
    pub window: Option<Window>,
    /// Members that the documents require and the service doesn't.
    pub optional: Vec<String>,
    /// Name in the data of the list that is the whole body.
    pub array: Option<String>,
    /// What is peculiar about it.
    pub odd: Vec<Odd>,
    /// A word for the person who uses it.
    pub note: Option<String>,
}

/// What the catalogue counts an operation as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Something that is read, to notice changes.
    Trigger,
    /// Something that is done.
    Action,
    /// A conversations endpoint beside the catalogue.
    Endpoint,
}

/// The operation is not in this generation of the API.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{operation}` is not in {api}{}", advice(.instead.as_deref()))]
pub struct Absent {
    /// The operation's name.
    pub operation: &'static str,
    /// The generation.
    pub api: Api,
    /// The operation that does it there, if there is one.
    pub instead: Option<String>,
}

fn advice(instead: Option<&str>) -> String {
    instead.map_or_else(String::new, |name| format!("; use `{name}`"))
}

/// What does in v3 what it has left out.
const INSTEAD: [(u16, &str); 2] = [(10, "search contacts"), (76, "search users")];

impl Operation {
    /// Its form in a generation of the API.
    ///
    /// # Errors
    /// [`Absent`] if that generation hasn't got it.
    pub fn shape(&'static self, api: Api) -> Result<&'static Shape, Absent> {
        match (api, &self.v3) {
            (Api::V2, _) => Ok(&self.v2),
            (Api::V3, Some(shape)) => Ok(shape),
            (Api::V3, None) => {
                let instead = INSTEAD.iter().find(|(number, _)| *number == self.number).map(|(_, name)| (*name).to_owned());
                Err(Absent { operation: &self.name, api, instead })
            }
        }
    }

    /// What its data may hold in a generation of the API: names of the path, of the query, of the body.
    ///
    /// # Errors
    /// [`Absent`] if that generation hasn't got it.
    pub fn fields(&'static self, api: Api) -> Result<&'static [Field], Absent> {
        let shape = self.shape(api)?;
        Ok(shape.fields.get_or_init(|| fields::of(self, shape)))
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.effect == Effect::Read
    }

    /// Whether it is peculiar in this way.
    #[must_use]
    pub fn is(&self, odd: Odd) -> bool {
        self.odd.contains(&odd)
    }

    /// What the command's events are keyed by: the first of `root` in the data, else the id at the end
    /// of the path. None if the data names no entity; then it concerns the whole location.
    #[must_use]
    pub fn root_of(&self, data: &Value) -> Option<String> {
        let last = self.v2.parameters.iter().rev().find(|p| p.place == Where::Path && p.schema.get("enum").is_none() && p.name != "locationId");
        let names = self.root.iter().chain(last.map(|parameter| &parameter.name));
        let data = data.as_object()?;
        names.filter_map(|name| super::member(data, name)).find_map(|value| match value {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
    }
}
