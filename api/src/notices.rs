//! Owns what is told to people: live updates now, subscription messages later.
//! Never decides; it passes on events that acts have written.
//! States: an event is untold, then told.
//! Tables: event (marks `told_at`).

pub mod bus;
pub mod service;
