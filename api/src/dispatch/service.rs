//! Acts of dispatch, one file per subject.

pub mod bathing;
pub mod offer;
pub mod visit;
