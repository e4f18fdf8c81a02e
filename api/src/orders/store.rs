//! Rows of orders.

pub mod placer;
pub mod placer_sql;
pub mod read;
pub mod write;
