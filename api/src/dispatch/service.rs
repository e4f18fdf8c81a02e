//! Acts of dispatch, one file per subject.

pub mod assign;
pub mod bathing;
pub mod call_back;
pub mod card;
pub mod exception;
pub mod offer;
pub mod queue;
pub mod review;
pub mod turn;
pub mod unavailable;
pub mod visit;
pub mod watch;
