//! The table, and the same as JSON.

use super::Size;
use super::cases::Case;
use super::dispatch::Day;
use super::rounds::Round;
use super::rush::Rush;
use crate::{Result, Trouble};
use serde::Serialize;
use std::fmt;
use std::time::Duration;

/// What came out of everything.
#[derive(Serialize)]
pub struct Table {
    elders: u64,
    orders: u64,
    cases: Vec<Row>,
    pub rush: Option<Rush>,
    pub dispatch: Option<Day>,
    pub took: Duration,
}

#[derive(Serialize)]
struct Row {
    key: &'static str,
    title: &'static str,
    clients: u64,
    aim_milli: Option<u64>,
    limits: Vec<Against>,
    rounds: Vec<Round>,
}

#[derive(Serialize)]
struct Against {
    title: &'static str,
    connections: u64,
    ratio_milli: u64,
}

const HEADS: [&str; 13] = [
    "case",
    "clients",
    "per s",
    "ratio",
    "aim",
    "p50 ms",
    "p99 ms",
    "SQL",
    "server us",
    "pg us",
    "client us",
    "RSS MB",
    "peak MB",
];

impl Table {
    pub fn new(size: Size) -> Self {
        Self {
            elders: size.elders,
            orders: size.orders,
            cases: Vec::new(),
            rush: None,
            dispatch: None,
            took: Duration::ZERO,
        }
    }

    /// Adds a round of a case.
    pub fn add(&mut self, case: &Case, round: Round) {
        if let Some(row) = self.cases.iter_mut().find(|row| row.key == case.key) {
            row.rounds.push(round);
            row.compare();
            return;
        }
        let against = |limit: &super::cases::Limit| Against {
            title: limit.title,
            connections: limit.connections,
            ratio_milli: 0,
        };
        let mut row = Row {
            key: case.key,
            title: case.title,
            clients: case.clients,
            aim_milli: case.aim,
            limits: case.limits.iter().map(against).collect(),
            rounds: vec![round],
        };
        row.compare();
        self.cases.push(row);
    }

    /// Everything as JSON, every round by itself.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_else(|error| format!("\"{error}\""))
    }

    /// Refuses figures that rest on wrong answers. A missed aim is no error: it is what the bench is for.
    pub fn verdict(&self) -> Result<()> {
        let faults = self
            .cases
            .iter()
            .flat_map(|row| &row.rounds)
            .find(|round| round.ours.faults > 0 || !round.ours.refusals.is_empty());
        if let Some(round) = faults {
            let (ours, first) = (&round.ours, round.ours.first_fault.as_deref().unwrap_or("none"));
            return Err(Trouble::new(format!(
                "refusals {:?}, {} faults, the first: {first}",
                ours.refusals, ours.faults
            )));
        }
        if let Some(day) = self.dispatch.as_ref().filter(|day| day.wrong > 0) {
            return Err(Trouble::new(format!("the day of dispatch went wrong: {day:?}")));
        }
        match &self.rush {
            Some(rush) if !rush.is_right() => Err(Trouble::new(format!("the rush went wrong: {rush:?}"))),
            _ => Ok(()),
        }
    }
}

impl Row {
    fn compare(&mut self) {
        for (place, against) in self.limits.iter_mut().enumerate() {
            let ratio = |round: &Round| {
                round.ours.rate * 1_000 / round.limits.get(place).map_or(1, |reached| reached.rate.max(1))
            };
            against.ratio_milli = median(self.rounds.iter().map(ratio).collect());
        }
    }

    fn ours(&self, take: impl Fn(&Round) -> u64) -> u64 {
        median(self.rounds.iter().map(take).collect())
    }

