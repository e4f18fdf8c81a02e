//! What carers do with visits.

pub mod offer;
pub mod turn;
pub mod visit;
