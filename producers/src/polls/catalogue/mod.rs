//! Polls of HighLevel's catalogue: any reading operation, driven by its row.
//!
//! A pass asks for every known entity that the operation fans out over, for every fixed value and
//! stretch of time, page by page, and keeps where it stands after each page: cut off anywhere it goes
//! on from there. What a row shows is hashed; only rows that differ from what the poll saw last go on to
//! [`crate::capture`]. A whole listing tells what was deleted. Operations for which there is a change
//! feed use that instead.
//!
//! `order` (what is wanted) -> `asked` (for whom) -> `sweep` (a pass) -> `parents`, `windows`, `paging`
//! (what to ask next), `answer`, `sighting`, `payload` (what came).

mod answer;
mod asked;
mod order;
mod paging;
mod parents;
mod payload;
mod position;
mod preview;
mod recording;
mod sighting;
mod sweep;
mod windows;

pub use asked::Asked;
pub use order::{Order, OrderError};
pub use preview::{Preview, Sighting};
