//! Nuanyang (暖阳): care at home and at the canteen, booked, proven and paid.

#[macro_use]
pub mod kit;

pub mod app;
pub mod audit;
pub mod config;
pub mod demo;
pub mod http;
pub mod import;
pub mod jobs;
pub mod metrics;
pub mod schema;
pub mod start;

pub mod directory;
pub mod dispatch;
pub mod money;
pub mod notices;
pub mod orders;
pub mod people;
pub mod privacy;
pub mod ratings;
pub mod rights;
pub mod seed;
pub mod slots;
