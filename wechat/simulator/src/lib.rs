//! Stand-in for the WeChat platform: the mini-program server API and the platform side of WeChat Pay v3.
//!
//! It signs, verifies and encrypts for real, keeps its own ledger and clock, and misbehaves on request. It shares no
//! code with the `wechat` crate. Everything it can do is described in the README of this crate.

mod abnormal;
mod app;
mod bills;
mod bounds;
mod call;
mod certificates;
mod clock;
mod complaints;
mod control;
mod cors;
mod courier;
mod crypto;
mod faults;
mod inbox;
mod journal;
mod keys;
mod ledger;
mod limits;
mod login;
mod merchant_auth;
mod mini;
mod money_desk;
mod notices;
mod order;
mod pages;
mod payments;
mod people_desk;
mod platform;
mod pushes;
mod refunds;
mod refusal;
mod reply;
mod schema;
mod server;
mod sharing;
mod shipments;
mod state;
mod tokens;
mod transfers;
mod words;
mod world;

pub use faults::Effect;
pub use keys::Identity;
pub use login::openid_of;
pub use server::{Options, Running, start};
pub use world::Settings;
