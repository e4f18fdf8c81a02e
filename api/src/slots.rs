//! Owns the places that can be taken: slots with capacity, carers' time, and the short holds on both; and whom an elder
//! does not want.
//! Never decides about money or people; a hold is a courtesy, the row is the truth.
//! States: a slot is open until its cut-off and while `taken < capacity`.
//! Tables: meal_slot, carer_time, refused_carer.

pub mod graph;
pub mod holds;
pub mod rules;
pub mod service;
pub mod store;
