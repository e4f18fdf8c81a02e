//! Owns what an elder is entitled to by public rules, and on what that rests: archives of facts, ability assessments, programmes
//! as data, approvals to take part. Entitlement is never a column: rules compute it from the facts of the day.
//! Signatures are taken here because the assessed level says who signs; their rows belong to people.
//! Never takes or pays money. States: `AbilityAssessment`; a programme counts from a day to a day; an approval stands or was taken
//! back; a wish to correct is open, accepted or refused.
//! Tables: assessment, assessment_assessor, elder_fact, elder_archive, fact_correction, programme_enrolment; rules are data in
//! `api/data`.

pub mod graph;
pub mod rules;
pub mod service;
pub mod store;
