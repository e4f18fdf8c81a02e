//! The program as it is started from a shell.

use std::process::{Command, Output, Stdio};

const PLACES: [&str; 20] = [
    "NUANYANG_MODE",
    "APP_ENV",
    "APP_ENVIRONMENT",
    "ENV",
    "ENVIRONMENT",
    "DEPLOY_ENV",
    "DEPLOYMENT_ENV",
    "NODE_ENV",
    "RUST_ENV",
    "GO_ENV",
    "PYTHON_ENV",
    "DJANGO_ENV",
    "FLASK_ENV",
    "RAILS_ENV",
    "RACK_ENV",
    "MIX_ENV",
    "SPRING_PROFILES_ACTIVE",
    "MICRONAUT_ENVIRONMENTS",
    "ASPNETCORE_ENVIRONMENT",
    "DOTNET_ENVIRONMENT",
];

/// Names of the place of real money, as people write them.
const REAL: [&str; 11] = [
    "production",
    "prod",
    "prd",
    "live",
    " Production\n",
    "PROD",
    "\tLive ",
    "\"production\"",
    "eu, Prod;metrics",
    "prod_cn",
    "eu-production",
];

/// Starts the program where only these variables say what kind of place it is; its input is at its end.
fn run(said: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wechat-simulator"));
    for name in PLACES {
        command.env_remove(name);
    }
    command.envs(said.iter().copied()).args(["--port", "0", "--until-eof"]).args(arguments);
    command.stdin(Stdio::null()).output().unwrap()
}

#[test]
fn it_does_not_start_where_real_money_is() {
    for name in PLACES {
        for word in REAL {
            let ended = run(&[(name, word)], &[]);
            let said = String::from_utf8_lossy(&ended.stderr).into_owned();
            assert!(!ended.status.success(), "{name}={word:?} was taken");
            assert!(said.contains("does not start in production") && said.contains(name), "{said}");
            assert!(ended.stdout.is_empty(), "it listened");
        }
    }
}

#[test]
fn it_starts_everywhere_else() {
    for word in
        ["", "demo", "development", "test", "staging", "alive", "product", "non-production", "preprod,eu"]
    {
        let said: Vec<(&str, &str)> = PLACES.into_iter().map(|name| (name, word)).collect();
        let ended = run(&said, &[]);
        assert!(ended.status.success(), "{word:?}: {}", String::from_utf8_lossy(&ended.stderr));
        assert!(String::from_utf8_lossy(&ended.stdout).contains("WeChat simulator at"), "{word:?}");
    }
}

#[test]
fn it_does_not_start_at_the_end_of_time() {
    let ended = run(&[], &["--start-at", "9223372036854775807"]);
    assert!(!ended.status.success());
    assert!(String::from_utf8_lossy(&ended.stderr).contains("2000 to 2099"));
}
