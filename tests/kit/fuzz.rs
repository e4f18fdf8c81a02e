//! Coverage-guided fuzzing of what the WeChat client parses: built as `cargo-fuzz` does it, but without a sanitizer, which is
//! what needs a nightly compiler; the counters of LLVM, from which libFuzzer learns, do not.

use crate::servers::binaries;
use crate::{Explain, Result, Trouble, environment};
use std::fs;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// The package of the targets, from the root of the repository. It is no member of the workspace.
const FOLDER: &str = "wechat/fuzz";
/// For how many seconds all targets run together.
const SECONDS: &str = "NUANYANG_TEST_FUZZ_S";
const USUAL_S: usize = 60;
/// What libFuzzer throws its dice with.
const SEED: &str = "NUANYANG_TEST_FUZZ_SEED";
const USUAL_SEED: usize = 7;
/// The flags of `cargo-fuzz`: counters of edges, their addresses, comparisons.
const FLAGS: [&str; 6] = [
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];

/// The targets: their programs, and the folders of their seeds.
const TARGETS: [&str; 5] = ["notification", "content", "bill", "push", "keys"];
/// The longest input in bytes.
const MAX_LEN: usize = 4_096;

/// The steps: one build, then a run of each target.
pub(crate) struct Plan {
    /// Builds all targets.
    pub build: Command,
    /// Runs one target each.
    pub runs: Vec<(&'static str, Command)>,
}

/// How many targets there are.
pub(crate) const COUNT: u64 = TARGETS.len() as u64;

/// Plans the steps below the repository `root`. Refuses, saying why, where they cannot be built.
pub(crate) fn plan(cargo: &str, root: &Path, host: &str) -> Result<Plan> {
    let compiler = environment::variable("CXX").unwrap_or_else(|| "c++".to_owned());
    if !binaries::has(&compiler) && !Path::new(&compiler).is_file() {
        return Err(Trouble::new(format!(
            "libFuzzer needs a C++ compiler: install g++ (no {compiler} here)"
        )));
    }
    // Beside the folder of the other programs, so that whoever keeps that one keeps this one too.
    let built = environment::build_folder().ok_or_else(|| Trouble::new("there is no build folder"))?;
    let folder = built.parent().unwrap_or(&built).join("fuzz");
    let mut build = Command::new(cargo);
    build.args(["build", "--release", "--locked", "--bins", "--target", host]);
    build.arg("--manifest-path").arg(root.join(FOLDER).join("Cargo.toml")).arg("--target-dir").arg(&folder);
    // With a named target the flags do not reach build scripts, which could not be linked with them.
    build.env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\u{1f}"));
    let programs = folder.join(host).join("release");
    let seconds = environment::amount(SECONDS, USUAL_S).div_ceil(TARGETS.len()).max(1);
    let run = |target| Ok((target, run(target, root, (&folder, &programs), seconds)?));
    Ok(Plan { build, runs: TARGETS.into_iter().map(run).collect::<Result<_>>()? })
}

fn run(target: &str, root: &Path, (folder, programs): (&Path, &Path), seconds: usize) -> Result<Command> {
    // What has once reached new code is kept for the next run.
    let corpus = folder.join("corpus").join(target);
    let found = folder.join("found");
    for made in [&corpus, &found] {
        fs::create_dir_all(made).explain(|| format!("{} cannot be made", made.display()))?;
    }
    let mut command = Command::new(programs.join(target));
    let option = |name: &str, path: PathBuf| format!("-{name}={}", path.display());
    command.arg(&corpus).arg(root.join(FOLDER).join("seeds").join(target));
    command.arg(option("dict", root.join(FOLDER).join("words.dict")));
    command.arg(option("artifact_prefix", found.join(format!("{target}-"))));
    command.args([
        format!("-max_total_time={seconds}"),
        format!("-max_len={MAX_LEN}"),
        format!("-seed={}", environment::amount(SEED, USUAL_SEED)),
        "-timeout=10".to_owned(),
        "-rss_limit_mb=1024".to_owned(),
        "-print_final_stats=1".to_owned(),
        "-verbosity=0".to_owned(),
    ]);
    Ok(command)
}

/// What `rustc -vV` calls this machine.
pub(crate) fn host(told: &str) -> Option<&str> {
    told.lines().find_map(|line| line.strip_prefix("host: "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository")
    }

    #[test]
    fn every_fuzz_target_has_seeds_and_is_run() {
        let manifest =
            fs::read_to_string(root().join(FOLDER).join("Cargo.toml")).expect("the package is there");
        let built = manifest.lines().filter_map(|line| line.strip_prefix("path = \"targets/"));
        let built: Vec<&str> = built.filter_map(|line| line.strip_suffix(".rs\"")).collect();
        assert_eq!(built, TARGETS);
        for target in TARGETS {
            let seeds = fs::read_dir(root().join(FOLDER).join("seeds").join(target));
            assert!(seeds.is_ok_and(|seeds| seeds.count() > 1), "{target} has hardly a seed");
        }
    }

    #[test]
    fn the_machine_is_read_from_what_the_compiler_tells() {
        let told = "rustc 1.95.0\nbinary: rustc\nhost: aarch64-apple-darwin\nrelease: 1.95.0\n";
        assert_eq!(host(told), Some("aarch64-apple-darwin"));
        assert_eq!(host("rustc 1.95.0"), None);
    }
}
