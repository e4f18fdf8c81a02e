//! Owns who pays what, payment attempts, refunds, the inbox of notifications, vouchers of a month and the ledger.
//! Never changes an order: it says what the evidence means, and the orders act on it.
//! States: attempt CREATED, PREPAID, PAID, CLOSED, LATE_PAID; refund REQUESTED, ACCEPTED, SUCCESS, ABNORMAL, CLOSED; voucher
//! ISSUED, FROZEN, LAPSED, REVOKED; complaint OPEN, ANSWERED, COMPLETED.
//! Tables: payment_attempt, refund, wechat_inbox, ledger_entry, settlement_line, voucher_grant, voucher_use, voucher_run,
//! procurement_contract, bill_day, bill_row, bill_case, bill_unlisted, complaint, complaint_answer.

pub mod graph;
pub mod rules;
pub mod service;
pub mod store;
