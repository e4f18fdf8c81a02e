//! Client of the WeChat platform: mini-program login and content check, WeChat Pay v3, message push.
//!
//! Owns: signatures, keys, tokens, the shape of requests and answers, and the question whether a
//! payment call was executed ([`pay::Outcome`]).
//! Never does: decide about orders, store anything, read settings or the clock of the machine.
//! Rules come from the platform's merchant and mini-program documents; each place names its page.

pub mod bill;
pub mod crypto;
pub mod mini;
pub mod pay;
pub mod push;
pub mod session;

mod http;
mod json;
mod route;
mod secret;

pub use http::{ConfigError, Timeouts};
pub use secret::Secret;

/// Unix seconds now; injected, so that tests and the demo can move time.
pub type Now = std::sync::Arc<dyn Fn() -> i64 + Send + Sync>;
