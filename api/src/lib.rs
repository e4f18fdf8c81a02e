//! Nuanyang (暖阳): care at home and at the canteen, booked, proven and paid.

#[macro_use]
pub mod kit;

pub mod app;
pub mod config;
pub mod metrics;

pub mod directory;
pub mod money;
pub mod notices;
pub mod orders;
pub mod people;
pub mod rights;
pub mod slots;
