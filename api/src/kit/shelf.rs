//! A bounded memory of this process: what was used longest ago makes room for what is new.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

const SHARDS: usize = 16;

/// Values by key, bounded in number and in bytes. Split into shards, so that workers seldom wait for each other.
pub struct Shelf<K, V> {
    hasher: RandomState,
    shards: [Mutex<Shard<K, V>>; SHARDS],
    entries_max: usize,
    bytes_max: usize,
}

struct Shard<K, V> {
    entries: HashMap<K, Entry<V>>,
    bytes: usize,
    tick: u64,
}

struct Entry<V> {
    value: V,
    bytes: usize,
    used: u64,
}

impl<K: Hash + Eq + Clone, V: Clone> Shelf<K, V> {
    /// An empty one for so many values of so many bytes together.
    pub fn new(entries_max: usize, bytes_max: usize) -> Self {
        let empty = || Mutex::new(Shard { entries: HashMap::new(), bytes: 0, tick: 0 });
        Self {
            hasher: RandomState::new(),
            shards: std::array::from_fn(|_| empty()),
            entries_max: entries_max / SHARDS,
            bytes_max: bytes_max / SHARDS,
        }
    }

    /// What was kept under a key.
    pub fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let mut shard = self.shard(key);
        shard.tick = shard.tick.wrapping_add(1);
        let tick = shard.tick;
        let entry = shard.entries.get_mut(key)?;
        entry.used = tick;
        Some(entry.value.clone())
    }

    /// Keeps a value that takes about so many bytes.
    pub fn put(&self, key: K, value: V, bytes: usize) {
        let mut shard = self.shard(&key);
        while shard.entries.len() >= self.entries_max || shard.bytes.saturating_add(bytes) > self.bytes_max {
            if !shard.drop_oldest() {
                break;
            }
        }
        let entry = Entry { value, bytes, used: shard.tick };
        shard.bytes = shard.bytes.saturating_add(bytes);
        if let Some(twin) = shard.entries.insert(key, entry) {
            shard.bytes = shard.bytes.saturating_sub(twin.bytes);
        }
    }

    /// How many values are kept.
    pub fn count(&self) -> usize {
        self.shards.iter().map(|shard| locked(shard).entries.len()).sum()
    }

    fn shard<Q: Hash + ?Sized>(&self, key: &Q) -> MutexGuard<'_, Shard<K, V>> {
        let count = u64::try_from(SHARDS).unwrap_or(1);
        let index = usize::try_from(self.hasher.hash_one(key) % count).unwrap_or(0);
        let [first, ..] = &self.shards;
        locked(self.shards.get(index).unwrap_or(first))
    }
}

fn locked<K, V>(shard: &Mutex<Shard<K, V>>) -> MutexGuard<'_, Shard<K, V>> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<K: Hash + Eq + Clone, V> Shard<K, V> {
    fn drop_oldest(&mut self) -> bool {
        let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.used).map(|(key, _)| key.clone());
        let Some(entry) = oldest.and_then(|key| self.entries.remove(&key)) else { return false };
        self.bytes = self.bytes.saturating_sub(entry.bytes);
        true
    }
}
