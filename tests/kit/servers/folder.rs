//! Folders that live as long as the process that made them.

use crate::{Explain, Result};
use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Once;

const PREFIX: &str = "nuanyang-kit-";
const MEMORY: &str = "/dev/shm";
const DISK: &str = "/var/tmp";

/// Containers often give /dev/shm 64 MB only, which a dozen databases would fill.
const ROOMY_KIB: u64 = 1_500_000;

/// An account without rights, for a server that refuses to run as root.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Account {
    pub uid: u32,
    pub gid: u32,
}

/// A private folder, removed when dropped.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// A folder in memory where the machine has room for it, else in the temporary folder.
    pub fn in_memory() -> Result<Self> {
        let memory = Path::new(MEMORY);
        if is_roomy(memory)
            && let Ok(folder) = Self::inside(memory)
        {
            return Ok(folder);
        }
        Self::inside(&std::env::temp_dir())
    }

    /// A folder on a disk, so that a flush costs what it costs in production.
    pub fn on_disk() -> Result<Self> {
        Self::inside(Path::new(DISK)).or_else(|_| Self::inside(&std::env::temp_dir()))
    }

    fn inside(base: &Path) -> Result<Self> {
        static SWEPT: Once = Once::new();
        SWEPT.call_once(sweep);
        let path = base.join(format!("{PREFIX}{}", crate::unique().replace('_', "-")));
        fs::DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .explain(|| format!("Cannot create the folder {}", path.display()))?;
        Ok(Self { path })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// When the caller is root: gives the folder to an account without rights and names that account.
    pub fn give_away(&self) -> Result<Option<Account>> {
        let owner = fs::metadata(&self.path).explain(|| format!("Cannot look at {}", self.path.display()))?;
        if owner.uid() != 0 {
            return Ok(None);
        }
        let account = ["postgres", "nobody"].iter().find_map(|name| account(name));
        let Some(account) = account else { return Ok(None) };
        chown(&self.path, Some(account.uid), Some(account.gid))
            .explain(|| format!("Cannot give {} to another account", self.path.display()))?;
        Ok(Some(account))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Best effort: what is left over is swept by the next run.
        fs::remove_dir_all(&self.path).ok();
    }
}

fn account(name: &str) -> Option<Account> {
    let passwd = fs::read_to_string("/etc/passwd").ok()?;
    let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    let account = Account { uid: fields.next()?.parse().ok()?, gid: fields.next()?.parse().ok()? };
    (account.uid != 0).then_some(account)
}

fn is_roomy(path: &Path) -> bool {
    let df = Command::new("df").arg("-Pk").arg(path).stdin(Stdio::null()).stderr(Stdio::null()).output();
    let Ok(output) = df else { return false };
    let text = String::from_utf8_lossy(&output.stdout);
    let free = text.lines().nth(1).and_then(|line| line.split_whitespace().nth(3)?.parse::<u64>().ok());
    free.is_some_and(|free| free >= ROOMY_KIB)
}

/// Removes folders whose process is gone: after a power cut nobody else would.
fn sweep() {
    for base in [Path::new(MEMORY), Path::new(DISK), &std::env::temp_dir()] {
        let Ok(entries) = fs::read_dir(base) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let owner =
                name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.split('-').next()?.parse().ok());
            if owner.is_some_and(|process: u32| !is_alive(process)) {
                fs::remove_dir_all(entry.path()).ok();
            }
        }
    }
}

fn is_alive(process: u32) -> bool {
    if Path::new("/proc/self").exists() {
        return Path::new("/proc").join(process.to_string()).exists();
    }
    let probe = Command::new("kill").args(["-0", &process.to_string()]).stderr(Stdio::null()).status();
    // When in doubt the folder stays.
    probe.map_or(true, |status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_dead_processes_are_swept_and_those_of_living_ones_stay() {
        let mut child = Command::new("true").spawn().expect("`true` starts");
        let dead = std::env::temp_dir().join(format!("{PREFIX}{}-0-test", child.id()));
        child.wait().expect("`true` ends");
        fs::create_dir(&dead).expect("a folder can be made");
        let living = Folder::in_memory().expect("a folder can be made");
        sweep();
        assert!(!dead.exists());
        assert!(living.path().exists());
        let path = living.path().to_path_buf();
        drop(living);
        assert!(!path.exists());
    }
}
