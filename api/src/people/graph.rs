//! What clients see of people.

pub mod bond;
pub mod elder;
pub mod help_call;
pub mod phone;
pub mod picture;
pub mod session;
pub mod viewer;
