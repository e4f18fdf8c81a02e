//! Owns what an elder can ask about his own data as a whole: a copy of everything, and its erasure.
//! Never decides about money, orders or vouchers: it refuses while they are open, and keeps what a law keeps.
//! States: a request is ASKED → DONE, WITHDRAWN or REFUSED; an elder who is erased is closed first.
//! Tables: privacy_request; it removes rows of people, rights, orders, dispatch and ratings by their elder.

pub mod graph;
pub mod rules;
pub mod service;
pub mod store;
