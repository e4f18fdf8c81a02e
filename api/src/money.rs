//! Owns who pays what, payment attempts, refunds, the inbox of notifications and the ledger.
//! Never changes an order: it says what the evidence means, and the orders act on it.
//! States: attempt CREATED, PREPAID, PAID, CLOSED, LATE_PAID; refund REQUESTED, ACCEPTED, SUCCESS, ABNORMAL, CLOSED.
//! Tables: payment_attempt, refund, wechat_inbox, ledger_entry.

pub mod rules;
pub mod service;
pub mod store;
