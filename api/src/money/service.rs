//! Acts of money: attempts at the platform, refunds, what evidence means, bills, contracts with
//! providers.

pub mod attempt;
pub mod bill;
pub mod complaint;
pub mod contract;
pub mod evidence;
pub mod refund;
pub mod voucher;
