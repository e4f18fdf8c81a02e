//! Pure decisions about carers: who may do which work on which day, and when a certificate needs a warning.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use entities::enums::{CertificateKind, Language, ProviderState, Sex};
use entities::{carer, carer_certificate, carer_leave, carer_week};

use super::admission::{is_phone, is_text};
use crate::kit::clock::{instant, weekday};

/// A carer with everything that decides about work.
#[derive(Clone, Debug)]
pub struct CarerFacts {
    /// The row.
    pub row: carer::Model,
    /// State of the carer's provider.
    pub provider_state: ProviderState,
    /// Region of the carer's provider.
    pub provider_region: String,
    /// Codes of regions in which the carer works, everything below each included.
    pub areas: Vec<String>,
    /// Codes of services that the carer can carry out.
    pub skills: Vec<String>,
    /// Certificates, those that ran out too.
    pub certificates: Vec<carer_certificate::Model>,
    /// Working hours of a usual week.
    pub week: Vec<carer_week::Model>,
    /// Leaves that have not ended yet.
    pub leaves: Vec<carer_leave::Model>,
}

/// Why a carer may not be offered work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The provider is not active.
    ProviderNotActive,
    /// The carer does not work at present.
    CarerInactive,
    /// The carer has not learnt this service.
    SkillMissing,
    /// There is no health card.
    HealthCardMissing,
    /// The health card does not hold on the day.
    HealthCardExpired,
    /// The certificate that the work needs is not there.
    CertificateMissing,
    /// The certificate that the work needs does not hold on the day.
    CertificateExpired,
    /// A day off in the carer's week.
    DayOff,
    /// On leave for all working hours of the day.
    OnLeave,
}

impl CarerFacts {
    /// Whether the carer comes to a home in the region.
    pub fn covers(&self, region_code: &str) -> bool {
        self.areas.iter().any(|area| region_code.starts_with(area.as_str()))
    }

    /// Whether a certificate of the kind holds on the day.
    pub fn is_certified(&self, kind: CertificateKind, day: NaiveDate) -> bool {
        self.certificates.iter().any(|held| held.kind == kind && holds(held, day))
    }

    /// Working hours of a day without leaves, in order, none of them empty.
    pub fn free_hours(&self, day: NaiveDate) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
        let midnight = instant(day, NaiveTime::MIN);
        let at = |minute: i16| midnight + Duration::minutes(i64::from(minute));
        let today = self.week.iter().filter(|hours| hours.weekday == weekday(day));
        let mut free: Vec<_> = today.map(|hours| (at(hours.from_minute), at(hours.until_minute))).collect();
        for leave in &self.leaves {
            free =
                free.into_iter().flat_map(|span| without(span, (leave.starts_at, leave.ends_at))).collect();
        }
        free.sort_unstable();
        free
    }
}

/// What is left of a span when another is taken out of it.
fn without<T: Ord + Copy>((from, until): (T, T), (start, end): (T, T)) -> Vec<(T, T)> {
    let pieces = [(from, until.min(start)), (from.max(end), until)];
    pieces.into_iter().filter(|(from, until)| from < until).collect()
}

fn holds(held: &carer_certificate::Model, day: NaiveDate) -> bool {
    (held.valid_from..=held.valid_until).contains(&day)
}

/// Why the carer may not be offered the service on the day; empty when he may.
///
/// `certificate` is what this carer's part of the work needs beyond the health card. Hours that other visits have
/// taken are not looked at here.
pub fn obstacles(
    carer: &CarerFacts,
    service_code: &str,
    certificate: Option<CertificateKind>,
    day: NaiveDate,
) -> Vec<Obstacle> {
    let has = |kind| carer.certificates.iter().any(|held| held.kind == kind);
    let card = CertificateKind::HealthCard;
    let lacks_card = !carer.is_certified(card, day);
    let lacks = certificate.filter(|kind| !carer.is_certified(*kind, day));
    let is_off = !carer.week.iter().any(|hours| hours.weekday == weekday(day));
    let found = [
        (carer.provider_state != ProviderState::Active, Obstacle::ProviderNotActive),
        (!carer.row.is_active, Obstacle::CarerInactive),
        (!carer.skills.iter().any(|skill| skill == service_code), Obstacle::SkillMissing),
        (lacks_card && !has(card), Obstacle::HealthCardMissing),
        (lacks_card && has(card), Obstacle::HealthCardExpired),
        (lacks.is_some_and(|kind| !has(kind)), Obstacle::CertificateMissing),
        (lacks.is_some_and(has), Obstacle::CertificateExpired),
        (is_off, Obstacle::DayOff),
        (!is_off && carer.free_hours(day).is_empty(), Obstacle::OnLeave),
    ];
    found.into_iter().filter_map(|(is_so, obstacle)| is_so.then_some(obstacle)).collect()
}

