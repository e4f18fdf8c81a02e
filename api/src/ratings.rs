//! Owns what families say about served meals and visits at home, and what the providers answer; and what those in charge decide
//! about all words that people write for others.
//! Never deletes: an earlier version is kept, unlawful text is hidden with a record, the stars stay (LEG-14).
//! States of a text and of an answer: NONE, PENDING, VISIBLE, HIDDEN; nothing is public before it was checked.
//! Tables: rating, rating_version; of text_check who has decided.

pub mod graph;
pub mod rules;
pub mod service;
pub mod store;
