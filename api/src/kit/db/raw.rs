//! Rows as they came from the database: told apart without being read, read only when needed.

use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, QueryResult, Statement, Value};
use sqlx::{Row as _, ValueRef as _};

/// Rows of one statement. Two of them hash alike when the database said the same.
pub struct Raw<T> {
    rows: Arc<Vec<QueryResult>>,
    shape: PhantomData<fn() -> T>,
}

impl<T> Clone for Raw<T> {
    fn clone(&self) -> Self {
        Self { rows: Arc::clone(&self.rows), shape: PhantomData }
    }
}

impl<T: FromQueryResult> Raw<T> {
    /// Asks for rows of one statement with `$1 …` parameters.
    pub async fn ask<C: ConnectionTrait>(
        db: &C,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Self, DbErr> {
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        Ok(Self { rows: Arc::new(db.query_all_raw(statement).await?), shape: PhantomData })
    }

    /// Reads them.
    pub fn read(&self) -> Result<Vec<T>, DbErr> {
        self.rows.iter().map(|row| T::from_query_result(row, "")).collect()
    }
}

impl<T: FromQueryResult + Hash> Hash for Raw<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.rows.len().hash(state);
        for row in self.rows.iter() {
            match row.try_as_pg_row() {
                Some(row) => {
                    for column in 0..row.len() {
                        let value = row.try_get_raw(column).ok();
                        value
                            .as_ref()
                            .filter(|value| !value.is_null())
                            .and_then(|value| value.as_bytes().ok())
                            .hash(state);
                    }
                }
                // SQLite lends no bytes of its values.
                None => T::from_query_result(row, "").ok().hash(state),
            }
        }
    }
}
