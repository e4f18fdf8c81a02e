//! Acts on rights, one file per subject.

pub mod access;
pub mod assessment;
pub mod case;
pub mod consent;
pub mod correction;
pub mod enrolment;
pub mod entitlement;
pub mod fact;
pub mod reach;
