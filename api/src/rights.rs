//! Owns what an elder is entitled to by public rules: today the meal subsidy by age.
//! Never takes or pays money. States: a rule pack is valid from a day to a day.
//! Tables: none yet; rules are data in `api/data`.

pub mod rules;
