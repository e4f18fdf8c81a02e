//! Somebody who speaks to several servers of which any may be dead, and the journal of everything that was said.

use std::fmt::Display;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::world::World;
use crate::world::client::Person;

/// What happened in a run, line by line in the order of its steps: written as it happens, so that it is there whatever ends the
/// run. It goes with the test when that passes.
#[derive(Clone)]
pub(super) struct Journal(Arc<Pages>);

struct Pages {
    path: PathBuf,
    began: Instant,
    /// The file, and the number of the last step.
    file: Mutex<(File, u64)>,
}

impl Journal {
    /// An empty one of this name.
    pub(super) fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.journal"));
        let file = Mutex::new((File::create(&path).unwrap(), 0));
        Self(Arc::new(Pages { path, began: Instant::now(), file }))
    }

    /// One step: its number, milliseconds since the start, who, and what.
    pub(super) fn note(&self, who: &str, what: impl Display) {
        let mut file = self.0.file.lock().unwrap();
        file.1 += 1;
        let step = file.1;
        writeln!(file.0, "{step} +{} {who} {what}", self.0.began.elapsed().as_millis()).unwrap();
    }

    /// Adds what the platform saw, with the faults that struck each call, and gives the path.
    pub(super) async fn close(&self, world: &World) -> &Path {
        let seen = world.sim_get("/sim/journal?limit=20000").await;
        for entry in seen.as_array().unwrap() {
            self.note("platform", entry);
        }
        &self.0.path
    }

    /// Nobody needs it.
    pub(super) fn forget(&self) {
        std::fs::remove_file(&self.0.path).unwrap();
    }
}

/// Sends requests to one of the servers and remembers what should never be answered.
pub(super) struct Caller<'a> {
    pub(super) world: &'a World,
    doors: Vec<String>,
    name: String,
    journal: Journal,
    /// Answers that were neither data nor a refusal.
    pub(super) faults: Vec<String>,
}

impl<'a> Caller<'a> {
    /// Somebody of this name.
    pub(super) fn new(world: &'a World, doors: &[String], name: String, journal: &Journal) -> Self {
        Self { world, doors: doors.to_vec(), name, journal: journal.clone(), faults: Vec::new() }
    }

    /// One request to the door of this number; `None` when nothing came back.
    pub(super) async fn ask(
        &mut self,
        door: usize,
        who: &Person,
        document: &str,
        variables: Value,
    ) -> Option<Value> {
        let door = door % self.doors.len();
        self.journal.note(&self.name, format_args!("to {door}: {document} {variables}"));
        let body = json!({ "query": document, "variables": variables });
        let request = self.world.http.post(format!("{}/graphql", self.doors[door])).json(&body);
        let request = request.bearer_auth(self.world.fresh_token(who)).timeout(Duration::from_secs(12));
        let answer = match request.send().await {
            Ok(answer) => answer.json::<Value>().await,
            Err(error) => Err(error),
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                self.journal.note(&self.name, format_args!("hears nothing: {error}"));
                return None;
            }
        };
        self.journal.note(&self.name, format_args!("hears {answer}"));
        // A server that cannot answer within ten seconds says so: as uncertain as no answer.
        if answer["errors"][0]["extensions"]["code"] == "TIMEOUT" {
            return None;
        }
        if answer.get("errors").is_some() {
            self.faults.push(answer.to_string());
            return None;
        }
        Some(answer["data"].clone())
    }

    /// One act; `None` when nothing came back.
    pub(super) async fn act(
        &mut self,
        door: usize,
        who: &Person,
        (name, select): (&str, &str),
        input: &Value,
    ) -> Option<Value> {
        let upper = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
        let document = format!(
            "mutation($input: {upper}Input!) {{ {name}(input: $input) {{ {select} userErrors {{ code }} }} }}"
        );
        let data = self.ask(door, who, &document, json!({ "input": input })).await?;
        Some(data[name].clone())
    }
}
