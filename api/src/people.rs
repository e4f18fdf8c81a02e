//! Owns calls for help, persons, roles, sessions, elders, family bonds, consents and the record of who read what.
//! Never decides about orders or money.
//! States: a bond is REQUESTED, ACTIVE, REFUSED or REVOKED; a session family lives until it is ended.
//! Tables: person, person_role, session_family, refresh_token, elder, family_bond, bond_code, consent, data_access,
//! help_call.

pub mod graph;
pub mod rules;
pub mod service;
pub mod store;
