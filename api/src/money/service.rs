//! Acts of money: attempts at the platform, refunds, and what evidence means.

pub mod attempt;
pub mod evidence;
pub mod refund;
pub mod voucher;
