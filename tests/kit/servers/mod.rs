//! Private, throw-away PostgreSQL and Redis servers on free loopback ports.
//!
//! Owns: the processes it starts and their folders. Never does: look at, reuse or stop a server that was
//! already running. A server ends when its value is dropped, and also when the process that started it dies
//! in any way, kill -9 included.

pub mod binaries;
mod folder;
mod leash;
mod postgres;
mod redis;

pub use postgres::{Durability, Postgres};
pub use redis::Redis;

pub(crate) use folder::Folder;

use crate::{Result, Trouble};
use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, TcpListener};

/// How often another port is tried when somebody else was quicker.
const PORT_TRIES: u32 = 8;

/// A free loopback port below the range that the system gives to outgoing connections.
///
/// Inside that range a client that keeps calling a killed server can be given the server's own port as its
/// source, connect to itself and so keep the server from coming back.
fn free_port() -> Result<u16> {
    const FIRST: u16 = 15_000;
    const COUNT: u16 = 17_000;
    let keys = RandomState::new();
    (0..200_u16)
        .map(|turn| FIRST + u16::try_from(keys.hash_one(turn) % u64::from(COUNT)).unwrap_or(0))
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .ok_or_else(|| Trouble::new("No free loopback port was found between 15000 and 32000"))
}
