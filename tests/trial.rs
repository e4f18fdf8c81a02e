//! `trial`: the checks behind `make test`, and servers for developers.

use nuanyang_kit::{bench, gate};
use std::process::ExitCode;

const USAGE: &str = "\
Usage: trial <command>

  test [-- ARGUMENTS]   format, lints, build, tests on real servers; ARGUMENTS go to the test runner
  pages                 the checks of the pages alone: after `cargo build --workspace --bins`
  fuzz                  the fuzz programs of wechat/fuzz alone, NUANYANG_TEST_FUZZ_S seconds in all (60)
  bench [--quick]       the server's speed beside pgbench's on the same statements; --full for more rows
  servers               start PostgreSQL and Redis, print their addresses, stay until Ctrl-C";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) =
        arguments.split_first().map_or(("help", &[][..]), |(first, rest)| (first.as_str(), rest));
    let rest = rest.strip_prefix(&["--".to_owned()]).unwrap_or(rest);
    let ended = match command {
        "test" => gate::test(rest).await,
        "pages" => gate::pages().await,
        "fuzz" => gate::fuzz().await,
        "bench" => bench::run(rest).await,
        "servers" => gate::servers().await,
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        other => {
            eprintln!("trial: there is no command `{other}`\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    ended.unwrap_or_else(|trouble| {
        eprintln!("trial: {trouble}");
        ExitCode::FAILURE
    })
}
