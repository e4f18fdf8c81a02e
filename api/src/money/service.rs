//! Acts of money: attempts at the platform, refunds, what evidence means, contracts with providers.

pub mod attempt;
pub mod contract;
pub mod evidence;
pub mod refund;
pub mod voucher;
