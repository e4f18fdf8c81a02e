//! Owns what an elder is entitled to by public rules, and on what that rests: the meal subsidy by age, ability assessments.
//! Signatures are taken here because the assessed level says who signs; their rows belong to people.
//! Never takes or pays money. States: a rule pack is valid from a day to a day; an assessment is PUBLISHED, its earlier steps
//! come later.
//! Tables: assessment; rules are data in `api/data`.

pub mod graph;
pub mod rules;
pub mod service;
pub mod store;
