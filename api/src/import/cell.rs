//! Reading cells: what stands in them, and why it cannot.

use chrono::{NaiveDate, NaiveTime};
use entities::enums::MealPeriod;

/// What a cell holds, or why it holds nothing of the kind.
pub type Read<T> = Result<T, String>;

/// A decimal with at most `places` digits after the point, as an integer of that unit: "12.5" with 2 is 1250.
/// No float is made on the way.
pub fn decimal(text: &str, places: u32) -> Read<i64> {
    let wrong = || format!("{text:?} is not a decimal number with at most {places} digits after the point");
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let length = u32::try_from(part.len()).map_err(|_| wrong())?;
    let ends_in_point = part.is_empty() && digits.ends_with('.');
    if whole.is_empty() || !is_number(whole) || !is_number(part) || length > places || ends_in_point {
        return Err(wrong());
    }
    let unit = 10_i64.pow(places);
    let whole: i64 = whole.parse().map_err(|_| wrong())?;
    let padded = format!("{part:0<width$}", width = usize::try_from(places).unwrap_or(0));
    let part: i64 = if padded.is_empty() { 0 } else { padded.parse().map_err(|_| wrong())? };
    let value = whole.checked_mul(unit).and_then(|whole| whole.checked_add(part)).ok_or_else(wrong)?;
    Ok(sign * value)
}

/// Yuan as fen; never negative.
pub fn fen(text: &str) -> Read<i64> {
    let fen = decimal(text, 2)?;
    if fen < 0 { Err(format!("{text:?} is less than nothing")) } else { Ok(fen) }
}

/// Degrees as millionths, between -`bound` and `bound` degrees.
pub fn degrees_e6(text: &str, bound: u32) -> Read<i32> {
    let e6 = decimal(text, 6)?;
    i32::try_from(e6)
        .ok()
        .filter(|e6| e6.unsigned_abs() <= bound * 1_000_000)
        .ok_or_else(|| format!("{text:?} is not within {bound} degrees"))
}

/// A whole number between two bounds.
pub fn whole(text: &str, least: i32, most: i32) -> Read<i32> {
    let number = text.parse::<i32>().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("{text:?} is not a whole number from {least} to {most}"))
}

/// A day such as 2026-06-01.
pub fn day(text: &str) -> Read<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| format!("{text:?} is not a day like 2026-06-01"))
}

/// A time of day such as 11:00.
pub fn time(text: &str) -> Read<NaiveTime> {
    NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| format!("{text:?} is not a time like 11:00"))
}

/// Yes or no.
pub fn flag(text: &str) -> Read<bool> {
    match text.to_lowercase().as_str() {
        "yes" | "true" | "1" | "是" => Ok(true),
        "no" | "false" | "0" | "否" => Ok(false),
        _ => Err(format!("{text:?} is not yes or no (是, 否)")),
    }
}

/// A meal of the day, in English or Chinese.
pub fn period(text: &str) -> Read<MealPeriod> {
    match text.to_uppercase().as_str() {
        "BREAKFAST" | "早餐" => Ok(MealPeriod::Breakfast),
        "LUNCH" | "午餐" | "中餐" => Ok(MealPeriod::Lunch),
        "DINNER" | "晚餐" => Ok(MealPeriod::Dinner),
        _ => Err(format!("{text:?} is not BREAKFAST, LUNCH or DINNER (早餐, 午餐, 晚餐)")),
    }
}

/// Parts joined by `;`, `；` or `、`, without empty ones.
pub fn list(text: &str) -> Vec<String> {
    text.split([';', '；', '、']).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yuan_become_fen_without_a_float() {
        let good =
            [("0", 0), ("12", 1_200), ("12.5", 1_250), ("12.50", 1_250), ("0.05", 5), ("00012.00", 1_200)];
        for (text, expected) in good {
            assert_eq!(fen(text), Ok(expected), "{text}");
        }
        let bad = ["", ".", ".5", "12.", "12.505", "1e3", "+1", " 1", "１", "12,5", "1.2.3", "-0.01", "--1"];
        for text in bad {
            assert!(fen(text).is_err(), "{text}");
        }
        assert!(fen("92233720368547758.08").is_err(), "past the end of an i64");
        assert_eq!(fen("92233720368547758.07"), Ok(i64::MAX));
    }

    #[test]
    fn degrees_become_millionths() {
        assert_eq!(degrees_e6("25.0132", 90), Ok(25_013_200));
        assert_eq!(degrees_e6("-0.000001", 90), Ok(-1));
        assert_eq!(degrees_e6("102.7415001", 180).ok(), None);
        assert!(degrees_e6("90.000001", 90).is_err() && degrees_e6("4000", 180).is_err());
        assert!(degrees_e6("-2147.483648", 180).is_err(), "the smallest i32 has no positive twin");
    }

    #[test]
    fn days_times_flags_and_meals_are_read_in_both_languages() {
        assert_eq!(day("2026-06-01").unwrap().to_string(), "2026-06-01");
        assert!(day("2026/06/01").is_err() && day("2026-02-30").is_err());
        assert_eq!(time("07:05").unwrap().to_string(), "07:05:00");
        assert!(time("24:00").is_err());
        assert_eq!((flag("是"), flag("No")), (Ok(true), Ok(false)));
        assert!(flag("").is_err());
        assert_eq!(period("午餐"), Ok(MealPeriod::Lunch));
        assert_eq!(period("dinner"), Ok(MealPeriod::Dinner));
        assert_eq!(list("蛋；奶; 大豆、"), ["蛋", "奶", "大豆"]);
        assert_eq!(whole("63", 0, 62).ok(), None);
    }
}
