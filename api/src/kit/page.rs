//! Lists that are not bounded by nature: forward pages with an opaque cursor.

use std::borrow::Cow;

use async_graphql::connection::PageInfo;
use async_graphql::{Object, OutputType, Result, SimpleObject, TypeName};
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
    ) -> Connection<T> {
        let first = usize::try_from(self.first).unwrap_or(usize::MAX);
        let has_more = rows.len() > first;
        let edge = |row: R| Edge { cursor: ids::encode(id(&row)), node: shape(row) };
        let edges = rows.into_iter().take(first).map(edge).collect();
        Connection { edges, has_earlier: self.after.is_some(), has_more }
    }
}

/// What a paged field answers.
pub struct Connection<T: OutputType> {
    edges: Vec<Edge<T>>,
    has_earlier: bool,
    has_more: bool,
}

/// One row of a page.
#[derive(SimpleObject)]
#[graphql(name_type)]
pub struct Edge<T: OutputType> {
    /// Give it as `after` to go on behind this row.
    cursor: String,
    /// The row.
    node: T,
}

/// One page of a list.
#[Object(name_type)]
impl<T: OutputType> Connection<T> {
    /// Where the page begins and ends, and whether there is more.
    async fn page_info(&self) -> PageInfo {
        PageInfo {
            has_previous_page: self.has_earlier,
            has_next_page: self.has_more,
            start_cursor: self.edges.first().map(|edge| edge.cursor.clone()),
            end_cursor: self.edges.last().map(|edge| edge.cursor.clone()),
        }
    }

    /// The rows of this page with their cursors.
    async fn edges(&self) -> &[Edge<T>] {
        &self.edges
    }

    /// The rows of this page alone.
    async fn nodes(&self) -> Vec<&T> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }
}

impl<T: OutputType> TypeName for Connection<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", T::type_name()).into()
    }
}

impl<T: OutputType> TypeName for Edge<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", T::type_name()).into()
    }
}
