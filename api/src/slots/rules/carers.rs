//! Pure decisions about carers' time: quarters of an hour, who is free when, in which order carers are asked.

use std::collections::HashSet;
use std::ops::Range;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use entities::enums::Sex;
use uuid::Uuid;

use crate::directory::distance::distance_m;
use crate::kit::clock::start_of_day;

/// Length of a quarter of an hour in seconds: the grain of carers' time.
pub const QUARTER_S: i64 = 900;
/// Metres a minute in town and in the country, for an estimate of the way: 15 and 30 km/h.
const TOWN_M_PER_MIN: u32 = 250;
/// See `TOWN_M_PER_MIN`.
const COUNTRY_M_PER_MIN: u32 = 500;

/// The quarter in which an instant lies, counted from 1970.
pub fn quarter_of(at: DateTime<Utc>) -> i32 {
    i32::try_from(at.timestamp().div_euclid(QUARTER_S)).unwrap_or(i32::MAX)
}

/// The instant at which a quarter begins.
pub fn start_of(quarter: i32) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::seconds(i64::from(quarter) * QUARTER_S)
}

/// Whether a visit may begin then: on a quarter of an hour.
pub fn is_on_grain(at: DateTime<Utc>) -> bool {
    at.timestamp().rem_euclid(QUARTER_S) == 0 && at.timestamp_subsec_nanos() == 0
}

/// Quarters of so many minutes, rounded up.
pub fn quarters(minutes: i64) -> i32 {
    i32::try_from((minutes * 60 + QUARTER_S - 1).div_euclid(QUARTER_S)).unwrap_or(i32::MAX)
}

/// Quarters of a service day.
pub fn day_quarters(day: NaiveDate) -> Range<i32> {
    let first = quarter_of(start_of_day(day));
    first..first + 96
}

/// Quarters that a visit takes of a carer: the visit, and the way after it.
pub fn taken(starts_at: DateTime<Utc>, duration_min: i64, buffer_min: i16) -> Range<i32> {
    let first = quarter_of(starts_at);
    first..first + quarters(duration_min) + quarters(i64::from(buffer_min))
}

/// One carer on one day.
#[derive(Clone, Debug)]
pub struct Day {
    /// Who.
    pub carer: Uuid,
    /// For the wish "only a woman", "only a man".
    pub sex: Sex,
    /// Whether the certificate that the offering asks for is valid on the day.
    pub is_certified: bool,
    /// Minutes kept free after a visit.
    pub buffer_min: i16,
    /// Quarters at work.
    pub works: Vec<Range<i32>>,
    /// Quarters taken by visits, ways and leave.
    pub busy: HashSet<i32>,
}

impl Day {
    /// Whether the carer can take a visit. The way after the last visit may lie after work.
    pub fn is_free(&self, first: i32, length: i32) -> bool {
        let visit = first..first + length;
        let is_at_work = self.works.iter().any(|work| work.start <= visit.start && visit.end <= work.end);
        let all = first..visit.end + quarters(i64::from(self.buffer_min));
        is_at_work && !all.clone().any(|quarter| self.busy.contains(&quarter))
    }
}

/// How many carers a visit needs, and of which kind.
#[derive(Clone, Copy, Debug)]
pub struct Need {
    /// In all.
    pub carers: usize,
    /// Of them, with the certificate.
    pub certified: usize,
    /// Only this sex, when wished.
    pub sex: Option<Sex>,
}

/// First quarters of a day at which enough carers are free. Never who is where.
pub fn starts(day: Range<i32>, length: i32, need: Need, carers: &[Day]) -> Vec<i32> {
    let fits = |first: &i32| {
        let free = carers.iter().filter(|carer| need.sex.is_none_or(|sex| sex == carer.sex));
        let (mut all, mut certified) = (0, 0);
        for carer in free.filter(|carer| carer.is_free(*first, length)) {
            all += 1;
            certified += usize::from(carer.is_certified);
        }
        all >= need.carers && certified >= need.certified
    };
    day.filter(fits).collect()
}

