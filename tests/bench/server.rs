//! The server and the simulator as children of this process.

use super::http::Line;
use crate::servers::Folder;
use crate::{Explain, Result, Trouble, environment};
use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{Instant, timeout};

const READY_WAIT: Duration = Duration::from_secs(60);
const STOP_WAIT: Duration = Duration::from_secs(20);
const LOG: &str = "nuanyang.log";

/// The running server.
pub struct Server {
    child: Child,
    pub port: u16,
}

/// The running simulator.
pub struct Simulator {
    // Killed when dropped.
    _child: Child,
    pub url: String,
}

impl Simulator {
    pub async fn start() -> Result<Self> {
        let mut command = bare(&environment::program("wechat-simulator")?);
        command.args(["--port", "0", "--seed", "1"]).stdout(Stdio::piped());
        let mut child = command.spawn().explain(|| "The simulator cannot be started".to_owned())?;
        let output = child.stdout.take().ok_or_else(|| Trouble::new("the simulator is mute"))?;
        let mut first = String::new();
        let read = timeout(READY_WAIT, BufReader::new(output).read_line(&mut first)).await;
        let url = first.split(' ').find_map(|word| word.strip_suffix("/sim")).map(str::to_owned);
        match (read, url) {
            (Ok(Ok(_)), Some(url)) => Ok(Self { _child: child, url }),
            _ => Err(Trouble::new("the simulator does not tell its address")),
        }
    }
}

impl Server {
    /// Starts it in `folder`, where its keys and its log stay, and waits until it is ready.
    pub async fn start(folder: &Folder, settings: &[(&str, String)]) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let port = listener
            .and_then(|listener| listener.local_addr())
            .explain(|| "No port is free".to_owned())?
            .port();
        let address = format!("127.0.0.1:{port}");
        let mut text = format!("listen = \"{address}\"\npublic_url = \"http://{address}\"\n");
        for (name, value) in settings {
            text.push_str(&format!("{name} = \"{value}\"\n"));
        }
        let file = folder.path().join("nuanyang.toml");
        std::fs::write(&file, text).explain(|| format!("Cannot write {}", file.display()))?;
        let log = File::options().create(true).append(true).open(folder.path().join(LOG));
        let log = log.explain(|| "The server's log cannot be written".to_owned())?;
        let mut command = bare(&environment::program("nuanyang")?);
        command
            .arg("serve")
            .env("RUST_LOG", "warn")
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(log);
        let child = command.spawn().explain(|| "The server cannot be started".to_owned())?;
        let mut server = Self { child, port };
        server.wait_until_ready(folder).await?;
        Ok(server)
    }

    /// The process number.
    pub fn pid(&self) -> u32 {
        self.child.id().unwrap_or(0)
    }

    /// Asks it to end, and waits.
    pub async fn stop(mut self) -> Result<()> {
        // The standard library can only kill; the shell's own `kill` needs no further program.
        let order = format!("kill -s TERM {}", self.pid());
        let asked = Command::new("/bin/sh").args(["-c", &order]).status().await;
        asked.explain(|| "The server cannot be asked to end".to_owned())?;
        let ended = timeout(STOP_WAIT, self.child.wait()).await;
        ended.map(drop).map_err(|_| Trouble::new("the server does not end"))
    }

    async fn wait_until_ready(&mut self, folder: &Folder) -> Result<()> {
        let deadline = Instant::now() + READY_WAIT;
        while Instant::now() < deadline {
            if let Ok(mut line) = Line::open(self.port).await
                && line.get("/readyz").await.is_ok_and(|page| page.contains("\"ready\":true"))
            {
                return Ok(());
            }
            if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(Trouble::new(format!("the server did not start: {}", last_words(folder.path()))))
    }
}

/// The end of the server's log.
pub fn last_words(folder: &Path) -> String {
    let text = std::fs::read_to_string(folder.join(LOG)).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(5).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join(" | ")
}

/// Without the developer's settings, which the server would take for its own.
fn bare(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("TZ", "UTC").stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    command
}
