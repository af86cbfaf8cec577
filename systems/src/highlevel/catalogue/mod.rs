//! HighLevel's operations as data: what the published documents say of each (`facts.json`, drawn from
//! them by `cargo xtask catalogue`) and what they don't (`rows.toml`, by hand), joined by number.

mod answer;
mod check;
mod field_type;
mod fields;
mod file;
mod find;
mod first_page;
mod load;
mod operation;
mod problem;
mod request;
mod rows;
mod shape;
mod values;

#[cfg(test)]
#[path = "tests/mod.rs"]
mod tests;

pub use super::api::Api;
pub use answer::{Rows, rows_of};
pub use field_type::FieldType;
pub use fields::{Field, Place};
pub use find::{Unknown, find};
pub use load::{all, schema};
pub use operation::{Absent, Kind, Operation};
pub use problem::{Invalid, Problem};
pub use request::Context;
pub use rows::{Feed, Odd, Paging, Parent, ParentKind, Poll, Probe, Token, Unit, Window};
pub use shape::{AnswerShape, Body, Parameter, Shape, Where};
pub use values::member;
