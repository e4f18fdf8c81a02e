//! The database: one writer and a pool of readers on SQLite, one pool on PostgreSQL. Counts its statements.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::sqlx::ConnectOptions as _;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, FromQueryResult,
    SqlxPostgresConnector, SqlxSqliteConnector, Statement, TransactionTrait, Value,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

/// Both ends of the database.
#[derive(Clone)]
pub struct Db {
    read: DatabaseConnection,
    write: DatabaseConnection,
    statements: Arc<AtomicU64>,
    pools: Arc<Pools>,
}

enum Pools {
    Postgres(sqlx::PgPool),
    Sqlite { read: sqlx::SqlitePool },
}

impl Db {
    /// Opens `sqlite:PATH` or `postgres://…`. `size` is the largest number of connections.
    pub async fn open(url: &str, size: u32) -> Result<Self, DbErr> {
        let statements = Arc::new(AtomicU64::new(0));
        let (mut read, mut write, pools) = if let Some(path) = url.strip_prefix("sqlite:") {
            sqlite(path, size).await?
        } else {
            postgres(url, size).await?
        };
        for connection in [&mut read, &mut write] {
            let counter = Arc::clone(&statements);
            connection.set_metric_callback(move |_| {
                counter.fetch_add(1, Ordering::Relaxed);
            });
        }
        Ok(Self { read, write, statements, pools: Arc::new(pools) })
    }

    /// For statements that change nothing.
    pub fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// For single statements that change something.
    pub fn write(&self) -> &DatabaseConnection {
        &self.write
    }

    /// A transaction that may write. On SQLite it is BEGIN IMMEDIATE on the one writer; dropped, it rolls back.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = sea_orm::TransactionOptions {
            sqlite_transaction_mode: Some(sea_orm::SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        self.write.begin_with_options(options).await
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
            Pools::Postgres(pool) => (pool.size(), pool.num_idle()),
            Pools::Sqlite { read } => (read.size(), read.num_idle()),
        }
    }

    /// The PostgreSQL pool, where a statement has its own form there.
    pub fn postgres(&self) -> Option<&sqlx::PgPool> {
        match &*self.pools {
            Pools::Postgres(pool) => Some(pool),
            Pools::Sqlite { .. } => None,
        }
    }

    /// Closes every connection of this process.
    pub async fn close(&self) {
        match &*self.pools {
            Pools::Postgres(pool) => pool.close().await,
            Pools::Sqlite { read } => read.close().await,
        }
    }

    /// Counts a statement that went through the bare pool.
    pub fn count_statement(&self) {
        self.statements.fetch_add(1, Ordering::Relaxed);
    }
}

type Opened = (DatabaseConnection, DatabaseConnection, Pools);

async fn postgres(url: &str, size: u32) -> Result<Opened, DbErr> {
    let options = url
        .parse::<PgConnectOptions>()
        .map_err(|error| DbErr::Custom(format!("the database address cannot be read: {error}")))?
        .disable_statement_logging();
    // A ping before every use costs a tenth of the read rate: only idle connections are asked.
    let pool = PgPoolOptions::new()
        .max_connections(size)
        .acquire_timeout(Duration::from_secs(9))
        .test_before_acquire(false)
        .connect_with(options)
        .await
        .map_err(|error| DbErr::Custom(format!("PostgreSQL does not answer: {error}")))?;
    let connection = SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone());
    Ok((connection.clone(), connection, Pools::Postgres(pool)))
}

async fn sqlite(path: &str, size: u32) -> Result<Opened, DbErr> {
    if let Some(folder) = Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)
            .map_err(|error| DbErr::Custom(format!("the folder of the database cannot be made: {error}")))?;
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(5))
        .foreign_keys(true)
        .disable_statement_logging();
    let fail = |error: sqlx::Error| DbErr::Custom(format!("SQLite cannot be opened: {error}"));
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(30))
        .connect_with(options.clone())
        .await
        .map_err(fail)?;
    let read = SqlitePoolOptions::new()
        .max_connections(size.clamp(1, 8))
        .connect_with(options.pragma("query_only", "on"))
        .await
        .map_err(fail)?;
    Ok((
        SqlxSqliteConnector::from_sqlx_sqlite_pool(read.clone()),
        SqlxSqliteConnector::from_sqlx_sqlite_pool(write),
        Pools::Sqlite { read },
    ))
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

/// Whether the error says that a unique key was taken.
pub fn is_duplicate(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_)))
}
