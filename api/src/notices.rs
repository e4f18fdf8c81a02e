//! Owns what is told to people: live updates, messages in the app, subscription messages of WeChat.
//! Never decides; it passes on events that acts have written. It stands above the capabilities, because it tells of
//! all of them and none of them needs to know.
//! States: an event is untold, then told; a message waits, is being sent, and is sent, without consent, unknown or failed.
//! Tables: event (marks `told_at`), message, message_consent, platform_rate.

pub mod bus;
pub mod graph;
pub mod rules;
pub mod service;
pub mod store;
