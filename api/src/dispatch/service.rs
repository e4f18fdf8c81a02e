//! Acts of dispatch, one file per subject.

pub mod offer;
pub mod visit;