/// Whether the carer may be offered the service on the day; `obstacles` tells why not.
pub fn may_work(
    carer: &CarerFacts,
    service_code: &str,
    certificate: Option<CertificateKind>,
    day: NaiveDate,
) -> bool {
    obstacles(carer, service_code, certificate, day).is_empty()
}

/// Days before the last day on which a certificate is warned of, the earliest first.
pub const WARNINGS_D: [i64; 2] = [30, 7];
/// Hour of the day in Asia/Shanghai at which warnings are given.
const WARNING_HOUR: u32 = 9;

/// The instant of the warning so many days before the last day.
fn warning_at(valid_until: NaiveDate, days: i64) -> DateTime<Utc> {
    let time = NaiveTime::from_hms_opt(WARNING_HOUR, 0, 0).unwrap_or_default();
    instant(valid_until - Duration::days(days), time)
}

/// The warning whose time has come, in days before the last day; `None` when it is too early for any.
pub fn warning_due(valid_until: NaiveDate, now: DateTime<Utc>) -> Option<i64> {
    WARNINGS_D.into_iter().rev().find(|days| warning_at(valid_until, *days) <= now)
}

/// When the next warning is to be given; `None` when the last one has had its time.
pub fn next_warning(valid_until: NaiveDate, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    WARNINGS_D.into_iter().map(|days| warning_at(valid_until, days)).find(|at| *at > now)
}

/// A carer who is to be entered, or how he is to be from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCarer {
    /// Full name.
    pub name: String,
    /// Telephone number.
    pub phone: String,
    /// Sex as in the papers.
    pub sex: Sex,
    /// What the carer speaks.
    pub languages: Vec<Language>,
    /// Where the photograph lies.
    pub photo_ref: Option<String>,
    /// Where the carer sets out from, millionths of a degree, latitude first.
    pub base_e6: Option<(i32, i32)>,
    /// Minutes kept free between two visits.
    pub travel_buffer_min: i32,
    /// Whether the carer works at present.
    pub is_active: bool,
}

impl NewCarer {
    /// The first field that cannot stand, or `None`.
    pub fn fault(&self) -> Option<&'static str> {
        if !is_text(&self.name, 30) {
            return Some("name");
        }
        if !is_phone(&self.phone) {
            return Some("phone");
        }
        let is_repeated =
            |(index, one): (usize, &Language)| self.languages.iter().take(index).any(|o| o == one);
        if self.languages.is_empty() || self.languages.iter().enumerate().any(is_repeated) {
            return Some("languages");
        }
        if self.photo_ref.as_ref().is_some_and(|text| !is_text(text, 200)) {
            return Some("photoRef");
        }
        let is_place = |(latitude, longitude): (i32, i32)| {
            latitude.unsigned_abs() <= 90_000_000 && longitude.unsigned_abs() <= 180_000_000
        };
        if self.base_e6.is_some_and(|base| !is_place(base)) {
            return Some("base");
        }
        (!(0..=240).contains(&self.travel_buffer_min)).then_some("travelBufferMinutes")
    }

    /// Names of the languages joined by commas, as the column keeps them.
    pub fn languages_text(&self) -> String {
        let names: Vec<&str> = self.languages.iter().map(|language| language.as_str()).collect();
        names.join(",")
    }
}

/// The languages in the column's text; unknown names are left out.
pub fn languages_of(text: &str) -> Vec<Language> {
    text.split(',').filter_map(Language::parse).collect()
}

/// Most entries of a weekly calendar: three spans on each day.
const WEEK_MAX: usize = 21;

/// Whether a weekly calendar can stand: sound spans, none of them overlapping another.
pub fn is_week(hours: &[carer_week::Model]) -> bool {
    let is_sound = |span: &carer_week::Model| {
        (1..=7).contains(&span.weekday)
            && 0 <= span.from_minute
            && span.from_minute < span.until_minute
            && span.until_minute <= 1_440
    };
    let overlaps = |(index, one): (usize, &carer_week::Model)| {
        hours.iter().take(index).any(|other| {
            other.weekday == one.weekday
                && one.from_minute < other.until_minute
                && other.from_minute < one.until_minute
        })
    };
    hours.len() <= WEEK_MAX && hours.iter().all(is_sound) && !hours.iter().enumerate().any(overlaps)
}

/// Whether a leave can stand: it ends after it starts and after now, and lasts a year at most.
pub fn is_leave(starts_at: DateTime<Utc>, ends_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    starts_at < ends_at && now < ends_at && ends_at - starts_at <= Duration::days(366)
}

#[cfg(test)]
mod tests;
