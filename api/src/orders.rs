//! Owns meal orders from the quote to the table: placing, paying, the kitchen's and the counter's acts, the timeline.
//! Never computes who pays (money) or who may see an elder (people).
//! States: HELD, CONFIRMED, LOCKED, READY, OUT_FOR_DELIVERY, SERVED, UNDELIVERED, NO_SHOW, CANCELLED, EXPIRED.
//! Tables: meal_order, meal_order_item, event, request_key, welfare_check.

pub mod graph;
pub mod rules;
pub mod service;
pub mod store;
