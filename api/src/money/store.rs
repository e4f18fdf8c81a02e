//! Rows of money.

pub mod attempt;
pub mod bill;
pub mod complaint;
pub mod contract;
pub mod ledger;
pub mod refund;
pub mod settlement;
pub mod till;
pub mod voucher;
