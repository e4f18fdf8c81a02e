//! What clients see of orders.

pub mod carer_work;
pub mod change;
pub mod counter;
pub mod departure;
pub mod kitchen;
pub mod live;
pub mod order;
pub mod parts;
pub mod payment;
pub mod place;
pub mod refund;
pub mod service_order;
pub mod settlement;
pub mod statement;
pub mod till;
pub mod welfare;
