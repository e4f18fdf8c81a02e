//! What clients see of money that belongs to no order: vouchers, bills, contracts with providers, and what an office does
//! with them.

pub mod account;
pub mod bill;
pub mod complaint;
pub mod contract;
pub mod office;
pub mod voucher;
