//! Answers that were written before: the same selection of the same public facts is resolved and written once.
//!
//! A root field that holds nobody's data returns [`Ready`]: facts that were just read from the database, and how to
//! make the answer from them. The JSON is kept under the document, its variables and all of these facts, so that it is
//! never stale: another fact is another key. **Nothing below such a field may look at who asks.**

use std::borrow::Cow;
use std::hash::{Hash, Hasher};

use actix_web::web::Bytes;
use async_graphql::parser::types::{Field, Selection};
use async_graphql::registry::Registry;
use async_graphql::{ContextSelectionSet, OutputType, Positioned, Result, ServerResult, Value};
use futures_util::future::BoxFuture;

use super::shelf::Shelf;

/// Shorter answers are made as quickly as they are found.
const BYTES_MIN: usize = 1_024;

/// Which guarded document is asked. Put into every request by the transport; the numbers are never used twice.
#[derive(Clone, Copy)]
pub struct DocumentId(pub u64);

/// Written answers of this process.
pub struct Answers(Shelf<Key, Bytes>);

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    document: u64,
    at: (usize, usize),
    facts: [u8; 32],
}

impl Default for Answers {
    fn default() -> Self {
        Self(Shelf::new(8_192, 8 * 1_024 * 1_024))
    }
}

/// The answer of a root field, made only when it was not written before.
pub struct Ready<T> {
    facts: Vec<u8>,
    make: Make<T>,
}

type Make<T> = Box<dyn Fn() -> BoxFuture<'static, Result<T>> + Send + Sync>;

impl<T> Ready<T> {
    /// `facts` is everything on which the answer depends besides document and variables; `make` makes it from them.
    pub fn new<F: Hash + Clone + Send + Sync + 'static>(
        facts: F,
        make: impl Fn(F) -> BoxFuture<'static, Result<T>> + Send + Sync + 'static,
    ) -> Self {
        let mut feed = Feed(Vec::with_capacity(2_048));
        facts.hash(&mut feed);
        Self { facts: feed.0, make: Box::new(move || make(facts.clone())) }
    }

    /// The key of the answer; `None` when the answer cannot be taken whole.
    fn key(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> Option<Key> {
        let document = ctx.data_opt::<DocumentId>()?.0;
        if ctx.path_node.as_ref()?.parent.is_some() {
            return None;
        }
        let name = &field.node.response_key().node;
        // A second field of the same name would be merged into this one, which a written answer cannot be.
        let root = &ctx.query_env.operation.node.selection_set.node.items;
        let is_rival = |item: &Positioned<Selection>| match &item.node {
            Selection::Field(other) => other.node.response_key().node == *name && other.pos != field.pos,
            Selection::FragmentSpread(_) | Selection::InlineFragment(_) => true,
        };
        if root.iter().any(is_rival) {
            return None;
        }
        let mut facts = serde_json::to_vec(&ctx.query_env.variables).ok()?;
        facts.extend_from_slice(&self.facts);
        Some(Key { document, at: (field.pos.line, field.pos.column), facts: super::seal::sha256(&facts) })
    }

    async fn made(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value>
    where
        T: OutputType,
    {
        let fail = |error: async_graphql::Error| ctx.set_error_path(error.into_server_error(field.pos));
        (self.make)().await.map_err(fail)?.resolve(ctx, field).await
    }
}

impl<T: OutputType> OutputType for Ready<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn qualified_type_name() -> String {
        T::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let Some(key) = self.key(ctx, field) else { return self.made(ctx, field).await };
        let answers = ctx.data_unchecked::<Answers>();
        if let Some(written) = answers.0.get(&key) {
            return Ok(Value::Binary(written));
        }
        let faults = || ctx.query_env.errors.lock().map(|errors| errors.len()).unwrap_or(usize::MAX);
        let before = faults();
        let value = self.made(ctx, field).await?;
        if faults() == before && before != usize::MAX {
            let mut text = Vec::new();
            write(&mut text, &value);
            if text.len() >= BYTES_MIN {
                let size = text.len();
                answers.0.put(key, text.into(), size);
            }
        }
        Ok(value)
    }
}

/// Collects what is hashed, so that a digest can be made of it.
struct Feed(Vec<u8>);

impl Hasher for Feed {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

/// Writes a value as JSON. `Binary` holds JSON that was written before; the schema has no other use for it.
pub fn write(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Boolean(true) => out.extend_from_slice(b"true"),
        Value::Boolean(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => text(out, number),
        Value::String(string) => text(out, string),
        Value::Enum(name) => text(out, name.as_str()),
        Value::Binary(written) => out.extend_from_slice(written),
        Value::List(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write(out, item);
            }
            out.push(b']');
        }
        Value::Object(fields) => {
            out.push(b'{');
            for (index, (name, field)) in fields.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                text(out, name.as_str());
                out.push(b':');
                write(out, field);
            }
            out.push(b'}');
        }
    }
}

fn text<T: serde::Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    if serde_json::to_writer(&mut *out, value).is_err() {
        out.extend_from_slice(b"null");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_like_the_library_does() {
        let json = serde_json::json!({
            "a": [1, -2, 3.5, null, true, false, "汉字 \"quoted\" \\ \u{1} \u{2028}"], "b": {}, "c": [], "d": u64::MAX,
        });
        let value = Value::from_json(json).unwrap();
        let mut written = Vec::new();
        write(&mut written, &value);
        assert_eq!(String::from_utf8(written).unwrap(), serde_json::to_string(&value).unwrap());
    }

    #[test]
    fn what_was_written_goes_out_as_it_is() {
        let inner = Value::Binary(Bytes::from_static(br#"{"x":[1]}"#));
        let mut written = Vec::new();
        write(&mut written, &Value::List(vec![inner, Value::Null]));
        assert_eq!(written, br#"[{"x":[1]},null]"#);
    }
}
