//! How far a number may go that a person or a test sets: within these bounds no moment and no sum can overflow.

use std::{fmt::Display, ops::RangeInclusive};

/// The years in which a simulator can live: 2000 to 2099, unix seconds.
pub const MOMENTS: RangeInclusive<i64> = 946_684_800..=4_102_444_799;
/// Waits in virtual time: up to a year.
pub const WAITS_S: RangeInclusive<i64> = 0..=366 * 86_400;
/// Waits in real time: up to two minutes.
pub const WAITS_MS: RangeInclusive<i64> = 0..=120_000;
/// Copies of a notification.
pub const COPIES: RangeInclusive<i64> = 0..=100;
/// HTTP statuses of a refusal.
pub const REFUSALS: RangeInclusive<i64> = 400..=599;
/// The merchant's balance in fen: up to ten million million yuan.
pub const BALANCES_FEN: RangeInclusive<i64> = 0..=1_000_000_000_000_000;
/// The largest number that the platform takes. Its tables say `int` and no limit of amounts; 32 bits are the stricter reading.
pub const WHOLE_MAX: i64 = i32::MAX as i64;
/// Planted changes of an amount, in fen.
pub const CHANGES_FEN: RangeInclusive<i64> = -WHOLE_MAX..=WHOLE_MAX;
/// Invented rows in all bills together.
pub const INVENTED_MAX: u64 = 200_000;

/// Refuses a number outside of its bounds, with a sentence that names them.
pub fn check<T: PartialOrd + Display>(name: &str, value: T, bounds: RangeInclusive<T>) -> Result<(), String> {
    if bounds.contains(&value) {
        return Ok(());
    }
    Err(format!("{name} must lie between {} and {}; {value} does not", bounds.start(), bounds.end()))
}

/// Refuses a moment outside of the years 2000 to 2099.
pub fn check_moment(name: &str, at: i64) -> Result<(), String> {
    if MOMENTS.contains(&at) {
        return Ok(());
    }
    Err(format!("{name} must be unix seconds of the years 2000 to 2099; {at} is not"))
}

/// A sum of money that stops at its type's end instead of going round it.
pub fn sum_fen(fens: impl Iterator<Item = i64>) -> i64 {
    fens.fold(0, i64::saturating_add)
}
