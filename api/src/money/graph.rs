//! What clients see of money that belongs to no order: vouchers, contracts with providers, and what an office does
//! with them.

pub mod contract;
pub mod office;
pub mod voucher;
