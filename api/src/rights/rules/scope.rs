//! When and where a programme counts.

use chrono::NaiveDate;
use serde::Deserialize;

use super::facts::Facts;
use super::field::{Value, field};
use super::in_place::read_in_place;
use super::place::is_known;
use super::predicate::Truth;

/// From when until when a programme counts.
#[derive(Clone, Copy, Debug)]
pub struct Validity {
    /// First day.
    pub from: NaiveDate,
    /// Last day; open when `None`.
    pub until: Option<NaiveDate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawValidity {
    from: NaiveDate,
    until: Option<NaiveDate>,
}

read_in_place!(Validity = RawValidity);

impl TryFrom<RawValidity> for Validity {
    type Error = String;

    fn try_from(RawValidity { from, until }: RawValidity) -> Result<Self, String> {
        if until.is_some_and(|until| until < from) {
            return Err("valid ends before it begins".to_owned());
        }
        Ok(Self { from, until })
    }
}

impl Validity {
    /// Whether the programme counts on a day.
    pub fn holds(&self, day: NaiveDate) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }
}

/// Where a programme counts: region codes, each with everything below it.
#[derive(Debug)]
pub struct Area {
    /// By what an elder belongs there.
    pub by: Belonging,
    /// Regions that take part.
    pub included: Vec<String>,
    /// Parts of them that do not.
    pub excluded: Vec<Excluded>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawArea {
    by: Belonging,
    included: Vec<String>,
    excluded: Vec<Excluded>,
}

read_in_place!(Area = RawArea);

impl TryFrom<RawArea> for Area {
    type Error = String;

    fn try_from(RawArea { by, included, excluded }: RawArea) -> Result<Self, String> {
        if included.is_empty() {
            return Err("an area includes at least one region".to_owned());
        }
        if let Some(unknown) = included.iter().find(|code| !is_known(code)) {
            return Err(format!("nobody knows the region {unknown:?}"));
        }
        if let Some(part) = excluded.iter().find(|part| !is_known(&part.region)) {
            return Err(format!("nobody knows the region {:?}", part.region));
        }
        Ok(Self { by, included, excluded })
    }
}

/// By what an elder belongs to an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Belonging {
    /// He lives there.
    Residence,
    /// He lives there or is registered there.
    ResidenceOrHukou,
}

/// A region that does not take part, and who says so.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Excluded {
    /// Official code.
    pub region: String,
    /// Name in Chinese.
    pub name: String,
    /// Words of the document.
    pub quote: String,
}

impl Area {
    /// Whether somebody who belonged to the area by his home does so no more once he lives in a region.
    pub fn is_left_by(&self, region_code: &str) -> bool {
        matches!(self.by, Belonging::Residence) && !self.covers(region_code)
    }

    fn covers(&self, code: &str) -> bool {
        let is_out = self.excluded.iter().any(|part| code.starts_with(&part.region));
        !is_out && self.included.iter().any(|branch| code.starts_with(branch))
    }

    /// Whether an elder belongs to the area. A part that is left out outweighs the region around it.
    pub fn holds(&self, facts: &Facts) -> Truth {
        let place = |name: &str| match field(name).and_then(|field| facts.known(field)) {
            Some(Value::Text(code)) => self.covers(code).into(),
            _ => Truth::Unknown,
        };
        match self.by {
            Belonging::Residence => place("residence_region"),
            Belonging::ResidenceOrHukou => place("residence_region").or(place("hukou_region")),
        }
    }
}
