//! What the README tells people to paste really runs, against the real binaries.

use std::process::Stdio;
use std::time::Duration;

use nuanyang_kit::environment::program;
use tokio::process::{Child, Command};

/// The block of shell below the marker.
fn journey() -> String {
    let readme = include_str!("../../README.md");
    let after = readme.split_once("<!-- journey -->").unwrap().1;
    let block = after.split_once("```bash\n").unwrap().1;
    block.split_once("\n```").unwrap().0.to_owned()
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

async fn demo(folder: &str, api: u16, sim: u16) -> Child {
    let child = Command::new(program("nuanyang").unwrap())
        .args(["--settings", "/nonexistent.toml", "demo"])
        .env("NUANYANG_LISTEN", format!("127.0.0.1:{api}"))
        .env("NUANYANG_PUBLIC_URL", format!("http://127.0.0.1:{api}"))
        .env("NUANYANG_SIMULATOR_URL", format!("http://127.0.0.1:{sim}"))
        .env("NUANYANG_DATABASE_URL", format!("sqlite:{folder}/demo.sqlite"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let ready = format!("http://127.0.0.1:{api}/readyz");
    for _ in 0..300 {
        let answer = crate::world::client().get(&ready).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return child;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the demo does not become ready");
}

/// Ctrl-C stops everything, the simulator too.
async fn stop(demo: &mut Child, sim: u16) {
    let id = demo.id().unwrap().to_string();
    Command::new("kill").args(["-INT", &id]).status().await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(20), demo.wait()).await;
    assert!(ended.is_ok_and(|status| status.unwrap().success()), "Ctrl-C ends the demo well");
    assert!(std::net::TcpListener::bind(("127.0.0.1", sim)).is_ok(), "the simulator is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journey_of_the_readme_runs_as_it_is_printed() {
    let file = nuanyang_kit::database::sqlite().unwrap();
    let folder = file.path().parent().unwrap().join(format!("readme-{}", std::process::id()));
    let (api, sim) = (free_port(), free_port());
    // Twice: the demo's time goes on where it ended, and so does everything else.
    for _ in 0..2 {
        run_once(&folder.display().to_string(), (api, sim)).await;
    }
    std::fs::remove_dir_all(&folder).ok();
}

async fn run_once(folder: &str, (api, sim): (u16, u16)) {
    let mut child = demo(folder, api, sim).await;
    let output = Command::new("bash")
        .arg("-c")
        .arg(journey())
        .env("API", format!("http://127.0.0.1:{api}"))
        .env("SIM", format!("http://127.0.0.1:{sim}"))
        .output()
        .await
        .unwrap();
    stop(&mut child, sim).await;
    let text = String::from_utf8_lossy(&output.stdout);
    for wanted in [
        "\"ageYears\":82",
        "\"state\":\"HELD\"",
        "\"state\":\"CONFIRMED\"",
        "\"state\":\"SERVED\"",
        "合口味",
        "\"state\":\"SLOT_HELD\"",
        "\"state\":\"CHECKED_IN\"",
        "\"state\":\"DONE\"",
        "\"name\":\"confirm\"",
        "NO_LOCATION",
    ] {
        assert!(
            text.contains(wanted),
            "{wanted} is missing in:\n{text}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert!(!text.contains("\"message\""), "{text}");
}
