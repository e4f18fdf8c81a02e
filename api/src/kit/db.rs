//! The database: one writer and a pool of readers on SQLite, one pool on PostgreSQL. Counts its statements.

mod lanes;
mod open;
mod raw;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use lanes::{Lanes, Single};
pub use raw::Raw;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, FromQueryResult, RuntimeErr,
    Statement, TransactionTrait, Value,
};

/// Both ends of the database.
#[derive(Clone)]
pub struct Db {
    read: Single,
    write: Single,
    /// On SQLite the one writer.
    transactions: DatabaseConnection,
    statements: Arc<AtomicU64>,
    pools: Arc<Pools>,
}

enum Pools {
    Postgres { pool: sqlx::PgPool, lanes: Arc<Lanes> },
    Sqlite { read: sqlx::SqlitePool },
}

impl Db {
    /// Opens `sqlite:PATH` or `postgres://…`. `size` is the largest number of connections.
    pub async fn open(url: &str, size: u32) -> Result<Self, DbErr> {
        let statements = Arc::new(AtomicU64::new(0));
        if let Some(path) = url.strip_prefix("sqlite:") {
            open::sqlite(path, size, statements).await
        } else {
            open::postgres(url, size, statements).await
        }
    }

    /// For statements that change nothing.
    pub fn read(&self) -> &Single {
        &self.read
    }

    /// For single statements that change something, and for what must see them at once.
    pub fn write(&self) -> &Single {
        &self.write
    }

    /// For migrations, which open transactions themselves.
    pub fn transactions(&self) -> &DatabaseConnection {
        &self.transactions
    }

    /// A transaction that may write. On SQLite it is BEGIN IMMEDIATE on the one writer; dropped, it rolls back.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = sea_orm::TransactionOptions {
            sqlite_transaction_mode: Some(sea_orm::SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        self.transactions.begin_with_options(options).await
    }

    /// PostgreSQL or SQLite.
    pub fn backend(&self) -> DbBackend {
        self.write.get_database_backend()
    }

    /// Statements sent since the start, for tests and metrics.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Connections open and idle.
    pub fn pool_use(&self) -> (u32, usize) {
        match &*self.pools {
            Pools::Postgres { pool, lanes } => {
                let (idle, size) = lanes.idle_of();
                (pool.size().saturating_add(size), pool.num_idle().saturating_add(idle))
            }
            Pools::Sqlite { read } => (read.size(), read.num_idle()),
        }
    }

    /// Connections to PostgreSQL, where a statement has its own form there.
    pub fn postgres(&self) -> Option<&Lanes> {
        match &*self.pools {
            Pools::Postgres { lanes, .. } => Some(lanes),
            Pools::Sqlite { .. } => None,
        }
    }

    /// Closes every connection of this process.
    pub async fn close(&self) {
        match &*self.pools {
            Pools::Postgres { pool, lanes } => {
                lanes.close().await;
                pool.close().await;
            }
            Pools::Sqlite { read } => read.close().await,
        }
    }
}

/// Runs one statement with `$1 …` parameters, the same text on both databases, and says how many rows changed.
pub async fn execute<C: ConnectionTrait>(
    db: &C,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<u64, DbErr> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(db.execute_raw(statement).await?.rows_affected())
}

/// Rows of one statement with `$1 …` parameters.
pub async fn rows<T: FromQueryResult, C: ConnectionTrait>(
    db: &C,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<T>, DbErr> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    db.query_all_raw(statement).await?.iter().map(|row| T::from_query_result(row, "")).collect()
}

/// The first row of one statement with `$1 …` parameters.
pub async fn row<T: FromQueryResult, C: ConnectionTrait>(
    db: &C,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Option<T>, DbErr> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    db.query_one_raw(statement).await?.map(|row| T::from_query_result(&row, "")).transpose()
}

/// `$3, $4, …`: places of a list of values in a statement, the first one and how many.
pub fn marks(first: usize, count: usize) -> String {
    let marks: Vec<String> = (first..).take(count).map(|place| format!("${place}")).collect();
    marks.join(", ")
}

/// Whether PostgreSQL ended the transaction because two waited for each other (SQLSTATE 40P01): try again from the start.
pub fn is_deadlock(error: &DbErr) -> bool {
    let (DbErr::Query(RuntimeErr::SqlxError(error)) | DbErr::Exec(RuntimeErr::SqlxError(error))) = error
    else {
        return false;
    };
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "40P01")
}

/// Whether the error says that a unique key was taken.
pub fn is_duplicate(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_)))
}
