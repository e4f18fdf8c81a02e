//! One private Redis.

use super::folder::Folder;
use super::leash::{Launch, Leash, last_words};
use super::{PORT_TRIES, binaries, free_port};
use crate::{Result, Trouble};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const READY_WAIT: Duration = Duration::from_secs(20);

/// A running server that keeps nothing on disk; stops when dropped.
#[derive(Debug)]
pub struct Redis {
    leash: Leash,
    folder: Folder,
    program: PathBuf,
    port: u16,
}

impl Redis {
    /// Starts a server and returns when it answers; refuses when no binary is found or it does not come up.
    pub fn start() -> Result<Self> {
        let program = binaries::redis().ok_or_else(|| {
            Trouble::new("Redis is not installed: run `make test`, or set REDIS_BIN to redis-server")
        })?;
        let folder = Folder::in_memory()?;
        let mut last = Trouble::new("Redis was not started");
        for _ in 0..PORT_TRIES {
            let port = free_port()?;
            match launch(&program, &folder, port) {
                Ok(leash) => return Ok(Self { leash, folder, program, port }),
                Err(trouble) => last = trouble,
            }
        }
        Err(last)
    }

    /// The address of the server.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The process number of the server.
    pub fn pid(&self) -> u32 {
        self.leash.pid()
    }

    /// Ends the server as a crash would (SIGKILL); everything in it is lost.
    pub fn kill(&mut self) {
        self.leash.stop();
    }

    /// Starts a server again on the same port, with nothing in it; ends the old one first if it still runs.
    pub fn start_again_empty(&mut self) -> Result<()> {
        self.kill();
        self.leash = launch(&self.program, &self.folder, self.port)?;
        Ok(())
    }
}

fn launch(program: &Path, folder: &Folder, port: u16) -> Result<Leash> {
    let port_text = port.to_string();
    let home = folder.path().display().to_string();
    let arguments: Vec<String> = ["--port", &port_text, "--bind", "127.0.0.1", "--dir", &home]
        .into_iter()
        .chain(["--save", "", "--appendonly", "no", "--daemonize", "no"])
        .map(str::to_owned)
        .collect();
    let order =
        Launch { program, arguments: &arguments, folder: folder.path(), account: None, signal: "KILL" };
    let mut leash = Leash::start(&order)?;
    let deadline = Instant::now() + READY_WAIT;
    while Instant::now() < deadline {
        if leash.exit().is_some() {
            return Err(Trouble::new(format!("Redis ended while starting: {}", last_words(folder.path()))));
        }
        if serving_process(port) == Some(leash.pid()) {
            return Ok(leash);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Err(Trouble::new(format!("Redis was not ready within 20 s: {}", last_words(folder.path()))))
}

/// The process number that the server on `port` tells, so that a stranger on that port is not taken for ours.
fn serving_process(port: u16) -> Option<u32> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(1))).ok()?;
    stream.write_all(b"INFO server\r\nQUIT\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.lines().find_map(|line| line.strip_prefix("process_id:")?.trim().parse().ok())
}
