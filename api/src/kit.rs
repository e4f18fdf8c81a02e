//! Small things that every capability uses. A closed list of one-word files.

pub mod allow;
pub mod clock;
pub mod db;
pub mod due;
pub mod event;
pub mod fen;
#[macro_use]
pub mod ids;
pub mod once;
pub mod page;
pub mod ready;
#[macro_use]
pub mod refusal;
pub mod scalar;
pub mod seal;
pub mod shelf;
pub mod viewer;
