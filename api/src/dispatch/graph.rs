//! What carers do with visits.

pub mod bathing;
pub mod offer;
pub mod visit;
