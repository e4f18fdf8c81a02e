//! A child process that cannot outlive its parent.

use super::folder::Account;
use crate::{Explain, Result};
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Turns itself into the server and leaves a watcher behind that reads a pipe only the parent can write to.
///
/// The kernel closes that pipe however the parent dies, so nothing depends on its last words. PDEATHSIG would
/// do the same, but follows the thread that started the child (test threads end early), and exists on Linux only.
const LEASH: &str = r#"
signal=$1 folder=$2; shift 2
exec 3<&0 0</dev/null
(
  order=orphaned
  read -r order <&3 || order=orphaned
  [ "$order" = leave ] && exit 0
  kill -s "$signal" $$ 2>/dev/null
  [ "$order" = stop ] && exit 0
  turns=0
  while kill -0 $$ 2>/dev/null && [ $turns -lt 100 ]; do sleep 0.1; turns=$((turns + 1)); done
  kill -s KILL $$ 2>/dev/null
  cd / && rm -rf "$folder"
) &
exec 3<&-
exec "$@"
"#;

const STOP_WAIT: Duration = Duration::from_secs(10);
const LOG: &str = "server.log";

/// What to start and how it ends.
pub(crate) struct Launch<'a> {
    pub program: &'a Path,
    pub arguments: &'a [String],
    /// Working folder; holds the log and is removed when the parent dies.
    pub folder: &'a Path,
    pub account: Option<Account>,
    /// The signal that ends it, without the SIG.
    pub signal: &'a str,
}

/// The running child.
#[derive(Debug)]
pub(crate) struct Leash {
    child: Child,
    orders: Option<ChildStdin>,
}

impl Leash {
    pub fn start(launch: &Launch<'_>) -> Result<Self> {
        let log = launch.folder.join(LOG);
        let file = File::options().create(true).append(true).open(&log);
        let file = file.explain(|| format!("Cannot write {}", log.display()))?;
        let errors = file.try_clone().explain(|| format!("Cannot write {}", log.display()))?;
        let mut command = bare_shell(launch.program, launch.account);
        command.arg("-c").arg(LEASH).arg("leash").arg(launch.signal).arg(launch.folder).arg(launch.program);
        command.args(launch.arguments).current_dir(launch.folder);
        // Its own process group: Ctrl-C reaches the parent alone, which then stops its servers in order.
        command.stdin(Stdio::piped()).stdout(file).stderr(errors).process_group(0);
        let mut child = command.spawn().explain(|| format!("Cannot start {}", launch.program.display()))?;
        let orders = child.stdin.take();
        Ok(Self { child, orders })
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn exit(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Ends the child and waits until it is gone.
    pub fn stop(&mut self) {
        // The number of a child that died by itself may already belong to somebody else: then nothing is killed.
        let order: &[u8] = if self.exit().is_some() { b"leave\n" } else { b"stop\n" };
        if let Some(mut orders) = self.orders.take() {
            orders.write_all(order).ok();
        }
        let deadline = Instant::now() + STOP_WAIT;
        while self.exit().is_none() {
            if Instant::now() > deadline {
                self.child.kill().ok();
                self.child.wait().ok();
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A shell that sees nothing of the developer's environment but the path.
///
/// A PGDATA or PGOPTIONS set for daily work would otherwise reach the test server. The server's own libraries
/// are named because builds from package registries are not installed where they were built for.
fn bare_shell(server: &Path, account: Option<Account>) -> Command {
    let mut command = Command::new("/bin/sh");
    command.env_clear().env("LC_ALL", "C").env("TZ", "UTC");
    command.env("PATH", crate::environment::variable("PATH").unwrap_or_else(|| "/usr/bin:/bin".into()));
    if let Some(home) = server.parent().and_then(Path::parent) {
        command.env("LD_LIBRARY_PATH", home.join("lib"));
    }
    if let Some(account) = account {
        command.uid(account.uid).gid(account.gid);
    }
    command
}

/// The last words of the server in `folder`, for the sentence that says why it did not start.
pub(crate) fn last_words(folder: &Path) -> String {
    let text = fs::read(folder.join(LOG)).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().rev().take(4).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join(" | ")
}
