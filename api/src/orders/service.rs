//! Acts of orders, one file per subject.

pub mod cancel;
pub mod counter;
pub mod departure;
pub mod handover;
pub mod kitchen;
pub mod payment;
pub mod place;
pub mod refund;
pub mod repeat;
pub mod service_order;
pub mod statement;
pub mod till;
pub mod timers;
