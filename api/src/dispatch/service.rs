//! Acts of dispatch, one file per subject.

pub mod call_back;
pub mod card;
pub mod exception;
pub mod offer;
pub mod queue;
pub mod review;
pub mod visit;
