//! Guarded documents by their text: clients send the same few again and again.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, Hash, Hasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{Value, Variables};

use crate::http::engine::Limits;
use crate::http::problem::Problem;
use crate::kit::shelf::Shelf;

const ENTRIES: usize = 512;
// A parsed token takes about 300 bytes, so they hold at most 24 MB however hard somebody tries.
const BYTES: usize = 24_000_000;
const BYTES_PER_TOKEN: usize = 300;
const SHAPES_PER_DOCUMENT: usize = 256;

/// A bounded store of documents that have passed the guard. One per process, shared by its workers.
pub struct Documents {
    shelf: Shelf<Box<str>, Arc<Guarded>>,
    last_id: AtomicU64,
}

/// A document that has passed the guard, and with which variables it was found valid.
pub struct Guarded {
    /// Never used twice in this process.
    pub id: u64,
    /// As it was parsed.
    pub document: ExecutableDocument,
    hasher: RandomState,
    shapes: Mutex<HashSet<u64>>,
}

impl Default for Documents {
    fn default() -> Self {
        Self { shelf: Shelf::new(ENTRIES, BYTES), last_id: AtomicU64::default() }
    }
}

impl Documents {
    /// The document of a text: remembered, or parsed and guarded now. Refusals are not remembered.
    pub fn parse(&self, limits: &Limits, text: &str) -> Result<Arc<Guarded>, Problem> {
        if let Some(known) = self.shelf.get(text) {
            return Ok(known);
        }
        let (document, tokens) = super::parse_counted(limits, text)?;
        let guarded = Arc::new(Guarded {
            id: self.last_id.fetch_add(1, Ordering::Relaxed),
            document,
            hasher: RandomState::new(),
            shapes: Mutex::default(),
        });
        let bytes = tokens.saturating_mul(BYTES_PER_TOKEN).saturating_add(text.len());
        self.shelf.put(text.into(), Arc::clone(&guarded), bytes);
        Ok(guarded)
    }

    /// How many documents are remembered.
    pub fn count(&self) -> usize {
        self.shelf.count()
    }
}

impl Guarded {
    /// What validation looks at in the request's variables.
    ///
    /// Texts that begin like no enum value and no date all count alike: a type takes all of them (`ID`, `String`)
    /// or none (enums are upper case, days and instants begin with a digit). Everything else counts as it is.
    pub fn shape(&self, operation: Option<&str>, variables: &Variables) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        operation.hash(&mut hasher);
        for (name, value) in variables.iter() {
            name.as_str().hash(&mut hasher);
            shape_of(value, &mut hasher);
        }
        hasher.finish()
    }

    /// Whether the document was found valid with variables of this shape.
    pub fn is_valid(&self, shape: u64) -> bool {
        self.shapes.lock().unwrap_or_else(PoisonError::into_inner).contains(&shape)
    }

    /// Remembers that the document is valid with variables of this shape.
    pub fn found_valid(&self, shape: u64) {
        let mut shapes = self.shapes.lock().unwrap_or_else(PoisonError::into_inner);
        if shapes.len() >= SHAPES_PER_DOCUMENT {
            shapes.clear();
        }
        shapes.insert(shape);
    }
}

fn shape_of(value: &Value, hasher: &mut impl Hasher) {
    match value {
        Value::Null => 0_u8.hash(hasher),
        Value::Boolean(value) => (1_u8, value).hash(hasher),
        Value::Number(value) => (2_u8, value.to_string()).hash(hasher),
        Value::String(text) if text.starts_with(is_plain) => 3_u8.hash(hasher),
        Value::String(text) => (4_u8, text).hash(hasher),
        Value::Enum(name) => (5_u8, name.as_str()).hash(hasher),
        Value::Binary(bytes) => (6_u8, bytes).hash(hasher),
        Value::List(items) => {
            (7_u8, items.len()).hash(hasher);
            for item in items {
                shape_of(item, hasher);
            }
        }
        Value::Object(fields) => {
            (8_u8, fields.len()).hash(hasher);
            for (name, field) in fields {
                name.as_str().hash(hasher);
                shape_of(field, hasher);
            }
        }
    }
}

/// Whether no enum value and no date begins with it.
fn is_plain(first: char) -> bool {
    first.is_ascii_lowercase() || !first.is_ascii()
}
