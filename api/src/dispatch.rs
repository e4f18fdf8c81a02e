//! Owns how a paid visit finds its carers and how they carry it out: offers, yes and no, the way, check-in, check-out; and
//! how it is proven: second proofs, what does not fit, records that come later, calls to families; and a bath from the
//! second carer's coming to its end.
//! Never takes or pays money, never moves an order but by an event of its life cycle; it holds money for a person's look.
//! States: an assignment is RESERVED, OFFERED, ACCEPTED, DECLINED, TIMED_OUT, RELEASED or FAILED; an exception is OPEN, ACCEPTED or
//! REJECTED; a call is OPEN or DONE.
//! Tables: visit_proof, visit_exception, visit_task, home_card, visit_device, visit_queue_entry, call_back, vital_sign,
//! incident; it moves rows of assignment and bathing_check.

pub mod graph;
pub mod rules;
pub mod service;
pub mod store;
