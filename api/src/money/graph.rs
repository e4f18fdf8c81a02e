//! What clients see of money that belongs to no order: vouchers, and what an office does with them.

pub mod office;
pub mod voucher;
