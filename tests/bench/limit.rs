//! The limit: pgbench, prepared, over the same kind of connection, with the statements that the server sends.

use super::capture::Statement;
use super::gauge;
use super::world::World;
use crate::servers::Folder;
use crate::{Explain, Result, Trouble};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// Seconds at the beginning that do not count: every connection plans each statement several times first.
const SKIPPED: u64 = 1;

/// A script of pgbench with the values it is called with.
#[derive(Debug, Clone, Default)]
pub struct Script {
    text: String,
    values: Vec<(String, String)>,
    statements: usize,
}

/// What pgbench reached.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Reached {
    pub rate: u64,
    pub transactions: u64,
    pub p50_us: u64,
    pub p99_us: u64,
    pub postgres_us: u64,
}

impl Script {
    /// A script that first computes variables, in pgbench's own language.
    pub fn new(settings: &str) -> Self {
        Self { text: settings.to_owned(), ..Self::default() }
    }

    /// Adds a statement with the values that the server sent; `instead` has expressions for some of its places.
    pub fn with(mut self, statement: &Statement, instead: &[(usize, String)]) -> Self {
        self.statements += 1;
        let number = self.statements;
        let mut pieces = statement.text.split('$');
        let mut text = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let digits = piece.bytes().take_while(u8::is_ascii_digit).count();
            let (place, rest) = piece.split_at(digits);
            let Ok(place) = place.parse::<usize>() else {
                text.push('$');
                text.push_str(piece);
                continue;
            };
            let expression = instead.iter().find(|(other, _)| *other == place).map(|(_, text)| text.clone());
            let value = || statement.values.get(place.saturating_sub(1)).cloned().flatten();
            text.push_str(&expression.unwrap_or_else(|| self.place(number, place, value())));
            text.push_str(rest);
        }
        self.text.push_str(&text);
        self.text.push_str(";\n");
        self
    }

    /// A value goes as a parameter, as from the server. pgbench knows neither NULL nor empty ones.
    fn place(&mut self, statement: usize, place: usize, value: Option<String>) -> String {
        match value {
            None => "NULL".to_owned(),
            Some(text) if text.is_empty() => "''".to_owned(),
            Some(text) => {
                let name = format!("s{statement}p{place}");
                if !self.values.iter().any(|(known, _)| *known == name) {
                    self.values.push((name.clone(), text));
                }
                format!(":{name}")
            }
        }
    }
}

/// Runs a script against the copy of the database, `first` being the variable `base` of scripts that count.
pub async fn run(
    world: &World,
    program: &Path,
    script: &Script,
    (connections, first): (u64, u64),
    time: Duration,
) -> Result<Reached> {
    let folder = Folder::in_memory()?;
    let file = folder.path().join("script.sql");
    std::fs::write(&file, &script.text).explain(|| "The script of pgbench cannot be written".to_owned())?;
    let mut command = Command::new(program);
    command.env_clear().env("LC_ALL", "C").kill_on_drop(true);
    if let Some(home) = program.parent().and_then(Path::parent) {
        command.env("LD_LIBRARY_PATH", home.join("lib"));
    }
    command.args(["--no-vacuum", "--protocol=prepared", "--jobs=2"]);
    command.args(["--log", "--sampling-rate=0.1", "--progress=1"]);
    command.arg(format!("--log-prefix={}", folder.path().join("times").display()));
    command.arg(format!("--client={connections}")).arg(format!("--time={}", time.as_secs() + SKIPPED));
    for (name, value) in script.values.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain([
        ("base", first.to_string().as_str()),
        ("clients", connections.to_string().as_str()),
        ("i", "0"),
    ]) {
        command.arg(format!("--define={name}={value}"));
    }
    command.arg("--file").arg(&file).args(["-h", "127.0.0.1", "-U", "postgres"]);
    command.args(["-p", &world.postgres_port()?, super::world::LIMIT]).stdin(Stdio::null());
    let before = gauge::family_cpu_us(world.postgres.pid());
    let output = command.output().await.explain(|| format!("{} cannot be started", program.display()))?;
    let used = gauge::family_cpu_us(world.postgres.pid()).saturating_sub(before);
    let said = String::from_utf8_lossy(&output.stdout);
    let told = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() || !said.contains("tps = ") {
        let why: Vec<&str> =
            told.lines().filter(|line| line.to_lowercase().contains("error")).take(3).collect();
        return Err(Trouble::new(format!("pgbench failed: {}\n{}", why.join(" | "), script.text)));
    }
    let transactions = number(&said, "number of transactions actually processed: ");
    let (p50_us, p99_us) = quantiles(folder.path());
    let postgres_us = used / transactions.max(1);
    Ok(Reached { rate: steady(&told), transactions, p50_us, p99_us, postgres_us })
}

/// The mean of what pgbench tells every second, the first ones left out.
fn steady(told: &str) -> u64 {
    let seconds = told.lines().filter(|line| line.starts_with("progress: "));
    let rates: Vec<u64> =
        seconds.skip(usize::try_from(SKIPPED).unwrap_or(0)).map(|line| number(line, " s, ")).collect();
    rates.iter().sum::<u64>() / u64::try_from(rates.len()).unwrap_or(0).max(1)
}

/// The whole number behind some words.
fn number(text: &str, words: &str) -> u64 {
    let rest = text.split_once(words).map_or("", |(_, rest)| rest);
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

/// From the log of each thread of pgbench: the third word of a line is a time in microseconds, the fifth when it ended.
fn quantiles(folder: &Path) -> (u64, u64) {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_log =
        |file: &PathBuf| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("times"));
    let mut ended: Vec<(u64, u64)> = Vec::new();
    for file in files.filter(is_log) {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let read = |line: &str| {
            let mut words = line.split(' ').skip(2).step_by(2).map(|word| word.parse::<u64>().ok());
            Some((words.next()??, words.next()??))
        };
        ended.extend(text.lines().filter_map(read));
    }
    let began = ended.iter().map(|(_, at)| *at).min().unwrap_or(0);
    let late = ended.iter().filter(|(_, at)| *at > began + SKIPPED);
    let mut times: Vec<u64> = late.map(|(took, _)| *took).collect();
    times.sort_unstable();
    let at =
        |permille: usize| times.get(times.len().saturating_sub(1) * permille / 1_000).copied().unwrap_or(0);
    (at(500), at(990))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_become_variables_expressions_and_constants() {
        let statement = Statement {
            text: "SELECT $1::uuid, $2, $3, $10".to_owned(),
            values: ["a", "", "c"].map(|text| Some(text.to_owned())).into(),
        };
        let script = Script::new("\\set i 1\n").with(&statement, &[(1, "f(:i)".to_owned())]);
        assert_eq!(script.text, "\\set i 1\nSELECT f(:i)::uuid, '', :s1p3, NULL;\n");
        assert_eq!(script.values, [("s1p3".to_owned(), "c".to_owned())]);
    }

    #[test]
    fn the_figures_are_found_in_what_pgbench_says() {
        assert_eq!(number("number of transactions actually processed: 120\n", "actually processed: "), 120);
        let told = "pgbench (15)\nprogress: 1.0 s, 10.0 tps, lat\nprogress: 2.0 s, 300.9 tps, lat\nprogress: 3.0 s, 400.0 tps, lat\n";
        assert_eq!(steady(told), 350);
    }
}
