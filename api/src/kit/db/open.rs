//! Opens the two databases.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::sqlx::ConnectOptions as _;
use sea_orm::{DatabaseConnection, DbErr, SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::{Db, Lanes, Pools, Single};

/// Counts what goes through a connection of sea-orm.
fn counted(mut connection: DatabaseConnection, statements: &Arc<AtomicU64>) -> DatabaseConnection {
    let counter = Arc::clone(statements);
    connection.set_metric_callback(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    connection
}

pub async fn postgres(url: &str, size: u32, statements: Arc<AtomicU64>) -> Result<Db, DbErr> {
    let options = url
        .parse::<PgConnectOptions>()
        .map_err(|error| DbErr::Custom(format!("the database address cannot be read: {error}")))?
        .disable_statement_logging();
    // Half for single statements, half for transactions.
    let singles = (size / 2).max(1);
    let pool = PgPoolOptions::new()
        .max_connections(size.saturating_sub(singles).max(1))
        .acquire_timeout(Duration::from_secs(9))
        .test_before_acquire(false)
        .connect_with(options.clone())
        .await
        .map_err(|error| DbErr::Custom(format!("PostgreSQL does not answer: {error}")))?;
    let lanes = Arc::new(Lanes::new(options, singles, Arc::clone(&statements)));
    Ok(Db {
        read: Single::Reads(Arc::clone(&lanes)),
        write: Single::Writes(Arc::clone(&lanes)),
        transactions: counted(SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone()), &statements),
        statements,
        pools: Arc::new(Pools::Postgres { pool, lanes }),
    })
}

pub async fn sqlite(path: &str, size: u32, statements: Arc<AtomicU64>) -> Result<Db, DbErr> {
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
    let writer = counted(SqlxSqliteConnector::from_sqlx_sqlite_pool(write), &statements);
    Ok(Db {
        read: Single::Pool(counted(SqlxSqliteConnector::from_sqlx_sqlite_pool(read.clone()), &statements)),
        write: Single::Pool(writer.clone()),
        transactions: writer,
        statements,
        pools: Arc::new(Pools::Sqlite { read }),
    })
}