    fn lines(&self) -> Vec<[String; 13]> {
        let main = self.limits.first().map_or(0, |limit| limit.ratio_milli);
        let mut lines = vec![[
            format!("{:<4}{}", self.key, self.title),
            self.clients.to_string(),
            self.ours(|round| round.ours.rate).to_string(),
            milli(main, 2),
            self.aim_milli.map(|aim| milli(aim, 2)).unwrap_or_default(),
            milli(self.ours(|round| round.ours.p50_us), 2),
            milli(self.ours(|round| round.ours.p99_us), 2),
            milli(self.ours(|round| round.ours.statements_milli), 2),
            self.ours(|round| round.ours.server_us).to_string(),
            self.ours(|round| round.ours.postgres_us).to_string(),
            self.ours(|round| round.ours.client_us).to_string(),
            milli(self.ours(|round| round.ours.rss_kb), 1),
            milli(self.ours(|round| round.ours.peak_kb), 1),
        ]];
        for (place, limit) in self.limits.iter().enumerate() {
            let of = |take: &dyn Fn(&super::limit::Reached) -> u64| {
                median(self.rounds.iter().filter_map(|round| round.limits.get(place)).map(take).collect())
            };
            let mut line: [String; 13] = Default::default();
            let cells = [
                format!("      pgbench: {}", limit.title),
                limit.connections.to_string(),
                of(&|reached| reached.rate).to_string(),
                milli(limit.ratio_milli, 2),
                String::new(),
                milli(of(&|reached| reached.p50_us), 2),
                milli(of(&|reached| reached.p99_us), 2),
                String::new(),
                String::new(),
                of(&|reached| reached.postgres_us).to_string(),
            ];
            for (cell, text) in line.iter_mut().zip(cells) {
                *cell = text;
            }
            lines.push(line);
        }
        lines
    }
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "\n{} elders, {} orders; PostgreSQL flushes every commit; medians of the rounds",
            self.elders, self.orders
        )?;
        writeln!(
            out,
            "ratio: the server's rate by pgbench's in the same round; SQL: statements an answer; us: processor time an answer\n"
        )?;
        let mut lines = vec![HEADS.map(str::to_owned)];
        lines.extend(self.cases.iter().flat_map(Row::lines));
        let mut widths = [0; 13];
        for line in &lines {
            for (width, cell) in widths.iter_mut().zip(line) {
                *width = cell.len().max(*width);
            }
        }
        for line in &lines {
            let cells = line.iter().zip(widths).enumerate().map(|(place, (cell, width))| match place {
                0 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            });
            writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
        }
        if let Some(rush) = &self.rush {
            let right = if rush.is_right() { "right" } else { "WRONG" };
            writeln!(
                out,
                "e   2,000 at once for 200 places: {right}; {} ms, placed {}, refused {:?}, faults {}",
                rush.wall_ms, rush.placed, rush.refusals, rush.faults
            )?;
        }
        if let Some(day) = &self.dispatch {
            write_day(out, day)?;
        }
        for row in &self.cases {
            let reached = row.limits.first().map_or(0, |limit| limit.ratio_milli);
            if let Some(aim) = row.aim_milli.filter(|aim| reached < *aim) {
                writeln!(
                    out,
                    "below its aim: {} {} reaches {} of {}",
                    row.key,
                    row.title,
                    milli(reached, 2),
                    milli(aim, 2)
                )?;
            }
        }
        writeln!(out, "took {} s", self.took.as_secs())
    }
}

fn write_day(out: &mut fmt::Formatter<'_>, day: &Day) -> fmt::Result {
    let right = if day.wrong == 0 { "right" } else { "WRONG" };
    writeln!(
        out,
        "f   dispatch, {} carers and {} orders of a day, timed in process: {right}",
        day.carers, day.orders
    )?;
    for decisions in &day.cases {
        writeln!(
            out,
            "      {}: {} decisions, median {} ms, p99 {} ms, SQL {}",
            decisions.title,
            decisions.count,
            milli(decisions.p50_us, 2),
            milli(decisions.p99_us, 2),
            milli(decisions.statements_milli, 2)
        )?;
    }
    Ok(())
}

fn median(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    let count = values.len();
    let at = |place: usize| values.get(place).copied().unwrap_or(0);
    if count % 2 == 1 { at(count / 2) } else { (at((count / 2).saturating_sub(1)) + at(count / 2)) / 2 }
}

/// Thousandths as a number with so many digits behind the point.
fn milli(value: u64, digits: u32) -> String {
    let unit = 10_u64.pow(3 - digits.min(3));
    let rounded = (value + unit / 2) / unit;
    let whole = 1_000 / unit;
    let width = usize::try_from(digits).unwrap_or(0);
    format!("{}.{:0width$}", rounded / whole, rounded % whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousandths_are_rounded() {
        assert_eq!(
            (milli(455, 2).as_str(), milli(1_999, 2).as_str(), milli(12_345, 1).as_str()),
            ("0.46", "2.00", "12.3")
        );
    }

    #[test]
    fn the_middle_of_two_is_their_mean() {
        assert_eq!((median(vec![4, 2]), median(vec![9, 1, 5]), median(vec![])), (3, 5, 0));
    }
}
