//! Acts of people, one file per subject.

pub mod bond;
pub mod elder;
pub mod session;
pub mod token;
