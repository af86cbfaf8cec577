//! One flat JSON object becomes one request.

use super::check::{self, Checks};
use super::fields::{Field, Place};
use super::find::{near, proposal, shortened};
use super::operation::Operation;
use super::problem::{Invalid, Problem};
use super::rows::{Odd, Token};
use super::shape::{Shape, Where};
use super::values::{as_declared, camel, snake, text, texts};
use super::{Api, file};
use crate::call::Request;
use crate::http::segment;
use serde_json::{Map, Value};

/// Whose data a request is about: filled in where the operation takes it and the data don't say.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// HighLevel's id of the location.
    pub location: &'a str,
    /// HighLevel's id of the agency, if it is known.
    pub company: Option<&'a str>,
}

/// Names of the location's id.
const LOCATION: [&str; 3] = ["locationId", "location_id", "altId"];
/// What `altId` is the id of.
const ALT_TYPE: (&str, &str) = ("altType", "location");
const COMPANY: &str = "companyId";

impl Operation {
    /// The request for some data, an object. Its members go where the documents declare them: path,
    /// query, body, several of them if the name is declared there too. The location's and the agency's
    /// ids are filled in. Everything is checked against the documents' schemas.
    ///
    /// # Errors
    /// [`Invalid`] with everything that is wrong, by field and without values.
    pub fn request(&'static self, api: Api, context: &Context<'_>, data: &Value) -> Result<Request, Invalid> {
        let mut problems = Vec::new();
        let request = self.build(api, context, data, &mut problems);
        match request {
            Some(request) if problems.is_empty() => Ok(request),
            _ => Err(Invalid { operation: &self.name, problems }),
        }
    }

    fn build(&'static self, api: Api, context: &Context<'_>, data: &Value, problems: &mut Vec<Problem>) -> Option<Request> {
        let (shape, fields) = match self.shape(api).and_then(|shape| Ok((shape, self.fields(api)?))) {
            Ok(found) => found,
            Err(absent) => {
                problems.push(Problem::new("", absent.to_string()));
                return None;
            }
        };
        let mut data = named(fields, data, problems)?;
        fill(self, fields, context, &mut data, problems);
        let checks = shape.checks.get_or_init(|| Checks::new(self, shape));
        let method = shape.method.parse().map_err(|_| problems.push(Problem::new("", "has no known method"))).ok()?;
        let (path, query) = parameters(shape, checks, &data, &self.optional, problems);
        let mut request = Request::new(&self.name, self.effect, method, path).with_version(&shape.version);
        for (name, value) in query {
            request = request.with_query(name, value);
        }
        if let Some(body) = body(self, api, fields, checks, &data, problems) {
            request = request.with_body(body);
        }
        if self.is(Odd::Multipart) {
            match data.get(file::NAME).map(file::part) {
                Some(Ok(part)) => request = request.with_part(part),
                Some(Err(problem)) => problems.push(problem),
                None => problems.push(Problem::new(file::NAME, "is required")),
            }
        }
        Some(if self.token == Token::Company { request.of_agency() } else { request })
    }
}

/// The data under the names of this generation, unknown ones refused. A name is as good in its other
/// spelling, `contact_id` for `contactId`: the generations differ in that.
fn named(fields: &[Field], data: &Value, problems: &mut Vec<Problem>) -> Option<Map<String, Value>> {
    let empty = Map::new();
    let given = match data {
        Value::Object(members) => members,
        Value::Null => &empty,
        _ => {
            problems.push(Problem::new("", "the data must be an object"));
            return None;
        }
    };
    let is_known = |name: &str| fields.iter().any(|field| field.name == name);
    let mut known = Map::new();
    for (name, value) in given {
        let spelt = [name.clone(), camel(name), snake(name)].into_iter().find(|name| is_known(name));
        match spelt {
            Some(spelt) if spelt != *name && given.contains_key(&spelt) => {
                problems.push(Problem::new(shortened(name), format!("is `{spelt}`, which is given too")));
            }
            Some(spelt) => {
                known.insert(spelt, value.clone());
            }
            None => problems.push(Problem::new(shortened(name), format!("is not known{}", alternatives(name, fields)))),
        }
    }
    Some(known)
}

