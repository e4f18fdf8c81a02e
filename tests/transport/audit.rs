//! The public audit of GraphQL over HTTP, run by Node.js against the program.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::structure::root;
use crate::world::{Backend, World};

/// The audit's own folder below the build's: the sources stay clean.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("http-audit")
}

fn run(program: &str, arguments: &[&str], folder: &Path) -> Result<Output, String> {
    let run = Command::new(program).args(arguments).current_dir(folder).output();
    run.map_err(|error| format!("{program} does not start: {error}"))
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Copies the audit and installs what its lock file names, unless that is there already.
fn install() -> Result<(), String> {
    let (from, to) = (root().join("tests/http-audit"), folder());
    std::fs::create_dir_all(&to).map_err(|error| error.to_string())?;
    let lock = std::fs::read(from.join("package-lock.json")).map_err(|error| error.to_string())?;
    let is_installed = std::fs::read(to.join("package-lock.json")).is_ok_and(|known| known == lock)
        && to.join("node_modules/graphql-http/package.json").is_file();
    for name in ["audit.mjs", "package.json", "package-lock.json"] {
        std::fs::copy(from.join(name), to.join(name)).map_err(|error| error.to_string())?;
    }
    run("node", &["--version"], &to)?;
    if is_installed {
        return Ok(());
    }
    let installed = run("npm", &["ci", "--no-audit", "--no-fund"], &to)?;
    if installed.status.success() { Ok(()) } else { Err(format!("npm ci failed: {}", text(&installed))) }
}

#[allow(clippy::disallowed_methods, reason = "CI is told to tests by the environment alone")]
fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}

/// Introspection is on in the demo mode of the tests, as some audits need it.
#[tokio::test]
async fn the_public_audit_passes_every_must_and_every_should() {
    let world = World::new(Backend::Sqlite).await;
    let base = world.base.clone();
    let audit = move || {
        install()?;
        run("node", &["audit.mjs", &base], &folder())
    };
    match tokio::task::spawn_blocking(audit).await.unwrap() {
        Ok(output) => {
            let told = text(&output);
            assert!(output.status.success(), "{told}");
            assert!(told.contains("MUST 13/13 SHOULD 23/23"), "{told}");
        }
        Err(why) => {
            assert!(!is_ci(), "the audit must run here: {why}");
            println!("NOT RUN: the public audit of GraphQL over HTTP: {why}");
        }
    }
}
