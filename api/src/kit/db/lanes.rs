//! Connections to PostgreSQL for single statements.
//!
//! The pool of sqlx asks the server about every connection that comes back: one more round trip for every statement.
//! Here a connection whose statement has ended is good, and one whose statement failed half-way or was given up is
//! closed. Transactions keep to the pool.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::entity::prelude::async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement,
    Values,
};
use sea_query_sqlx::SqlxValues;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgRow, Postgres};
use sqlx::query::{Query, QueryAs};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, FromRow};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Longest wait for a free connection: shorter than the time of a request.
const WAIT: Duration = Duration::from_secs(9);
/// A connection that rested longer is asked whether it still lives.
const RESTED: Duration = Duration::from_secs(10);

/// A bounded set of connections.
pub struct Lanes {
    options: PgConnectOptions,
    idle: Mutex<Vec<(PgConnection, Instant)>>,
    free: Semaphore,
    size: u32,
    statements: Arc<AtomicU64>,
}

/// A connection out of the set. Dropped without [`Lanes::put_back`] it is closed.
struct Lane<'a> {
    connection: PgConnection,
    _permit: SemaphorePermit<'a>,
}

impl Lanes {
    /// An empty set of at most so many; connections are made when needed.
    pub fn new(options: PgConnectOptions, size: u32, statements: Arc<AtomicU64>) -> Self {
        let permits = usize::try_from(size).unwrap_or(1);
        Self { options, idle: Mutex::default(), free: Semaphore::new(permits), size, statements }
    }

    /// Connections open but not in use, and the most there may be.
    pub fn idle_of(&self) -> (usize, u32) {
        (self.rested().len(), self.size)
    }

    /// Closes what is not in use.
    pub async fn close(&self) {
        self.free.close();
        let idle = std::mem::take(&mut *self.rested());
        for (connection, _) in idle {
            if let Err(error) = connection.close().await {
                tracing::debug!(%error, "a connection was gone before it was closed");
            }
        }
    }

    async fn take(&self) -> Result<Lane<'_>, sqlx::Error> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        let permit = match tokio::time::timeout(WAIT, self.free.acquire()).await {
            Ok(Ok(permit)) => permit,
            Ok(Err(_)) => return Err(sqlx::Error::PoolClosed),
            Err(_) => return Err(sqlx::Error::PoolTimedOut),
        };
        loop {
            // The lock is not held while the server is asked.
            let rested = self.rested().pop();
            let Some((mut connection, since)) = rested else { break };
            if since.elapsed() < RESTED || connection.ping().await.is_ok() {
                return Ok(Lane { connection, _permit: permit });
            }
        }
        let connection = PgConnection::connect_with(&self.options).await?;
        Ok(Lane { connection, _permit: permit })
    }

    /// Keeps the connection of a statement that has ended, and throws all idle ones away when the server is gone.
    fn put_back<T>(&self, lane: Lane<'_>, outcome: &Result<T, sqlx::Error>) {
        let mut idle = self.rested();
        if outcome.as_ref().err().is_some_and(is_dead) {
            idle.clear();
        } else {
            idle.push((lane.connection, Instant::now()));
        }
    }

    fn rested(&self) -> std::sync::MutexGuard<'_, Vec<(PgConnection, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn rows(&self, statement: &Statement) -> Result<Vec<QueryResult>, sqlx::Error> {
        let mut lane = self.take().await?;
        let outcome = lane.connection.fetch_all(query(statement)).await;
        self.put_back(lane, &outcome);
        Ok(outcome?.into_iter().map(QueryResult::from).collect())
    }

    async fn execute(&self, statement: &Statement) -> Result<ExecResult, sqlx::Error> {
        let mut lane = self.take().await?;
        let outcome = lane.connection.execute(query(statement)).await;
        self.put_back(lane, &outcome);
        Ok(outcome?.into())
    }

    async fn unprepared(&self, sql: &str) -> Result<ExecResult, sqlx::Error> {
        let mut lane = self.take().await?;
        let outcome = lane.connection.execute(AssertSqlSafe(sql)).await;
        self.put_back(lane, &outcome);
        Ok(outcome?.into())
    }

    /// Rows of a statement with arguments of its own, such as arrays. Never sent twice.
    pub async fn fetch<T>(&self, query: QueryAs<'_, Postgres, T, PgArguments>) -> Result<Vec<T>, sqlx::Error>
    where
        T: Send + Unpin + for<'r> FromRow<'r, PgRow>,
    {
        let mut lane = self.take().await?;
        let outcome = query.fetch_all(&mut lane.connection).await;
        self.put_back(lane, &outcome);
        outcome
    }
}

/// Whether the connection is of no more use. Class 57P: the server goes down or has thrown us out.
fn is_dead(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code.starts_with("57P")),
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::ColumnDecode { .. } => false,
        _ => true,
    }
}

fn query(statement: &Statement) -> Query<'_, Postgres, SqlxValues> {
    let values = statement.values.clone().unwrap_or_else(|| Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(statement.sql.as_str()), SqlxValues(values))
}

/// Where single statements go.
#[derive(Clone)]
pub enum Single {
    /// SQLite: a pool.
    Pool(DatabaseConnection),
    /// PostgreSQL, for statements that change nothing.
    Reads(Arc<Lanes>),
    /// PostgreSQL, for statements that change something: never sent twice.
    Writes(Arc<Lanes>),
}

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))
}

#[async_trait]
impl ConnectionTrait for Single {
    fn get_database_backend(&self) -> DbBackend {
        match self {
            Self::Pool(_) => DbBackend::Sqlite,
            Self::Reads(_) | Self::Writes(_) => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match self {
            Self::Pool(pool) => pool.execute_raw(statement).await,
            Self::Reads(lanes) | Self::Writes(lanes) => lanes.execute(&statement).await.map_err(failed),
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match self {
            Self::Pool(pool) => pool.execute_unprepared(sql).await,
            Self::Reads(lanes) | Self::Writes(lanes) => lanes.unprepared(sql).await.map_err(failed),
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self {
            Self::Pool(pool) => pool.query_one_raw(statement).await,
            _ => Ok(self.query_all_raw(statement).await?.into_iter().next()),
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Pool(pool) => pool.query_all_raw(statement).await,
            Self::Reads(lanes) => match lanes.rows(&statement).await {
                Err(error) if is_dead(&error) => lanes.rows(&statement).await.map_err(failed),
                outcome => outcome.map_err(failed),
            },
            Self::Writes(lanes) => lanes.rows(&statement).await.map_err(failed),
        }
    }
}
