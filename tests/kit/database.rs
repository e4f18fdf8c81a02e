//! A fresh database, key prefix or file for every test.

use crate::servers::Folder;
use crate::{Explain, Result, Trouble, environment};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use std::fmt::Display;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

/// One advisory lock for all test processes of a server; any fixed number that nobody else uses.
const TEMPLATE_LOCK: i64 = 0x6e75_616e;

/// A migrated database of its own; dropped from the server when the value is.
#[derive(Debug)]
pub struct Database {
    url: String,
    name: String,
    maintenance: String,
}

impl Database {
    /// The address to connect to.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The name of the database.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Best effort, to keep memory: the server goes away with the run. A runtime cannot be entered from
        // inside another one, hence the thread; it is joined because the process may end right after the test.
        let maintenance = std::mem::take(&mut self.maintenance);
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let worker = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            runtime.block_on(async {
                let mut connection = PgConnection::connect(&maintenance).await.ok()?;
                sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.ok()?;
                connection.close().await.ok()
            })
        });
        worker.join().ok();
    }
}

/// A fresh, migrated database on the PostgreSQL for tests.
///
/// `migrate` gets the address of an empty database. It runs once per server and test program, whichever of
/// many test processes comes first; everybody else copies the result, which takes a twentieth of a second.
/// It must close its connections, or at least not need them afterwards.
pub async fn fresh<E: Display>(
    migrate: impl AsyncFnOnce(String) -> std::result::Result<(), E>,
) -> Result<Database> {
    let maintenance = tokio::task::spawn_blocking(environment::postgres_url).await;
    let maintenance = maintenance.explain(|| "Starting PostgreSQL was cut short".to_owned())??;
    fresh_on(&maintenance, migrate).await
}

/// The same on another server, for tests that crash theirs; `maintenance` is its `postgres://…/postgres`.
pub async fn fresh_on<E: Display>(
    maintenance: &str,
    migrate: impl AsyncFnOnce(String) -> std::result::Result<(), E>,
) -> Result<Database> {
    let mut connection = connect(maintenance).await?;
    let template = template_name();
    if !exists(&mut connection, &template).await? {
        create_template(&mut connection, maintenance, &template, migrate).await?;
    }
    let name = format!("t_{}", crate::unique());
    let version: String = sqlx::query_scalar("SHOW server_version_num")
        .fetch_one(&mut connection)
        .await
        .explain(|| "PostgreSQL does not tell its version".to_owned())?;
    // The default since 15 writes every copied page into the log, for nothing here; before 15 there was no choice.
    let strategy = if version.parse().unwrap_or(0) >= 150_000 { " STRATEGY file_copy" } else { "" };
    run(&mut connection, format!("CREATE DATABASE {name} TEMPLATE {template}{strategy}")).await?;
    connection.close().await.ok();
    let url = with_database(maintenance, &name)?;
    Ok(Database { url, name, maintenance: maintenance.to_owned() })
}

/// A prefix under which one test keeps its Redis keys: tests share a server, not its sixteen databases.
pub fn redis_prefix() -> String {
    format!("t_{}:", crate::unique())
}

/// A path for a SQLite file that does not exist yet; removed with all that lies beside it when dropped.
#[derive(Debug)]
pub struct SqliteFile {
    folder: Folder,
}

/// A fresh SQLite file, in memory where the machine has room.
pub fn sqlite() -> Result<SqliteFile> {
    Folder::in_memory().map(|folder| SqliteFile { folder })
}

impl SqliteFile {
    /// The address to connect to; creates the file.
    pub fn url(&self) -> String {
        format!("sqlite://{}?mode=rwc", self.path().display())
    }

    /// Where the file is.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("nuanyang.sqlite")
    }
}

async fn create_template<E: Display>(
    connection: &mut PgConnection,
    maintenance: &str,
    template: &str,
    migrate: impl AsyncFnOnce(String) -> std::result::Result<(), E>,
) -> Result<()> {
    // The lock is the session's: it goes when this process dies half way.
    run(connection, format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})")).await?;
    if !exists(connection, template).await? {
        // Built under another name: a half-migrated database never bears the name the others look for.
        let building = format!("{template}_building");
        run(connection, format!("DROP DATABASE IF EXISTS {building} WITH (FORCE)")).await?;
        run(connection, format!("CREATE DATABASE {building}")).await?;
        let migrated = migrate(with_database(maintenance, &building)?).await;
        migrated.explain(|| "The migration of the template database failed".to_owned())?;
        run(
            connection,
            format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{building}'"),
        )
        .await?;
        run(connection, format!("ALTER DATABASE {building} RENAME TO {template}")).await?;
    }
    run(connection, format!("SELECT pg_advisory_unlock({TEMPLATE_LOCK})")).await
}

async fn connect(url: &str) -> Result<PgConnection> {
    PgConnection::connect(url).await.explain(|| "Cannot reach the PostgreSQL for tests".to_owned())
}

async fn exists(connection: &mut PgConnection, name: &str) -> Result<bool> {
    let row = sqlx::query("SELECT count(*) FROM pg_database WHERE datname = $1")
        .bind(name)
        .fetch_one(connection)
        .await
        .explain(|| "PostgreSQL does not list its databases".to_owned())?;
    Ok(row.get::<i64, _>(0) > 0)
}

async fn run(connection: &mut PgConnection, statement: String) -> Result<()> {
    let done = sqlx::raw_sql(AssertSqlSafe(statement.clone())).execute(connection).await;
    done.map(drop).explain(|| format!("PostgreSQL refused `{statement}`"))
}

/// One template per build of the test program: a server that a developer keeps running for days would
/// otherwise hand out the schema of its first day.
fn template_name() -> String {
    let mut hasher = DefaultHasher::new();
    if let Ok(program) = std::env::current_exe() {
        let built = std::fs::metadata(&program).and_then(|data| data.modified()).ok();
        built.and_then(|built| built.duration_since(UNIX_EPOCH).ok()).hash(&mut hasher);
        program.hash(&mut hasher);
    }
    format!("nuanyang_template_{:08x}", hasher.finish() >> 32)
}

/// The same address with another database.
fn with_database(url: &str, database: &str) -> Result<String> {
    let unusable = || {
        Trouble::new(format!("{} must look like postgres://user@host:port/postgres", environment::POSTGRES))
    };
    let (scheme, rest) = url.split_once("://").ok_or_else(unusable)?;
    let (server, old) = rest.split_once('/').ok_or_else(unusable)?;
    let options = old.split_once('?').map(|(_, options)| format!("?{options}")).unwrap_or_default();
    Ok(format!("{scheme}://{server}/{database}{options}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_its_server_and_options_when_the_database_changes() {
        let url =
            with_database("postgres://a:b@h:1/postgres?sslmode=disable", "t_1").expect("a good address");
        assert_eq!(url, "postgres://a:b@h:1/t_1?sslmode=disable");
        assert!(with_database("postgres://h:1", "t_1").is_err());
    }

    #[test]
    fn a_sqlite_file_vanishes_with_its_guard() {
        let file = sqlite().expect("a folder can be made");
        std::fs::write(file.path(), "x").expect("the folder can be written to");
        let path = file.path();
        drop(file);
        assert!(!path.exists() && !path.parent().is_some_and(std::path::Path::exists));
    }

    #[test]
    fn prefixes_never_repeat() {
        assert_ne!(redis_prefix(), redis_prefix());
    }
}
