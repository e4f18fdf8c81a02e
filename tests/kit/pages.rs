//! The checks of the pages: built as from a fresh clone, played in Chromium and in WeChat's own compilers.
//!
//! Everything runs on SQLite; the flows run once more on PostgreSQL with Redis where both are there.

use crate::{Result, Trouble, environment};
use std::fs;
use std::path::Path;
use tokio::process::Command;

/// The folder of the pages, from the root of the repository.
const FOLDER: &str = "miniprogram-stub";

/// One step of the checks.
pub(crate) struct Work {
    /// Its name in reports.
    pub name: &'static str,
    /// What is run.
    pub command: Command,
    /// Whether it prints counts of tests; the others are needed by all that follow.
    pub is_counted: bool,
}

/// All steps in order. `root` is the repository, `program` the built server with the simulator beside it, `servers`
/// the variables of both test servers, or of those that are there.
pub(crate) fn steps(root: &Path, program: &Path, servers: &[(&'static str, String)]) -> Result<Vec<Work>> {
    let folder = root.join(FOLDER);
    let npm = |arguments: &[&str]| {
        let mut command = Command::new("npm");
        command.args(arguments).current_dir(&folder);
        command
    };
    if !folder.join("package.json").is_file() {
        return Err(Trouble::new(format!("There is no {FOLDER}/ here: start from the repository's root")));
    }
    let mut steps = Vec::new();
    if !is_installed(&folder) {
        steps.push(Work {
            name: "npm ci",
            command: npm(&["ci", "--no-audit", "--no-fund"]),
            is_counted: false,
        });
    }
    for (name, script) in [("pages for browsers", "build"), ("pages for WeChat", "build:weapp")] {
        steps.push(Work { name, command: npm(&["run", "--silent", script]), is_counted: false });
    }
    let test = |name, words: &[&str]| {
        let mut command = npm(&["test", "--silent"]);
        command.args(words).env("NUANYANG_BIN", program);
        command.env_remove(environment::POSTGRES).env_remove(environment::REDIS);
        Work { name, command, is_counted: true }
    };
    steps.push(test("pages", &[]));
    if servers.len() == 2 {
        let mut again = test("pages on PostgreSQL and Redis", &["--", "flows"]);
        again.command.envs(servers.iter().map(|(name, url)| (name, url)));
        steps.push(again);
    }
    Ok(steps)
}

/// Whether the packages are those of the lockfile: npm notes what it installed, later than the lockfile was written.
fn is_installed(folder: &Path) -> bool {
    let changed = |name: &str| fs::metadata(folder.join(name)).and_then(|data| data.modified()).ok();
    match (changed("node_modules/.package-lock.json"), changed("package-lock.json")) {
        (Some(installed), Some(locked)) => installed >= locked,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A step's name, and what it sets or takes away of the environment.
    type Named = (&'static str, Vec<(String, Option<String>)>);

    fn planned(servers: &[(&'static str, String)]) -> Vec<Named> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository");
        let text = |value: &std::ffi::OsStr| value.to_string_lossy().into_owned();
        let steps = steps(root, Path::new("/x/nuanyang"), servers).expect("the pages are there");
        let named = |work: Work| {
            let variables = work.command.as_std().get_envs();
            (work.name, variables.map(|(name, value)| (text(name), value.map(text))).collect())
        };
        steps.into_iter().map(named).collect()
    }

    #[test]
    fn the_flows_run_again_only_where_both_servers_are_and_the_first_run_sees_neither() {
        let both = [
            (environment::POSTGRES, "postgres://p".to_owned()),
            (environment::REDIS, "redis://r".to_owned()),
        ];
        let steps = planned(&both);
        let found = |name: &str| steps.iter().find(|(step, _)| *step == name).map(|(_, variables)| variables);
        let first = found("pages").expect("a first run");
        let again = found("pages on PostgreSQL and Redis").expect("a second run");
        for (name, url) in &both {
            assert!(first.contains(&((*name).to_owned(), None)), "{first:?}");
            assert!(again.contains(&((*name).to_owned(), Some(url.clone()))), "{again:?}");
        }
        assert!(first.contains(&("NUANYANG_BIN".to_owned(), Some("/x/nuanyang".to_owned()))));
        assert!(planned(&both[..1]).iter().all(|(name, _)| !name.contains("PostgreSQL")));
    }
}
