//! HighLevel and 17hats, simulated: real HTTP on loopback, state in memory, limits, faults and signed
//! webhooks, deterministic by seed.
//!
//! | module | what it is |
//! |---|---|
//! | [`highlevel`] | HighLevel's API, its webhooks and its documented oddities |
//! | [`seventeen_hats`] | 17hats through the partner contract and through Zapier |
//! | [`faults`] | what goes wrong on purpose, for either |
//! | [`truth`] | what was done in either, by whom, in what order: what tests judge by |
#![warn(missing_docs)]

pub mod faults;
mod faulty;
pub mod highlevel;
pub mod seventeen_hats;
pub mod truth;
