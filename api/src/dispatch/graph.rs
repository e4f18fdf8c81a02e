//! What carers do with visits.

pub mod offer;
pub mod visit;
