//! Acts on rights, one file per subject.

pub mod assessment;
pub mod consent;
