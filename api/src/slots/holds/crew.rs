//! Short holds on carers' time: all carers of a visit or none, in one step. Like holds on places they are a courtesy; the
//! rows of `carer_time` decide.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::{Holds, Memory, PATIENCE, RedisHolds, monotonic};

/// A quarter of an hour of a carer.
pub type Cell = (Uuid, i32);

/// Quarters of a provider's day by who holds them, each until an instant.
pub(super) type HeldCells = HashMap<Cell, (String, Instant)>;

/// One step: refuse when another holds one of the cells, else drop the owner's earlier cells and keep these.
/// ARGV: owner, seconds, cells. TIME is Redis's own.
pub(super) const HOLD: &str = r"
local now = tonumber(redis.call('TIME')[1])
local flat = redis.call('HGETALL', KEYS[1])
local others, gone = {}, {}
for i = 1, #flat, 2 do
  local till, by = string.match(flat[i + 1], '^(%d+):(.*)$')
  if tonumber(till) <= now or by == ARGV[1] then gone[#gone + 1] = flat[i] else others[flat[i]] = true end
end
for i = 3, #ARGV do if others[ARGV[i]] then return 0 end end
for i = 1, #gone do redis.call('HDEL', KEYS[1], gone[i]) end
for i = 3, #ARGV do redis.call('HSET', KEYS[1], ARGV[i], (now + tonumber(ARGV[2])) .. ':' .. ARGV[1]) end
if #ARGV > 2 then redis.call('EXPIRE', KEYS[1], tonumber(ARGV[2]) + 60) end
return 1";

/// What others than the owner in ARGV[1] hold now.
pub(super) const OTHERS: &str = r"
local now = tonumber(redis.call('TIME')[1])
local flat = redis.call('HGETALL', KEYS[1])
local found = {}
for i = 1, #flat, 2 do
  local till, by = string.match(flat[i + 1], '^(%d+):(.*)$')
  if tonumber(till) > now and by ~= ARGV[1] then found[#found + 1] = flat[i] end
end
return found";

/// The carers of a provider on a service day: what one key, on one shard, holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Crew {
    /// Whose carers.
    pub provider: Uuid,
    /// First quarter of the service day.
    pub day: i32,
}

impl Holds {
    /// Keeps all cells for `owner`, or none; a new hold of the same owner and day takes the place of the old one.
    pub async fn hold_crew(&self, crew: &Crew, owner: &str, cells: &[Cell], life: Duration) -> bool {
        match self {
            Self::Memory(memory) => memory.hold_crew(crew, owner, cells, life),
            // Without Redis a hold is granted: the rows still refuse what is not there.
            Self::Redis(holds) => holds.hold_crew(crew, owner, cells, life).await.unwrap_or(true),
            Self::Vanishing => true,
        }
    }

    /// Cells that others than `owner` hold; none when Redis does not answer.
    pub async fn crew_of_others(&self, crew: &Crew, owner: &str) -> HashSet<Cell> {
        match self {
            Self::Memory(memory) => memory.crew_of_others(crew, owner),
            Self::Redis(holds) => holds.crew_of_others(crew, owner).await.unwrap_or_default(),
            Self::Vanishing => HashSet::new(),
        }
    }

    /// Gives an owner's cells of a day back.
    pub async fn release_crew(&self, crew: &Crew, owner: &str) {
        self.hold_crew(crew, owner, &[], Duration::ZERO).await;
    }
}

impl Memory {
    fn hold_crew(&self, crew: &Crew, owner: &str, cells: &[Cell], life: Duration) -> bool {
        let mut crews = self.crews.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let held = crews.entry(crew.clone()).or_default();
        let now = monotonic();
        held.retain(|_, (_, till)| *till > now);
        let is_others = |cell: &Cell| held.get(cell).is_some_and(|(by, _)| by != owner);
        if cells.iter().any(is_others) {
            return false;
        }
        held.retain(|_, (by, _)| by != owner);
        held.extend(cells.iter().map(|cell| (*cell, (owner.to_owned(), now + life))));
        if held.is_empty() {
            crews.remove(crew);
        }
        true
    }

    fn crew_of_others(&self, crew: &Crew, owner: &str) -> HashSet<Cell> {
        let crews = self.crews.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let now = monotonic();
        let others = crews.get(crew).into_iter().flatten();
        others.filter(|(_, (by, till))| by != owner && *till > now).map(|(cell, _)| *cell).collect()
    }
}

impl RedisHolds {
    fn crew_key(&self, crew: &Crew) -> String {
        format!("{}:crew:{{{}/{}}}", self.prefix, crew.provider, crew.day)
    }

    async fn hold_crew(&self, crew: &Crew, owner: &str, cells: &[Cell], life: Duration) -> Option<bool> {
        let mut call = self.crew_hold.key(self.crew_key(crew));
        call.arg(owner).arg(life.as_secs());
        for (carer, quarter) in cells {
            call.arg(format!("{carer}/{quarter}"));
        }
        self.answer::<i32>(&mut call).await.map(|granted| granted == 1)
    }

    async fn crew_of_others(&self, crew: &Crew, owner: &str) -> Option<HashSet<Cell>> {
        let mut call = self.crew_others.key(self.crew_key(crew));
        let found = self.answer::<Vec<String>>(call.arg(owner)).await?;
        let cell = |text: &String| {
            let (carer, quarter) = text.split_once('/')?;
            Some((carer.parse().ok()?, quarter.parse().ok()?))
        };
        Some(found.iter().filter_map(cell).collect())
    }

    /// `None` when Redis did not answer in time.
    async fn answer<T: redis::FromRedisValue>(&self, call: &mut redis::ScriptInvocation<'_>) -> Option<T> {
        let mut connection = self.connection.clone();
        match tokio::time::timeout(PATIENCE, call.invoke_async::<T>(&mut connection)).await {
            Ok(Ok(found)) => Some(found),
            Ok(Err(error)) => {
                tracing::warn!(%error, "Redis refuses a hold of carers; the rows decide alone");
                None
            }
            Err(_) => {
                tracing::warn!("Redis does not answer; the rows decide alone");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFE: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn all_carers_are_held_or_none() {
        let (holds, crew) = (Holds::memory(), Crew { provider: Uuid::nil(), day: 0 });
        let cell = |carer: u128, quarter: i32| (Uuid::from_u128(carer), quarter);
        assert!(holds.hold_crew(&crew, "a", &[cell(1, 4), cell(2, 4)], LIFE).await);
        assert!(!holds.hold_crew(&crew, "b", &[cell(3, 4), cell(2, 4)], LIFE).await);
        assert!(holds.crew_of_others(&crew, "a").await.is_empty(), "nothing of the refused hold stays");
        assert_eq!(holds.crew_of_others(&crew, "b").await.len(), 2);
        assert!(holds.hold_crew(&crew, "a", &[cell(3, 4)], LIFE).await, "the owner changes his mind");
        assert!(holds.hold_crew(&crew, "b", &[cell(1, 4), cell(2, 4)], LIFE).await);
        holds.release_crew(&crew, "b").await;
        assert_eq!(holds.crew_of_others(&crew, "c").await, HashSet::from([cell(3, 4)]));
        assert!(holds.hold_crew(&crew, "c", &[cell(4, 4)], Duration::ZERO).await);
        assert!(holds.hold_crew(&crew, "d", &[cell(4, 4)], LIFE).await, "a hold ends by itself");
    }
}
