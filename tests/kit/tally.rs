//! Counts of test runs, read from each runner's own last words.

/// What a test says that lacks something on this machine. The runner shows it after its summary (.config/nextest.toml).
const NOT_RUN: &str = "not run: ";

/// How many tests ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
}

impl Tally {
    /// Takes what one line of output tells: nextest's summary, one of cargo test's results, or one of Node's counts
    /// (those of cargo test and Node add up). A test that passed by saying that it could not run is skipped; what cargo test
    /// filtered out is not: the step had asked for others by their name.
    pub fn read(&mut self, line: &str) {
        let line = plain(line);
        let line = line.trim();
        if line.starts_with("Summary [") {
            let Some((_, counts)) = line.split_once("run:") else { return };
            *self = Self::default();
            self.add(counts);
        } else if line.starts_with(NOT_RUN) {
            self.passed = self.passed.saturating_sub(1);
            self.skipped += 1;
        } else if let Some(counts) = line.strip_prefix("test result:") {
            self.add(counts.split_once('.').map_or(counts, |(_, counts)| counts));
        } else if let Some((kind, count)) = line.strip_prefix("ℹ ").and_then(|counts| counts.split_once(' '))
        {
            let count = count.parse().unwrap_or(0);
            match kind {
                "pass" => self.passed += count,
                "fail" | "cancelled" => self.failed += count,
                "skipped" | "todo" => self.skipped += count,
                _ => {}
            }
        }
    }

    /// Adds up texts like `8 passed (1 slow), 1 failed, 1 timed out, 2 skipped`.
    fn add(&mut self, counts: &str) {
        for part in counts.split([',', ';', '(', ')']) {
            let mut words = part.split_whitespace();
            let Some(count) = words.next().and_then(|word| word.parse::<u64>().ok()) else { continue };
            match (words.next(), words.next()) {
                (Some("passed"), _) => self.passed += count,
                (Some("failed"), _) | (Some("timed"), Some("out")) | (Some("exec"), Some("failed")) => {
                    self.failed += count;
                }
                (Some("skipped" | "ignored"), _) => self.skipped += count,
                _ => {}
            }
        }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// The line without colours.
fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line.chars();
    while let Some(letter) = rest.next() {
        if letter == '\u{1b}' {
            rest.by_ref().find(char::is_ascii_alphabetic);
        } else {
            text.push(letter);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> [u64; 3] {
        let mut tally = Tally::default();
        lines.iter().for_each(|line| tally.read(line));
        [tally.passed, tally.failed, tally.skipped]
    }

    #[test]
    fn counts_are_those_of_the_runner() {
        let cases: [(&[&str], [u64; 3]); 8] = [
            (&["     Summary [   0.931s] 3 tests run: 3 passed, 0 skipped"], [3, 0, 0]),
            (
                &[
                    "Summary [  61.1s] 10 tests run: 8 passed (1 slow, 1 flaky), 1 failed, 1 timed out, 2 skipped",
                ],
                [8, 2, 2],
            ),
            (&["Summary [  1.1s] 2/9 tests run: 1 passed, 1 exec failed, 0 skipped"], [1, 1, 0]),
            (
                &[
                    "\u{1b}[32;1m     Summary\u{1b}[0m [   0.9s] \u{1b}[1m1\u{1b}[0m test run: \u{1b}[1m1\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, 0 skipped",
                ],
                [1, 0, 0],
            ),
            (
                &[
                    "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.00s",
                    "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
                ],
                [4, 2, 1],
            ),
            (
                &[
                    "Summary [  9.9s] 2 tests run: 2 passed, 0 skipped",
                    "ℹ tests 6",
                    "ℹ pass 3",
                    "\u{1b}[34mℹ fail 1\u{1b}[39m",
                    "ℹ cancelled 1",
                    "ℹ skipped 1",
                    "ℹ duration_ms 168613.1",
                    "ℹ pass 5",
                ],
                [10, 2, 1],
            ),
            (
                &[
                    "Summary [  9.9s] 5 tests run: 5 passed, 1 skipped",
                    "    not run: \"python3\" \"-m\" \"venv\": No such file or directory (os error 2)",
                ],
                [4, 0, 2],
            ),
            (&["        PASS [   0.006s] a_summary_of 3 tests run: 9 passed"], [0, 0, 0]),
        ];
        for (lines, counts) in cases {
            assert_eq!(read(lines), counts, "{lines:?}");
        }
    }
}