/// A carer who could take a visit.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Who.
    pub carer: Uuid,
    /// For the wish.
    pub sex: Sex,
    /// Whether the certificate that the offering asks for is valid on the day.
    pub is_certified: bool,
    /// Minutes kept free after a visit.
    pub buffer_min: i16,
    /// Where the carer sets out from; `None` when it is not known.
    pub base_e6: Option<(i32, i32)>,
    /// Whether the carer did the elder's last visit of this service.
    pub was_last: bool,
    /// Visits of the same day.
    pub visits: i64,
    /// How many gave 1 to 5 stars.
    pub stars: [i32; 5],
}

/// Where the visit is.
#[derive(Clone, Copy, Debug)]
pub struct Home {
    /// Millionths of a degree; `None` when it is not known.
    pub at_e6: Option<(i32, i32)>,
    /// Slower roads are shorter ways in the country.
    pub is_rural: bool,
}

/// A place in the row of those who are asked, with the reason for it.
#[derive(Clone, Debug)]
pub struct Ranked {
    /// Who.
    pub candidate: Candidate,
    /// Estimate of the way in minutes; `None` when a place is not known.
    pub travel_min: Option<u32>,
    /// Why this place, in words.
    pub reasons: String,
}

/// The order in which carers are asked: the same as last time, then the nearest, then who has the fewest visits that
/// day, then the best rated; equals by id, so that the row can be explained and repeated.
pub fn rank(candidates: Vec<Candidate>, home: Home) -> Vec<Ranked> {
    let mut row: Vec<Ranked> = candidates.into_iter().map(|candidate| explained(candidate, home)).collect();
    row.sort_by_key(|ranked| {
        let candidate = &ranked.candidate;
        let travel_min = ranked.travel_min.unwrap_or(u32::MAX);
        (!candidate.was_last, travel_min, candidate.visits, -average_milli(candidate.stars), candidate.carer)
    });
    row
}

/// Estimate of a way in minutes, rounded up.
pub const fn travel_min(metres: u32, is_rural: bool) -> u32 {
    metres.div_ceil(if is_rural { COUNTRY_M_PER_MIN } else { TOWN_M_PER_MIN })
}

fn explained(candidate: Candidate, home: Home) -> Ranked {
    let way = candidate.base_e6.zip(home.at_e6).map(|(base, home)| distance_m(base, home));
    let travel_min = way.map(|metres| travel_min(metres, home.is_rural));
    let mut reasons = Vec::new();
    if candidate.was_last {
        reasons.push("上次的护理员".to_owned());
    }
    reasons.push(travel_min.map_or_else(|| "路程未知".to_owned(), |minutes| format!("路程约{minutes}分钟")));
    reasons.push(format!("当天{}单", candidate.visits));
    let milli = average_milli(candidate.stars);
    reasons.push(if milli == 0 {
        "暂无评分".to_owned()
    } else {
        format!("评分{}.{:02}", milli / 1_000, milli % 1_000 / 10)
    });
    Ranked { candidate, travel_min, reasons: reasons.join("，") }
}

fn average_milli(stars: [i32; 5]) -> i64 {
    let count: i64 = stars.iter().map(|count| i64::from(*count)).sum();
    let sum: i64 = stars.iter().zip(1_i64..).map(|(count, value)| i64::from(*count) * value).sum();
    (sum * 1_000).checked_div(count).unwrap_or(0)
}

/// Takes carers from the front of a row until the need is met; `None` when it cannot be.
pub fn choose(row: &[Ranked], need: Need) -> Option<Vec<Ranked>> {
    let fits = |ranked: &&Ranked| need.sex.is_none_or(|sex| sex == ranked.candidate.sex);
    let certified =
        row.iter().filter(fits).filter(|ranked| ranked.candidate.is_certified).take(need.certified);
    let mut chosen: Vec<Ranked> = certified.cloned().collect();
    if chosen.len() < need.certified {
        return None;
    }
    for ranked in row.iter().filter(fits) {
        if chosen.len() == need.carers {
            break;
        }
        if !chosen.iter().any(|other| other.candidate.carer == ranked.candidate.carer) {
            chosen.push(ranked.clone());
        }
    }
    (chosen.len() == need.carers).then_some(chosen)
}

#[cfg(test)]
mod tests;
