//! One private PostgreSQL.

use super::folder::{Account, Folder};
use super::leash::{Launch, Leash, last_words};
use super::{PORT_TRIES, binaries, free_port};
use crate::{Result, Trouble};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const READY_WAIT: Duration = Duration::from_secs(60);

/// What a commit costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Tests: memory where possible, no flush. A killed server keeps every commit, a power cut would not.
    Relaxed,
    /// Bench: on a disk, every commit is flushed, server settings as a small production has them.
    Kept,
}

/// A running server with its own data folder; stops and vanishes when dropped.
#[derive(Debug)]
pub struct Postgres {
    // Before `folder`: fields drop in this order, and the server must be gone before its files are.
    leash: Leash,
    folder: Folder,
    bin: PathBuf,
    account: Option<Account>,
    durability: Durability,
    port: u16,
}

impl Postgres {
    /// Creates a cluster and starts a server on it; returns when it takes connections.
    ///
    /// Blocks for about a second. Refuses when no binaries are found or the server does not come up in 60 s.
    pub fn start(durability: Durability) -> Result<Self> {
        let bin = binaries::postgres().ok_or_else(|| {
            Trouble::new("PostgreSQL is not installed: run `make test`, or set PG_BIN to the folder of initdb and postgres")
        })?;
        let folder = match durability {
            Durability::Relaxed => Folder::in_memory()?,
            Durability::Kept => Folder::on_disk()?,
        };
        let account = folder.give_away()?;
        init_cluster(&bin, &folder, account)?;
        let mut last = Trouble::new("PostgreSQL was not started");
        for _ in 0..PORT_TRIES {
            let port = free_port()?;
            match launch(&bin, &folder, account, durability, port) {
                Ok(leash) => return Ok(Self { leash, folder, bin, account, durability, port }),
                Err(trouble) => last = trouble,
            }
        }
        Err(last)
    }

    /// The address of one database of this server.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The process number of the server.
    pub fn pid(&self) -> u32 {
        self.leash.pid()
    }

    /// Crashes the server (immediate shutdown) and starts it again on the same data and port.
    pub fn restart_immediate(&mut self) -> Result<()> {
        self.stop();
        self.leash = launch(&self.bin, &self.folder, self.account, self.durability, self.port)?;
        Ok(())
    }

    /// Stops the server at once; its data stay until the value is dropped.
    pub fn stop(&mut self) {
        self.leash.stop();
    }
}

fn init_cluster(bin: &Path, folder: &Folder, account: Option<Account>) -> Result<()> {
    let data = folder.path().join("data").display().to_string();
    let arguments =
        ["--no-sync", "-A", "trust", "-U", "postgres", "--locale=C", "--encoding=UTF8", "-D", &data];
    let arguments = arguments.map(str::to_owned);
    let program = bin.join("initdb");
    let order =
        Launch { program: &program, arguments: &arguments, folder: folder.path(), account, signal: "TERM" };
    let mut leash = Leash::start(&order)?;
    let deadline = Instant::now() + READY_WAIT;
    while Instant::now() < deadline {
        match leash.exit() {
            Some(status) if status.success() => return Ok(()),
            Some(_) => {
                let said = last_words(folder.path());
                return Err(Trouble::new(format!("initdb could not create a database cluster: {said}")));
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    }
    Err(Trouble::new("initdb did not create a database cluster within 60 s"))
}

fn launch(
    bin: &Path,
    folder: &Folder,
    account: Option<Account>,
    durability: Durability,
    port: u16,
) -> Result<Leash> {
    let data = folder.path().join("data");
    let mut arguments = vec!["-D".to_owned(), data.display().to_string()];
    for setting in settings(durability) {
        arguments.extend(["-c".to_owned(), (*setting).to_owned()]);
    }
    arguments.extend(["-c".to_owned(), format!("port={port}")]);
    let program = bin.join("postgres");
    // SIGQUIT is the immediate shutdown: it also takes the sessions along and frees shared memory, KILL would not.
    let order =
        Launch { program: &program, arguments: &arguments, folder: folder.path(), account, signal: "QUIT" };
    let mut leash = Leash::start(&order)?;
    let deadline = Instant::now() + READY_WAIT;
    let started_as = leash.pid().to_string();
    while Instant::now() < deadline {
        // Line 1 is the process number (an old file may lie there after a crash), line 8 the state. Helpers
        // such as pg_isready are missing on some machines that have a server.
        let state = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
        let mut lines = state.lines().map(str::trim);
        if lines.next() == Some(&started_as) && lines.nth(6) == Some("ready") {
            return Ok(leash);
        }
        if leash.exit().is_some() {
            return Err(Trouble::new(format!(
                "PostgreSQL ended while starting: {}",
                last_words(folder.path())
            )));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Err(Trouble::new(format!("PostgreSQL was not ready within 60 s: {}", last_words(folder.path()))))
}

fn settings(durability: Durability) -> &'static [&'static str] {
    match durability {
        Durability::Relaxed => &[
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=300",
            "shared_buffers=64MB",
            "max_wal_size=256MB",
            "fsync=off",
            "full_page_writes=off",
            "dynamic_shared_memory_type=mmap",
            "autovacuum=off",
            "jit=off",
        ],
        Durability::Kept => &[
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=300",
            "shared_buffers=256MB",
            "fsync=on",
            "synchronous_commit=on",
        ],
    }
}
