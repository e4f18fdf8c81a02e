//! Acts of people, one file per subject.

pub mod bond;
pub mod elder;
pub mod help_call;
pub mod phone;
pub mod picture;
pub mod reading;
pub mod session;
pub mod token;
pub mod words;
