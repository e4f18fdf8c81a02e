//! Published SDKs as counterparts: merchants against the simulator, and signers of notifications for the client.
//!
//! They use the machine's clock, so the simulator runs on it here. See `interop/README.md`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use serde_json::Value;
use wechat::pay::{NotificationContent, NotifyHeaders, Pay, PlatformKey, Rejection};
use wechat_simulator::Options;

use crate::bench::{Bench, TIMEOUTS};

const KEY_ID: &str = "PUB_KEY_ID_0114232134912410000000000001";

/// Where the scripts lie.
fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("interop")
}

/// Why the test cannot run on this machine.
fn not_run(reason: &str) {
    assert!(
        std::env::var_os("WECHAT_INTEROP").is_none_or(|wish| wish != "required"),
        "the counterparts are required: {reason}"
    );
    eprintln!("not run: {reason}");
}

fn run(command: &mut Command) -> Result<Output, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() { Ok(output) } else { Err(format!("{command:?}: {}", text(&output.stderr))) }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Installs the Python package once; gives the interpreter.
fn python() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interop-python");
    let interpreter = folder.join("bin/python");
    run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    let wanted = scripts().join("requirements.txt");
    let install = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "-r"];
    run(Command::new(&interpreter).args(install).arg(wanted))?;
    Ok(interpreter)
}

/// Installs the npm package once; gives the folder of the script.
fn node() -> Result<PathBuf, String> {
    run(Command::new("node").arg("--version"))?;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interop-node");
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    for name in ["package.json", "package-lock.json", "merchant.mjs"] {
        std::fs::copy(scripts().join(name), folder.join(name)).map_err(|error| error.to_string())?;
    }
    run(Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--silent"]).current_dir(&folder))?;
    Ok(folder)
}

/// Runs a counterpart and checks what it said; gives its last line.
fn play(command: &mut Command) -> (usize, Value) {
    let output = command.output().unwrap();
    let said = text(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", text(&output.stderr));
    let steps = said.lines().filter(|line| line.starts_with("ok ")).count();
    (steps, serde_json::from_str(said.lines().last().unwrap()).unwrap())
}

/// The client with the key of the counterpart's run as the platform's.
fn client_of(bench: &Bench, made: &Value) -> Pay {
    let mut config = bench.pay_config();
    let pem = made["public_key_pem"].as_str().unwrap().to_owned();
    config.platform_keys = vec![PlatformKey::Public { id: KEY_ID.to_owned(), pem }];
    let at: i64 = made["timestamp"].as_str().unwrap().parse().unwrap();
    Pay::with_timeouts(config, TIMEOUTS, Arc::new(move || at)).unwrap()
}

/// The notification that the counterpart signed is believed, and a changed one is not.
async fn judge(bench: &Bench, made: &Value, out_trade_no: &str) {
    let client = client_of(bench, made);
    let part = |name: &str| made[name].as_str().map(str::to_owned);
    let headers = NotifyHeaders {
        timestamp: part("timestamp"),
        nonce: part("nonce"),
        signature: part("signature"),
        serial: Some(KEY_ID.to_owned()),
        signature_type: None,
    };
    let body = part("body").unwrap();
    let told = client.notification(&headers, body.as_bytes()).await.unwrap();
    let NotificationContent::Paid(paid) = told.content else { panic!("not a payment") };
    assert_eq!((paid.out_trade_no.as_str(), paid.total_fen), (out_trade_no, Some(1200)));
    let changed = body.replace("SUCCESS", "SUCCESs");
    assert_eq!(client.notification(&headers, changed.as_bytes()).await, Err(Rejection::BadSignature));
}

#[tokio::test]
async fn the_python_package_is_a_merchant_and_a_signer() {
    let interpreter = match python() {
        Ok(interpreter) => interpreter,
        Err(reason) => return not_run(&reason),
    };
    let bench = Bench::with(Options::default()).await;
    let mut script = Command::new(interpreter);
    let (steps, made) = play(script.arg(scripts().join("merchant.py")).arg(bench.sim.url()));
    assert_eq!(steps, 19);
    judge(&bench, &made, "PYTHON0001").await;
    assert_eq!(bench.get("/sim/ledger").await["refunded_total_fen"], 1000, "in both key modes");
    assert_eq!(bench.get("/sim/assert").await["is_good"], true);
}

#[tokio::test]
async fn the_npm_package_is_a_merchant_and_a_signer() {
    let folder = match node() {
        Ok(folder) => folder,
        Err(reason) => return not_run(&reason),
    };
    let bench = Bench::with(Options::default()).await;
    let mut script = Command::new("node");
    let (steps, made) = play(script.current_dir(&folder).arg("merchant.mjs").arg(bench.sim.url()));
    assert_eq!(steps, 9);
    judge(&bench, &made, "NODE000001").await;
    assert_eq!(bench.get("/sim/ledger").await["refunded_total_fen"], 500);
}
