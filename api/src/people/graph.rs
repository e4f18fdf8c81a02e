//! What clients see of people.

pub mod bond;
pub mod elder;
pub mod session;
pub mod viewer;
