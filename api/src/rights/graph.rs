//! What clients see of assessments and consents.

pub mod assessment;
pub mod consent;
