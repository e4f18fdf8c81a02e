//! Lists that are not bounded by nature: forward pages with an opaque cursor.

use async_graphql::connection::{Connection, Edge, EmptyFields};
use async_graphql::{OutputType, Result};
use uuid::Uuid;

use super::ids;
use super::refusal::top_level;

/// Page size when the client does not ask for one.
pub const FIRST_DEFAULT: i32 = 20;
/// Largest page; asking for more is an error, not a silent cut.
pub const FIRST_MAX: i32 = 50;

/// How many rows, and after which one.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// 1 to 50.
    pub first: u64,
    /// The id of the last row seen.
    pub after: Option<Uuid>,
}

impl Page {
    /// Reads the two arguments of a paged field. Error: `BAD_REQUEST`.
    pub fn read(first: Option<i32>, after: Option<&str>) -> Result<Self> {
        let first = first.unwrap_or(FIRST_DEFAULT);
        if !(1..=FIRST_MAX).contains(&first) {
            return Err(top_level("BAD_REQUEST", format!("first must be 1 to {FIRST_MAX}")));
        }
        let after = after
            .map(|cursor| {
                ids::decode(cursor).ok_or_else(|| top_level("BAD_REQUEST", "after is no cursor of this list"))
            })
            .transpose()?;
        Ok(Self { first: u64::try_from(first).unwrap_or(1), after })
    }

    /// Rows to ask for: one more than shown tells whether there is a next page.
    pub fn limit(self) -> u64 {
        self.first + 1
    }

    /// Shapes the rows that `limit` brought.
    pub fn connect<R, T: OutputType>(
        self,
        rows: Vec<R>,
        id: impl Fn(&R) -> Uuid,
        shape: impl Fn(R) -> T,
    ) -> Connection<String, T, EmptyFields, EmptyFields> {
        let first = usize::try_from(self.first).unwrap_or(usize::MAX);
        let mut connection = Connection::new(self.after.is_some(), rows.len() > first);
        for row in rows.into_iter().take(first) {
            let cursor = ids::encode(id(&row));
            connection.edges.push(Edge::new(cursor, shape(row)));
        }
        connection
    }
}
