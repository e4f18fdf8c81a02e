//! Owns how a paid visit finds its carers and how they carry it out: offers, yes and no, the way, check-in, check-out;
//! and a bath from the second carer's coming to its end.
//! Never takes or pays money, never moves an order but by an event of its life cycle.
//! States: an assignment is RESERVED, OFFERED, ACCEPTED, DECLINED, TIMED_OUT or RELEASED.
//! Tables: visit_proof, visit_exception, visit_task, vital_sign, incident; it moves rows of assignment and bathing_check.

pub mod graph;
pub mod rules;
pub mod service;
pub mod store;
