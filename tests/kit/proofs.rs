//! Proofs that the kit keeps its promises: servers answer, databases are separate, nothing outlives its parent.

use nuanyang_kit::servers::{Durability, Postgres, Redis};
use nuanyang_kit::{database, environment};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const TRIAL: &str = env!("CARGO_BIN_EXE_trial");

/// Sends one inline command and tells the first line of the answer.
fn ask_redis(url: &str, command: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(url.trim_start_matches("redis://"))?;
    stream.write_all(format!("{command}\r\nQUIT\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}

async fn number(url: &str, query: &str) -> i64 {
    let mut connection = PgConnection::connect(url).await.expect("the server takes connections");
    let number = sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_one(&mut connection).await;
    number.expect("the query has one number")
}

async fn one_table(url: String) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(&url).await?;
    // A plain CREATE: a second migration of the same template would fail.
    sqlx::raw_sql("CREATE TABLE elder (id bigint PRIMARY KEY)").execute(&mut connection).await?;
    connection.close().await
}

#[tokio::test]
async fn two_private_postgres_servers_run_side_by_side_and_vanish_when_dropped() {
    let one = Postgres::start(Durability::Relaxed).expect("PostgreSQL starts");
    let two = Postgres::start(Durability::Kept).expect("PostgreSQL starts");
    assert_ne!(one.url("postgres"), two.url("postgres"));
    let flushes = "SELECT count(*) FROM pg_settings WHERE name = 'fsync' AND setting = 'on'";
    assert_eq!(number(&one.url("postgres"), flushes).await, 0);
    assert_eq!(number(&two.url("postgres"), flushes).await, 1);
    let url = one.url("postgres");
    drop(one);
    assert!(PgConnection::connect(&url).await.is_err());
    assert_eq!(number(&two.url("postgres"), "SELECT 1::bigint").await, 1);
}

#[tokio::test]
async fn a_commit_survives_the_immediate_restart_of_postgres() {
    let mut server = Postgres::start(Durability::Relaxed).expect("PostgreSQL starts");
    let url = server.url("postgres");
    one_table(url.clone()).await.expect("a table can be made");
    server.restart_immediate().expect("PostgreSQL comes back");
    assert_eq!(server.url("postgres"), url);
    assert_eq!(number(&url, "SELECT count(*) FROM elder").await, 0);
}

#[test]
fn redis_comes_back_empty_on_the_same_port_after_a_kill() {
    let mut server = Redis::start().expect("Redis starts");
    let url = server.url();
    let process = server.pid();
    assert_eq!(ask_redis(&url, "SET a 1").expect("Redis answers"), "+OK");
    server.kill();
    assert!(ask_redis(&url, "PING").is_err());
    server.start_again_empty().expect("Redis comes back");
    assert_eq!(server.url(), url);
    assert_ne!(server.pid(), process);
    assert_eq!(ask_redis(&url, "GET a").expect("Redis answers"), "$-1");
}

#[tokio::test]
async fn fresh_postgres_databases_are_migrated_and_separate() {
    let (one, two) = tokio::join!(database::fresh(one_table), database::fresh(one_table));
    let (one, two) = (one.expect("a fresh database"), two.expect("a fresh database"));
    assert_eq!(
        number(one.url(), "WITH new AS (INSERT INTO elder VALUES (7) RETURNING id) SELECT id FROM new").await,
        7
    );
    assert_eq!(number(one.url(), "SELECT count(*) FROM elder").await, 1);
    assert_eq!(number(two.url(), "SELECT count(*) FROM elder").await, 0);
    let maintenance = environment::postgres_url().expect("a server");
    let exists = format!("SELECT count(*) FROM pg_database WHERE datname = '{}'", one.name());
    assert_eq!(number(&maintenance, &exists).await, 1);
    drop(one);
    assert_eq!(number(&maintenance, &exists).await, 0);
}

#[tokio::test]
async fn a_failed_migration_leaves_no_postgres_template_behind() {
    let server = Postgres::start(Durability::Relaxed).expect("PostgreSQL starts");
    let maintenance = server.url("postgres");
    let failed = database::fresh_on(&maintenance, async |_| Err::<(), _>("no such column")).await;
    assert!(failed.expect_err("the migration failed").to_string().contains("no such column"));
    let second = database::fresh_on(&maintenance, one_table).await.expect("the next one is not misled");
    assert_eq!(number(second.url(), "SELECT count(*) FROM elder").await, 0);
}

#[tokio::test]
async fn the_shared_redis_answers() {
    let url = environment::redis_url().expect("a server");
    assert_eq!(ask_redis(&url, "PING").expect("Redis answers"), "+PONG");
}

/// `trial servers` and what it printed.
struct Harness {
    child: Child,
    postgres: String,
    redis: String,
}

impl Harness {
    fn start(command: &mut Command) -> Harness {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("trial starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut url = |name: &str| {
            let line = lines.next().expect("trial prints both addresses").expect("text");
            line.strip_prefix(&format!("export {name}=")).expect("the variable by its name").to_owned()
        };
        let (postgres, redis) = (url(environment::POSTGRES), url(environment::REDIS));
        Harness { child, postgres, redis }
    }

    fn listens(url: &str) -> bool {
        let server = url.rsplit('@').next().unwrap_or_default().trim_start_matches("redis://");
        TcpStream::connect(server.split('/').next().unwrap_or_default()).is_ok()
    }

    /// Folders that carry the process number of the harness.
    fn folders(&self) -> Vec<PathBuf> {
        let prefix = format!("nuanyang-kit-{}-", self.child.id());
        [Path::new("/dev/shm"), &std::env::temp_dir()]
            .into_iter()
            .filter_map(|base| std::fs::read_dir(base).ok())
            .flat_map(|entries| entries.flatten().map(|entry| entry.path()))
            .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&prefix)))
            .collect()
    }

    fn assert_nothing_is_left(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while Self::listens(&self.postgres) || Self::listens(&self.redis) || !self.folders().is_empty() {
            assert!(
                Instant::now() < deadline,
                "servers or folders outlived their harness: {:?}",
                self.folders()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn a_killed_harness_leaves_no_postgres_no_redis_and_no_folder() {
    let mut harness = Harness::start(Command::new(TRIAL).arg("servers"));
    assert!(Harness::listens(&harness.postgres) && Harness::listens(&harness.redis));
    assert_eq!(harness.folders().len(), 2);
    harness.child.kill().expect("it can be killed");
    harness.child.wait().expect("it is gone");
    harness.assert_nothing_is_left();
}

#[test]
fn a_terminated_harness_stops_postgres_and_redis_before_it_ends() {
    let mut harness = Harness::start(Command::new(TRIAL).arg("servers"));
    let ask = Command::new("sh").args(["-c", &format!("kill -s TERM {}", harness.child.id())]).status();
    assert!(ask.is_ok_and(|status| status.success()));
    assert!(harness.child.wait().expect("it ends").success());
    assert!(!Harness::listens(&harness.postgres) && !Harness::listens(&harness.redis));
    assert!(harness.folders().is_empty());
}

#[test]
fn postgres_and_redis_start_without_any_rights() {
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65_534;
    let folder = std::env::temp_dir().join(format!("nuanyang-kit-{}-nobody", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    // As anybody but root this very test process already has no rights.
    if chown(&folder, Some(NOBODY), Some(NOBODY)).is_err() {
        std::fs::remove_dir_all(&folder).ok();
        return;
    }
    // The build folder may lie in root's home, closed to others: a copy does not.
    let copy = folder.join("trial");
    std::fs::copy(TRIAL, &copy).expect("the program can be copied");
    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o755))
        .expect("it can be made executable");
    let mut command = Command::new(&copy);
    command.arg("servers").env("HOME", &folder).current_dir(&folder).uid(NOBODY).gid(NOBODY);
    let mut harness = Harness::start(&mut command);
    assert!(Harness::listens(&harness.postgres) && Harness::listens(&harness.redis));
    harness.child.kill().expect("it can be killed");
    harness.child.wait().expect("it is gone");
    harness.assert_nothing_is_left();
    std::fs::remove_dir_all(&folder).expect("the copy goes");
}
