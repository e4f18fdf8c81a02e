//! Pure decisions about calls for help.

use chrono::{DateTime, Duration, Utc};

/// Whoever is afraid presses more than once: within so many minutes it is one call. The project's own proposal.
const ONE_CALL_MIN: i64 = 10;
/// Longest note of the desk in characters.
const NOTE_MAX: usize = 500;

/// A call that began after this instant takes a press at `now` in.
pub fn same_call_since(now: DateTime<Utc>) -> DateTime<Utc> {
    now - Duration::minutes(ONE_CALL_MIN)
}

/// Whether the desk can write this down: 1 to 500 characters.
pub fn is_note(note: &str) -> bool {
    (1..=NOTE_MAX).contains(&note.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_minutes_are_one_call_and_a_note_says_something() {
        let now = DateTime::<Utc>::UNIX_EPOCH + Duration::minutes(10);
        assert_eq!(same_call_since(now), DateTime::<Utc>::UNIX_EPOCH);
        assert!(is_note("已到家") && !is_note("") && !is_note(&"字".repeat(501)));
    }
}
