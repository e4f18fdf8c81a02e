//! Rows of orders.

pub mod bathing;
pub mod carer_work;
pub mod departure;
pub mod payable;
pub mod placer;
pub mod placer_sql;
pub mod read;
pub mod request;
pub mod service_hold;
pub mod service_list;
pub mod service_order;
pub mod service_turn;
pub mod statement;
pub mod usual;
pub mod way;
pub mod welfare;
pub mod write;
