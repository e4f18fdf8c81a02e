//! Acts on vouchers: what orders do with them, the month, the office.

pub mod month;
pub mod office;
pub mod order;
