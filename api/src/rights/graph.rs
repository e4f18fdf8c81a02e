//! What clients see of archives, assessments, consents, and what an elder is entitled to.

pub mod access;
pub mod archive;
pub mod assessment;
pub mod case;
pub mod consent;
pub mod correction;
pub mod enrolment;
pub mod entitlement;
