//! Short holds on places while a person fills in a form. Redis, or this process's memory.
//!
//! A hold can be lost, late or stale without harm: the row decides. With a hold nobody else is told that the
//! place is free, and the rush is turned away before it reaches the database.

pub mod crew;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use redis::aio::ConnectionManager;
use uuid::Uuid;

/// Longest wait for Redis; after it the act goes on without a hold.
const PATIENCE: Duration = Duration::from_millis(200);

/// One statement: drop what has run out, count what others hold, add if it fits. TIME is Redis's own, so that
/// clocks of several processes do not matter. ARGV: token, portions, free places, seconds. Zero portions only ask:
/// what others hold, or nothing when the token's own hold covers as many places as are "free".
const HOLD: &str = r"
local now = tonumber(redis.call('TIME')[1])
local held = 0
local own = 0
for token, value in pairs((function() local t = {} local flat = redis.call('HGETALL', KEYS[1])
  for i = 1, #flat, 2 do t[flat[i]] = flat[i + 1] end return t end)()) do
  local portions, till = string.match(value, '(%d+):(%d+)')
  if tonumber(till) <= now then redis.call('HDEL', KEYS[1], token)
  elseif token ~= ARGV[1] then held = held + tonumber(portions)
  else own = tonumber(portions) end
end
if tonumber(ARGV[2]) == 0 then return own >= tonumber(ARGV[3]) and 0 or held end
if held + tonumber(ARGV[2]) > tonumber(ARGV[3]) then return -1 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ':' .. (now + tonumber(ARGV[4])))
redis.call('EXPIRE', KEYS[1], tonumber(ARGV[4]) + 60)
return held";

/// Where holds live. A closed set: the suite runs over all of them.
#[derive(Clone)]
pub enum Holds {
    /// In this process: one server, embedded default.
    Memory(Arc<Memory>),
    /// In Redis: several servers.
    Redis(Arc<RedisHolds>),
    /// Every hold is gone at once. Bookings must still be right.
    Vanishing,
}

/// Portions of a slot by owner, each until an instant.
type Held = HashMap<String, (i32, Instant)>;

/// Holds of this process.
#[derive(Default)]
pub struct Memory {
    slots: Mutex<HashMap<Uuid, Held>>,
    crews: Mutex<HashMap<crew::Crew, crew::HeldCells>>,
}

/// Holds in Redis, one hash per slot or per provider and day; the braces keep its keys on one shard of a cluster.
pub struct RedisHolds {
    connection: ConnectionManager,
    prefix: String,
    script: redis::Script,
    crew_hold: redis::Script,
    crew_others: redis::Script,
}

impl Holds {
    /// Holds of this process.
    pub fn memory() -> Self {
        Self::Memory(Arc::default())
    }

    /// Holds in Redis under keys that begin with `prefix`.
    pub fn redis(connection: ConnectionManager, prefix: &str) -> Self {
        Self::Redis(Arc::new(RedisHolds {
            connection,
            prefix: prefix.to_owned(),
            script: redis::Script::new(HOLD),
            crew_hold: redis::Script::new(crew::HOLD),
            crew_others: redis::Script::new(crew::OTHERS),
        }))
    }

    /// Keeps `portions` of the `free` places for `token`; the same token again renews. False: others hold them.
    pub async fn hold(&self, slot: Uuid, token: &str, portions: i32, free: i32, life: Duration) -> bool {
        match self {
            Self::Memory(memory) => memory.hold(slot, token, portions, free, life),
            // Without Redis a hold is granted: the row still refuses what is not there.
            Self::Redis(holds) => {
                holds.run(slot, token, portions, free, life).await.is_none_or(|held| held >= 0)
            }
            Self::Vanishing => portions <= free,
        }
    }

    /// How many places an order of `portions` must leave free for others: those they hold, or none when the hold of
    /// `token` covers the order. Otherwise people who hold would refuse each other while holds turn into orders,
    /// when a place counts as taken and, for a moment, as held. Zero when Redis does not answer.
    pub async fn held_by_others(&self, slot: Uuid, token: &str, portions: i32) -> i32 {
        match self {
            Self::Memory(memory) => memory.held_by_others(slot, token, portions),
            Self::Redis(holds) => {
                holds.run(slot, token, 0, portions, Duration::ZERO).await.unwrap_or(0).max(0)
            }
            Self::Vanishing => 0,
        }
    }

    /// Whether Redis answers; always true without Redis.
    pub async fn answers(&self) -> bool {
        let Self::Redis(holds) = self else { return true };
        let mut connection = holds.connection.clone();
        let ping = redis::cmd("PING");
        matches!(tokio::time::timeout(PATIENCE, ping.query_async::<String>(&mut connection)).await, Ok(Ok(_)))
    }

    /// Gives a hold back. Only its owner's token does anything.
    pub async fn release(&self, slot: Uuid, token: &str) {
        match self {
            Self::Memory(memory) => memory.release(slot, token),
            Self::Redis(holds) => {
                let mut connection = holds.connection.clone();
                let mut command = redis::cmd("HDEL");
                command.arg(holds.key(slot)).arg(token);
                let sent = tokio::time::timeout(PATIENCE, command.query_async::<i64>(&mut connection)).await;
                if !matches!(sent, Ok(Ok(_))) {
                    tracing::warn!("a hold could not be given back; it runs out by itself");
                }
            }
            Self::Vanishing => {}
        }
    }
}

impl Memory {
    fn live(slots: &mut HashMap<Uuid, Held>, slot: Uuid) -> &mut Held {
        let holds = slots.entry(slot).or_default();
        let now = monotonic();
        holds.retain(|_, (_, till)| *till > now);
        holds
    }

    fn hold(&self, slot: Uuid, token: &str, portions: i32, free: i32, life: Duration) -> bool {
        let mut slots = self.slots.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let holds = Self::live(&mut slots, slot);
        let others: i32 =
            holds.iter().filter(|(owner, _)| *owner != token).map(|(_, (count, _))| count).sum();
        if others.saturating_add(portions) > free {
            return false;
        }
        holds.insert(token.to_owned(), (portions, monotonic() + life));
        true
    }

    fn held_by_others(&self, slot: Uuid, token: &str, portions: i32) -> i32 {
        let mut slots = self.slots.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !slots.contains_key(&slot) {
            return 0;
        }
        let holds = Self::live(&mut slots, slot);
        let others = holds.iter().filter(|(owner, _)| *owner != token).map(|(_, (count, _))| count).sum();
        if holds.get(token).is_some_and(|(own, _)| *own >= portions) {
            return 0;
        }
        if holds.is_empty() {
            slots.remove(&slot);
        }
        others
    }

    fn release(&self, slot: Uuid, token: &str) {
        let mut slots = self.slots.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(holds) = slots.get_mut(&slot) {
            holds.remove(token);
        }
    }
}

impl RedisHolds {
    fn key(&self, slot: Uuid) -> String {
        format!("{}:hold:{{{slot}}}", self.prefix)
    }

    /// `None` when Redis did not answer in time.
    async fn run(&self, slot: Uuid, token: &str, portions: i32, free: i32, life: Duration) -> Option<i32> {
        let mut connection = self.connection.clone();
        let mut call = self.script.key(self.key(slot));
        call.arg(token).arg(portions).arg(free).arg(life.as_secs());
        match tokio::time::timeout(PATIENCE, call.invoke_async::<i32>(&mut connection)).await {
            Ok(Ok(held)) => Some(held),
            Ok(Err(error)) => {
                tracing::warn!(%error, "Redis refuses a hold; the row decides alone");
                None
            }
            Err(_) => {
                tracing::warn!("Redis does not answer; the row decides alone");
                None
            }
        }
    }
}

/// Holds live by the process's own steady clock: a moved demo clock must not end them.
fn monotonic() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFE: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn the_fourth_hold_on_three_places_is_refused_until_one_is_given_back() {
        let holds = Holds::memory();
        let slot = Uuid::nil();
        for token in ["a", "b", "c"] {
            assert!(holds.hold(slot, token, 1, 3, LIFE).await);
        }
        assert!(!holds.hold(slot, "d", 1, 3, LIFE).await);
        assert!(holds.hold(slot, "a", 1, 3, LIFE).await, "the owner may renew");
        assert_eq!(holds.held_by_others(slot, "a", 2).await, 2, "his own hold does not cover two");
        assert_eq!(holds.held_by_others(slot, "a", 1).await, 0, "it covers one");
        holds.release(slot, "b").await;
        assert!(holds.hold(slot, "d", 1, 3, LIFE).await);
        assert_eq!(holds.held_by_others(slot, "", 1).await, 3);
    }

    #[tokio::test]
    async fn a_hold_ends_by_itself() {
        let holds = Holds::memory();
        assert!(holds.hold(Uuid::nil(), "a", 1, 1, Duration::ZERO).await);
        assert_eq!(holds.held_by_others(Uuid::nil(), "b", 1).await, 0);
        assert!(holds.hold(Uuid::nil(), "b", 1, 1, LIFE).await);
    }
}
