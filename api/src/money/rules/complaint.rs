//! Pure decisions about complaints: until when they are answered, what opens them again, which answers can be sent.

use chrono::{DateTime, Duration, Utc};

/// A payer is answered within so many hours (消费者投诉2.0).
pub const ANSWERED_WITHIN_H: i64 = 24;
/// Longest answer in characters: the platform takes 600 bytes, three for each Chinese character.
const ANSWER_MAX: usize = 200;
/// Most answers to one complaint.
pub const ANSWERS_MAX: usize = 20;
/// An answer whose words cannot be checked is sent unchecked so many minutes before it is late.
const UNCHECKED_BEFORE_MIN: i64 = 60;

/// Until when a payer who wrote at an instant is answered.
pub fn due_at(written_at: DateTime<Utc>) -> DateTime<Utc> {
    written_at + Duration::hours(ANSWERED_WITHIN_H)
}

/// Whether a step of the platform's means that somebody waits for an answer again.
pub fn reopens(action: &str) -> bool {
    matches!(
        action,
        "CREATE_COMPLAINT"
            | "CONTINUE_COMPLAINT"
            | "USER_RESPONSE"
            | "RESPONSE_BY_PLATFORM"
            | "USER_APPLY_PLATFORM_SERVICE"
    )
}

/// Whether the platform takes these words: 1 to 200 characters, none beyond U+FFFF.
pub fn is_answer(words: &str) -> bool {
    (1..=ANSWER_MAX).contains(&words.chars().count()) && words.chars().all(|letter| letter <= '\u{FFFF}')
}

/// When an answer that could not be checked goes on: at the next try of the check, or unchecked before it is late.
pub fn unchecked_at(next_try: DateTime<Utc>, due_at: DateTime<Utc>) -> DateTime<Utc> {
    next_try.min(due_at - Duration::minutes(UNCHECKED_BEFORE_MIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_payer_does_opens_a_complaint_again_and_what_we_do_does_not() {
        for action in ["CREATE_COMPLAINT", "CONTINUE_COMPLAINT", "USER_RESPONSE"] {
            assert!(reopens(action), "{action}");
        }
        for action in ["MERCHANT_RESPONSE", "MERCHANT_CONFIRM_COMPLETE", "SELLER_REFUND", ""] {
            assert!(!reopens(action), "{action}");
        }
    }

    #[test]
    fn an_answer_fits_six_hundred_bytes() {
        assert!(is_answer("好") && is_answer(&"好".repeat(200)));
        assert!(!is_answer("") && !is_answer(&"好".repeat(201)) && !is_answer("好😀"));
    }

    #[test]
    fn an_answer_is_rather_unchecked_than_late() {
        let due = DateTime::<Utc>::UNIX_EPOCH + Duration::hours(24);
        let hour = |hours: i64| due - Duration::hours(hours);
        assert_eq!(unchecked_at(hour(5), due), hour(5));
        assert_eq!(unchecked_at(hour(0), due), hour(1));
        assert_eq!(due_at(DateTime::<Utc>::UNIX_EPOCH), due);
    }
}
