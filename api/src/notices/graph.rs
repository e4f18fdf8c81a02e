//! What clients see of messages.

pub mod message;
pub mod subscription;
