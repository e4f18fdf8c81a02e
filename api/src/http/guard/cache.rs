//! Guarded documents by their text: clients send the same few again and again.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_graphql::parser::types::ExecutableDocument;

use crate::http::engine::Limits;
use crate::http::problem::Problem;

const SHARDS: usize = 16;
const ENTRIES_PER_SHARD: usize = 32;
// A parsed token takes about 300 bytes, so 16 shards hold at most 24 MB however hard somebody tries.
const BYTES_PER_SHARD: usize = 1_500_000;
const BYTES_PER_TOKEN: usize = 300;

/// A bounded store of documents that have passed the guard. One per process, shared by its workers.
pub struct Documents {
    hasher: RandomState,
    shards: [Mutex<Shard>; SHARDS],
}

#[derive(Default)]
struct Shard {
    entries: HashMap<Box<str>, Entry>,
    bytes: usize,
    tick: u64,
}

struct Entry {
    document: Arc<ExecutableDocument>,
    bytes: usize,
    used: u64,
}

impl Default for Documents {
    fn default() -> Self {
        Self { hasher: RandomState::new(), shards: std::array::from_fn(|_| Mutex::default()) }
    }
}

impl Documents {
    /// The document of a text: remembered, or parsed and guarded now. Refusals are not remembered.
    pub fn parse(&self, limits: &Limits, text: &str) -> Result<ExecutableDocument, Problem> {
        // The copy is made outside the lock, and costs a tenth of parsing.
        let known = self.shard(text).find(text);
        if let Some(known) = known {
            return Ok(ExecutableDocument::clone(&known));
        }
        let (parsed, tokens) = super::parse_counted(limits, text)?;
        let document = Arc::new(parsed);
        let bytes = tokens.saturating_mul(BYTES_PER_TOKEN).saturating_add(text.len());
        self.shard(text).keep(text, &document, bytes);
        Ok(Arc::unwrap_or_clone(document))
    }

    /// How many documents are remembered.
    pub fn count(&self) -> usize {
        self.shards
            .iter()
            .map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner).entries.len())
            .sum()
    }

    fn shard(&self, text: &str) -> MutexGuard<'_, Shard> {
        let count = u64::try_from(SHARDS).unwrap_or(1);
        let index = usize::try_from(self.hasher.hash_one(text) % count).unwrap_or(0);
        let [first, ..] = &self.shards;
        self.shards.get(index).unwrap_or(first).lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shard {
    fn find(&mut self, text: &str) -> Option<Arc<ExecutableDocument>> {
        self.tick = self.tick.wrapping_add(1);
        let entry = self.entries.get_mut(text)?;
        entry.used = self.tick;
        Some(Arc::clone(&entry.document))
    }

    fn keep(&mut self, text: &str, document: &Arc<ExecutableDocument>, bytes: usize) {
        while self.entries.len() >= ENTRIES_PER_SHARD || self.bytes.saturating_add(bytes) > BYTES_PER_SHARD {
            if !self.drop_oldest() {
                break;
            }
        }
        let entry = Entry { document: Arc::clone(document), bytes, used: self.tick };
        self.bytes = self.bytes.saturating_add(bytes);
        if let Some(twin) = self.entries.insert(text.into(), entry) {
            self.bytes = self.bytes.saturating_sub(twin.bytes);
        }
    }

    fn drop_oldest(&mut self) -> bool {
        let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.used).map(|(text, _)| text.clone());
        let Some(entry) = oldest.and_then(|text| self.entries.remove(&text)) else { return false };
        self.bytes = self.bytes.saturating_sub(entry.bytes);
        true
    }
}
