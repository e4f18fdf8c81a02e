//! Owns orders from the quote to the end: meals with the kitchen's and the counter's acts, visits at home, the timeline.
//! Never computes who pays (money), who may see an elder (people) or which carer comes (dispatch).
//! States: `rules::after` for meals, `rules::service_order::after` for visits, `rules::bathing::after` for a bath's gate.
//! Tables: meal_order, meal_order_item, service_order, assignment, bathing_check, event, request_key, welfare_check.

pub mod graph;
pub mod rules;
pub mod service;
pub mod store;