/// The near names, or all where they are few.
fn alternatives(name: &str, fields: &[Field]) -> String {
    const FEW: usize = 12;
    let near = near(name, fields.iter().map(|field| field.name.as_str()));
    match (near.is_empty(), fields.len()) {
        (false, _) => proposal(&near),
        (true, 0) => "; it takes no data".to_owned(),
        (true, 1..=FEW) => format!("; it takes {}", fields.iter().map(|field| format!("`{}`", field.name)).collect::<Vec<_>>().join(", ")),
        (true, _) => String::new(),
    }
}

/// Puts in what the context knows. Another location than the context's is refused: its data are
/// somebody else's.
fn fill(operation: &Operation, fields: &[Field], context: &Context<'_>, data: &mut Map<String, Value>, problems: &mut Vec<Problem>) {
    let takes = |name: &str| fields.iter().any(|field| field.name == name);
    for name in LOCATION.into_iter().filter(|name| takes(name)) {
        if name == "altId" && !takes(ALT_TYPE.0) {
            // Elsewhere it is the other side's id of a message.
            continue;
        }
        match data.get(name) {
            None | Some(Value::Null) => {
                data.insert(name.to_owned(), Value::String(context.location.to_owned()));
            }
            Some(Value::String(given)) if given == context.location => {}
            Some(_) => problems.push(Problem::new(name, "is not the tenant's location; leave it out")),
        }
    }
    if takes(ALT_TYPE.0) && takes("altId") {
        data.entry(ALT_TYPE.0).or_insert_with(|| Value::String(ALT_TYPE.1.to_owned()));
    }
    if takes(COMPANY) && data.get(COMPANY).is_none_or(Value::is_null) {
        data.remove(COMPANY);
        let required = fields.iter().any(|field| field.name == COMPANY && field.required) && !operation.optional.iter().any(|name| name == COMPANY);
        match context.company {
            Some(company) => {
                data.insert(COMPANY.to_owned(), Value::String(company.to_owned()));
            }
            None if required => {
                problems.push(Problem::new(COMPANY, "is required and the tenant's agency is not known: give it here or set `company_id` of the tenant"));
                // Once is enough.
                data.insert(COMPANY.to_owned(), Value::String("-".to_owned()));
            }
            None => {}
        }
    }
}

/// The path and the query.
fn parameters(shape: &Shape, checks: &Checks, data: &Map<String, Value>, optional: &[String], problems: &mut Vec<Problem>) -> (String, Vec<(String, String)>) {
    let (mut path, mut query) = (shape.path.clone(), Vec::new());
    for (parameter, validator) in shape.parameters.iter().zip(&checks.parameters) {
        let name = &parameter.name;
        let required = parameter.place == Where::Path || (parameter.required && !optional.contains(name));
        let Some(value) = data.get(name).filter(|value| !value.is_null()) else {
            if required {
                problems.push(Problem::new(name, "is required"));
            }
            continue;
        };
        check::problems(validator, &as_declared(value, &parameter.schema), name, problems);
        match parameter.place {
            Where::Path => match text(value).filter(|text| !text.is_empty()) {
                Some(text) => path = path.replace(&format!("{{{name}}}"), &segment(&text)),
                None => problems.push(Problem::new(name, "must be a text that is not empty: it is a part of the path")),
            },
            Where::Query => match texts(value) {
                Some(texts) => query.extend(texts.into_iter().map(|text| (name.clone(), text))),
                None => problems.push(Problem::new(name, "must be a text, a number, true, false or a list of these")),
            },
        }
    }
    problems.dedup_by(|a, b| a.field == b.field);
    (path, query)
}

/// The body, if it takes one.
fn body(operation: &Operation, api: Api, fields: &[Field], checks: &Checks, data: &Map<String, Value>, problems: &mut Vec<Problem>) -> Option<Value> {
    let validator = checks.body.as_ref()?;
    if let Some(name) = &operation.array {
        let Some(list) = data.get(name) else {
            problems.push(Problem::new(name, "is required"));
            return None;
        };
        check::problems(validator, list, name, problems);
        return Some(list.clone());
    }
    let is_member = |name: &str| fields.iter().any(|field| field.place == Place::Body && field.name == name);
    let mut members: Map<String, Value> = data.iter().filter(|(name, _)| is_member(name)).map(|(name, value)| (name.clone(), value.clone())).collect();
    if api == Api::V3 {
        super::super::api::adapt_fields(&mut members);
    }
    let body = Value::Object(members);
    check::problems(validator, &body, "", problems);
    Some(body)
}
