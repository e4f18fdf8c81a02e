//! Pure decisions that need more than one visit: two at once, faster than a car, split orders, a pair that stands out.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use uuid::Uuid;

use super::limits::{daily_minutes, limits};
use super::{Miss, miss};
use crate::directory::distance::distance_m;

/// One end of a visit as it was proven.
#[derive(Clone, Copy, Debug)]
pub struct End {
    /// When the server heard of it.
    pub server_at: DateTime<Utc>,
    /// The phone's own time, when it came in a signed queue.
    pub signed_at: Option<DateTime<Utc>>,
    /// Millionths of a degree; `None` when it was not told.
    pub at_e6: Option<(i32, i32)>,
    /// How far off the place may be, in metres.
    pub accuracy_m: i32,
}

/// When a carer came and left, as it counts.
///
/// The server's time is the truth. The phone's time counts when both ends came in a signed queue, are in order, not in the
/// future, and lie no farther than two hours beside the booking. Of one end alone it counts only against the carer: who came
/// with network and left without it has left when the phone says so, not when it handed that in.
pub fn stay(
    (came, left): (&End, &End),
    (starts_at, ends_at): (DateTime<Utc>, DateTime<Utc>),
) -> (DateTime<Utc>, DateTime<Utc>) {
    let both = came.signed_at.zip(left.signed_at).filter(|(from, until)| {
        let is_past = *from <= came.server_at && *until <= left.server_at;
        from < until
            && is_past
            && is_near(*from, (starts_at, ends_at))
            && is_near(*until, (starts_at, ends_at))
    });
    let left_before = left
        .signed_at
        .filter(|until| came.signed_at.is_none() && came.server_at <= *until && *until <= left.server_at);
    both.unwrap_or((came.server_at, left_before.unwrap_or(left.server_at)))
}

/// When one end counts as said: the phone's time under the same conditions, as far as one end can fulfil them.
pub fn moment(end: &End, booking: (DateTime<Utc>, DateTime<Utc>)) -> DateTime<Utc> {
    let signed = end.signed_at.filter(|at| *at <= end.server_at && is_near(*at, booking));
    signed.unwrap_or(end.server_at)
}

fn is_near(at: DateTime<Utc>, (starts_at, ends_at): (DateTime<Utc>, DateTime<Utc>)) -> bool {
    let beside = Duration::minutes(limits().beside_booking_min);
    starts_at - beside <= at && at <= ends_at + beside
}

/// A visit of a carer with both ends proven.
#[derive(Clone, Copy, Debug)]
pub struct Stay {
    /// Of which order.
    pub order: Uuid,
    /// When the carer came.
    pub came_at: DateTime<Utc>,
    /// When the carer left.
    pub left_at: DateTime<Utc>,
    /// The proof of coming.
    pub came: End,
    /// The proof of leaving.
    pub left: End,
}

/// Other visits of the same carer that cannot be true together with this one; each with what both orders get.
pub fn conflicts(mine: &Stay, others: &[Stay]) -> Vec<(Uuid, Miss)> {
    let (mut found, mut before, mut after) = (Vec::new(), None::<&Stay>, None::<&Stay>);
    for other in others.iter().filter(|other| other.order != mine.order) {
        if other.left_at <= mine.came_at {
            before = before.filter(|best| best.left_at >= other.left_at).or(Some(other));
        } else if mine.left_at <= other.came_at {
            after = after.filter(|best| best.came_at <= other.came_at).or(Some(other));
        } else {
            found.push((other.order, miss("OVERLAP", "同一时间在另一位老人家服务".to_owned())));
        }
    }
    let ways = [before.map(|other| (other, other, mine)), after.map(|other| (other, mine, other))];
    for (other, from, to) in ways.into_iter().flatten() {
        found.extend(too_fast(from, to).map(|miss| (other.order, miss)));
    }
    found
}

/// The way from one home to the next, when nobody can travel like that. Neighbours are near enough for any time; what the
/// two places may be off is left out of the way, but no more than an accuracy that would pass.
fn too_fast(from: &Stay, to: &Stay) -> Option<Miss> {
    let (here, there) = from.left.at_e6.zip(to.came.at_e6)?;
    let distance_m = distance_m(here, there);
    if distance_m <= limits().nearby_m {
        return None;
    }
    let off = |end: &End| i64::from(end.accuracy_m.clamp(0, limits().accuracy_m));
    let way_m = (i64::from(distance_m) - off(&from.left) - off(&to.came)).max(0);
    let seconds = (to.came_at - from.left_at).num_seconds();
    // km/h is 3.6 times m/s: no float is needed.
    let is_too_fast = way_m * 3_600 > limits().speed_km_h * 1_000 * seconds;
    is_too_fast.then(|| {
        let minutes = seconds / 60;
        miss("TOO_FAST", format!("两家相距约{way_m}米，路上只用了{minutes}分钟"))
    })
}

/// Orders of one elder, service and day, when there are several and their minutes together pass the cap.
pub fn split_orders(service: &str, minutes: &[i64]) -> Option<Miss> {
    let (sum, cap) = (minutes.iter().sum::<i64>(), daily_minutes(service));
    let is_split = minutes.len() > 1 && sum > cap;
    is_split.then(|| {
        miss("SPLIT_ORDERS", format!("同一天同一服务有{}单，共{sum}分钟，超过{cap}分钟", minutes.len()))
    })
}

/// A carer and an elder with so many flags in a month.
pub fn collusion(flags: i64) -> Option<Miss> {
    let words = || format!("本月与同一位老人的服务有{flags}条异常，需要人工核查");
    (flags >= limits().flags_a_month).then(|| miss("COLLUSION", words()))
}

