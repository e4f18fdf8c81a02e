//! Acts of dispatch, one file per subject.

pub mod assign;
pub mod offer;
pub mod turn;
pub mod visit;
pub mod watch;
