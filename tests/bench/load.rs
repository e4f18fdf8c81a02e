//! A closed loop: so many clients, each asks again as soon as it was answered.

use super::http::{Line, find};
use crate::{Explain, Result, Trouble};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Threads of the generator; each has its own half of the clients.
const THREADS: u64 = 2;
/// Bytes of an answer within which its marker must stand: searching all of it would cost more than reading it.
const MARKER_WITHIN: usize = 120;

/// What a request is made from: a number never given twice in this run, and one by chance.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    pub serial: u64,
    pub chance: u64,
}

/// Writes one whole request.
pub type Make = dyn Fn(Turn, &mut Vec<u8>) + Send + Sync;

/// What to send, and what an answer must hold to count.
#[derive(Clone)]
pub struct Load {
    pub make: Arc<Make>,
    pub marker: &'static str,
    pub serial: Arc<AtomicU64>,
}

/// What came of it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Outcome {
    /// Answers with the marker inside the measured time.
    pub answers: u64,
    /// Answers of any other kind, also while warming up.
    pub faults: u64,
    /// The first of them.
    pub first_fault: Option<String>,
    /// Refusals by code, also while warming up.
    pub refusals: BTreeMap<String, u64>,
    /// Good answers from the first to the last request, for counting rows.
    pub all_answers: u64,
    /// Bytes of the last body.
    pub body_bytes: u64,
    #[serde(skip)]
    pub times_us: Vec<u32>,
}

#[derive(Clone, Copy)]
struct Times {
    counted_from: Instant,
    end: Instant,
}

/// Starts the clients; the handle gives the outcome after `warm` and `measured`.
pub fn start(
    load: &Load,
    port: u16,
    clients: u64,
    (warm, measured): (Duration, Duration),
) -> std::thread::JoinHandle<Result<Outcome>> {
    let load = load.clone();
    let began = Instant::now();
    let times = Times { counted_from: began + warm, end: began + warm + measured };
    std::thread::spawn(move || {
        let halves: Vec<_> = (0..THREADS)
            .map(|thread| {
                let load = load.clone();
                let mine = clients / THREADS + u64::from(thread < clients % THREADS);
                std::thread::spawn(move || half(&load, port, (thread, mine), times))
            })
            .collect();
        let mut sum = Outcome::default();
        for half in halves {
            sum.add(half.join().map_err(|_| Trouble::new("a thread of the load generator broke"))??);
        }
        sum.times_us.sort_unstable();
        Ok(sum)
    })
}

fn half(load: &Load, port: u16, (thread, clients): (u64, u64), times: Times) -> Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.explain(|| "The load generator cannot start".to_owned())?;
    runtime.block_on(async {
        let mut set = JoinSet::new();
        for client in 0..clients {
            let seed = (client * THREADS + thread + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            set.spawn(one(load.clone(), port, seed, times));
        }
        let mut sum = Outcome::default();
        while let Some(ended) = set.join_next().await {
            sum.add(ended.explain(|| "A client of the load generator broke".to_owned())??);
        }
        Ok(sum)
    })
}

async fn one(load: Load, port: u16, seed: u64, times: Times) -> Result<Outcome> {
    let mut line = Line::open(port).await?;
    let mut outcome = Outcome { times_us: Vec::with_capacity(65_536), ..Outcome::default() };
    let mut request = Vec::with_capacity(2_048);
    let mut chance = seed;
    loop {
        chance = next_chance(chance);
        let serial = load.serial.fetch_add(1, Ordering::Relaxed);
        (load.make)(Turn { serial, chance }, &mut request);
        let sent = Instant::now();
        let answer = line.ask(&request).await?;
        let now = Instant::now();
        let is_good = outcome.judge(answer.status, answer.body, load.marker);
        if now >= times.end {
            return Ok(outcome);
        }
        if is_good && sent >= times.counted_from {
            outcome.answers += 1;
            outcome.times_us.push(u32::try_from((now - sent).as_micros()).unwrap_or(u32::MAX));
        }
    }
}

/// Xorshift: chance that a run with the same seed repeats.
fn next_chance(mut chance: u64) -> u64 {
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^ (chance << 17)
}

impl Outcome {
    /// Counts one answer; says whether it was a good one.
    pub fn judge(&mut self, status: u16, body: &[u8], marker: &str) -> bool {
        // Errors stand behind the data: only without them the body ends with two braces.
        let is_whole = status == 200 && body.starts_with(b"{\"data\":{") && body.ends_with(b"}}");
        let front = body.get(..body.len().min(MARKER_WITHIN)).unwrap_or_default();
        if is_whole && find(front, marker.as_bytes()).is_some() {
            self.all_answers += 1;
            self.body_bytes = u64::try_from(body.len()).unwrap_or(0);
            return true;
        }
        match code(body).filter(|_| is_whole) {
            Some(code) => *self.refusals.entry(code).or_default() += 1,
            None => {
                self.faults += 1;
                let text = || {
                    format!(
                        "{status} {}",
                        String::from_utf8_lossy(body).chars().take(300).collect::<String>()
                    )
                };
                self.first_fault.get_or_insert_with(text);
            }
        }
        false
    }

    /// The time that so many of a thousand answers took at most.
    pub fn quantile_us(&self, permille: usize) -> u64 {
        let last = self.times_us.len().saturating_sub(1);
        self.times_us.get(last * permille / 1_000).copied().map_or(0, u64::from)
    }

    /// Joins what another client counted.
    pub fn add(&mut self, other: Self) {
        self.answers += other.answers;
        self.all_answers += other.all_answers;
        self.faults += other.faults;
        self.body_bytes = self.body_bytes.max(other.body_bytes);
        self.times_us.extend(other.times_us);
        self.first_fault = self.first_fault.take().or(other.first_fault);
        for (code, count) in other.refusals {
            *self.refusals.entry(code).or_default() += count;
        }
    }
}

/// The first refusal code of a payload.
fn code(body: &[u8]) -> Option<String> {
    let wanted = b"\"code\":\"";
    let rest = body.get(find(body, wanted)? + wanted.len()..)?;
    let end = rest.iter().position(|byte| *byte == b'"')?;
    Some(String::from_utf8_lossy(rest.get(..end)?).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart() {
        let mut outcome = Outcome::default();
        assert!(outcome.judge(200, br#"{"data":{"a":{"order":{"id":"x"}}}}"#, "\"order\":{"));
        assert!(!outcome.judge(
            200,
            br#"{"data":{"a":{"order":null,"userErrors":[{"code":"SLOT_FULL"}]}}}"#,
            "\"order\":{"
        ));
        assert!(!outcome.judge(
            200,
            br#"{"data":{"a":{"order":{}}},"errors":[{"message":"x"}]}"#,
            "\"order\":{"
        ));
        assert!(!outcome.judge(500, b"x", "x"));
        assert_eq!((outcome.all_answers, outcome.faults), (1, 2));
        assert_eq!(outcome.refusals.get("SLOT_FULL"), Some(&1));
    }
}