/// The first day of the month of a day, and of the month after it.
pub fn month_of(day: NaiveDate) -> (NaiveDate, NaiveDate) {
    use chrono::{Datelike as _, Months};
    let first = day.with_day(1).unwrap_or(day);
    (first, first + Months::new(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        format!("2026-06-04T{text}:00Z").parse().unwrap()
    }

    fn end(text: &str, metres_north: i32) -> End {
        let at_e6 = Some((25_000_000 + metres_north * 9, 102_700_000));
        End { server_at: at(text), signed_at: None, at_e6, accuracy_m: 0 }
    }

    fn visit(number: u128, (from, until): (&str, &str), metres_north: i32) -> Stay {
        let (came, left) = (end(from, metres_north), end(until, metres_north));
        Stay { order: Uuid::from_u128(number), came_at: at(from), left_at: at(until), came, left }
    }

    #[test]
    fn nobody_is_in_two_homes_or_faster_than_a_car() {
        let mine = visit(1, ("10:00", "12:00"), 0);
        let cases = [
            (("08:00", "09:50"), 9_900, vec![]),
            (("08:00", "09:50"), 10_100, vec!["TOO_FAST"]),
            (("12:10", "13:00"), 9_900, vec![]),
            (("12:10", "13:00"), 10_100, vec!["TOO_FAST"]),
            (("12:00", "13:00"), 0, vec![]),
            (("12:00", "13:00"), 200, vec![]),
            (("12:00", "13:00"), 202, vec!["TOO_FAST"]),
            (("11:59", "13:00"), 0, vec!["OVERLAP"]),
            (("10:30", "11:00"), 0, vec!["OVERLAP"]),
            (("09:00", "13:00"), 0, vec!["OVERLAP"]),
        ];
        for (times, metres, wanted) in cases {
            let found = conflicts(&mine, &[mine, visit(2, times, metres)]);
            let rules: Vec<_> = found.iter().map(|(_, miss)| miss.rule).collect();
            assert_eq!(rules, wanted, "{times:?} {metres}");
            assert!(found.iter().all(|(order, miss)| *order == Uuid::from_u128(2) && miss.holds_line));
        }
    }

    #[test]
    fn the_way_counts_from_the_nearest_visit_and_without_what_the_places_may_be_off() {
        let mine = visit(1, ("10:00", "12:00"), 10_100);
        let others = [visit(2, ("07:00", "09:50"), 10_000), visit(3, ("06:00", "06:30"), 0)];
        assert_eq!(conflicts(&mine, &others), []);
        let mut blurred = visit(2, ("08:00", "10:00"), 300);
        let home = visit(1, ("10:00", "12:00"), 0);
        blurred.left.accuracy_m = 5_000;
        assert_eq!(
            conflicts(&home, &[blurred])[0].1.rule,
            "TOO_FAST",
            "no more than an accuracy that passes"
        );
        let mut near = visit(2, ("08:00", "09:59"), 1_090);
        assert_eq!(conflicts(&home, &[near])[0].1.rule, "TOO_FAST");
        near.left.accuracy_m = 100;
        assert_eq!(conflicts(&home, &[near]), []);
        near.left.at_e6 = None;
        assert_eq!(conflicts(&home, &[near]), []);
    }

    #[test]
    fn the_phones_time_counts_only_when_both_ends_may() {
        let booking = (at("10:00"), at("12:00"));
        let signed = |server: &str, device: &str| End { signed_at: Some(at(device)), ..end(server, 0) };
        let server = (at("14:00"), at("14:01"));
        let cases = [
            (signed("14:00", "10:05"), signed("14:01", "11:55"), (at("10:05"), at("11:55"))),
            (signed("14:00", "11:55"), signed("14:01", "10:05"), server),
            (signed("14:00", "07:59"), signed("14:01", "11:55"), server),
            (signed("14:00", "10:05"), signed("14:01", "14:01"), server),
            (signed("14:00", "10:05"), end("14:01", 0), server),
            (signed("10:00", "10:05"), signed("12:00", "11:00"), (at("10:00"), at("12:00"))),
            (end("10:00", 0), signed("12:00", "10:20"), (at("10:00"), at("10:20"))),
            (end("10:00", 0), signed("12:00", "09:50"), (at("10:00"), at("12:00"))),
            (end("10:00", 0), signed("12:00", "12:05"), (at("10:00"), at("12:00"))),
        ];
        for (came, left, wanted) in cases {
            assert_eq!(stay((&came, &left), booking), wanted, "{came:?} {left:?}");
        }
        assert_eq!(moment(&signed("14:00", "10:05"), booking), at("10:05"));
        assert_eq!(moment(&signed("10:00", "10:05"), booking), at("10:00"), "the future does not count");
    }

    #[test]
    fn several_orders_of_a_day_are_split_when_they_pass_the_cap() {
        let is_split = |service, minutes: &[i64]| split_orders(service, minutes).is_some();
        assert!(!is_split("cleaning_help", &[181]) && !is_split("cleaning_help", &[90, 90]));
        assert!(is_split("cleaning_help", &[90, 91]) && !is_split("haircut", &[120, 120]));
        assert!(is_split("haircut", &[100, 100, 41]));
    }

    #[test]
    fn a_month_has_room_for_two_flags() {
        assert!(collusion(2).is_none() && collusion(3).is_some_and(|miss| miss.holds_line));
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(month_of(day("2026-12-31")), (day("2026-12-01"), day("2027-01-01")));
    }
}
