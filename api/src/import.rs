//! Loading CSV files: elders, canteens, menus, facts, approvals. All rows of a file or none; a dry run does everything and rolls back.
//!
//! UTF-8 with or without a mark at its beginning, a header row, the columns below in any order, empty where nothing is
//! known. Lists inside a cell are joined by `;`. Days are 2026-06-01, times 11:00, money and degrees plain decimals.
//! Examples with invented people: `api/data/examples/*.csv`.
//!
//! * elders: `name` `birth_on` `sex` (FEMALE, MALE, 女, 男) `region_code` `phone` `id_number` `card_number` `address`
//!   `latitude` `longitude` `dietary_needs`. Refused when the card or identity number is entered already.
//! * canteens: `name` `region_code` `address` `phone` `latitude` `longitude` `delivery_fee_yuan` `delivery_radius_m`
//!   `delivery_regions` (codes) `provider` (made when unknown) `weekdays` (such as 12345; all when empty), and for each of
//!   `breakfast`, `lunch`, `dinner`: `_from` `_until` `_cut_off` (times), `_cut_off_days_before` (0 when empty), `_seats`
//!   (portions eaten there or taken along) `_deliveries` (portions brought home); all empty when the meal is not served.
//! * menus: `canteen` (name) `served_on` `period` (BREAKFAST, LUNCH, DINNER or 早餐, 午餐, 晚餐) `dish_code` `dish_name`
//!   `is_meal` (yes, no, 是, 否) `portion_g` `small_portion_g` `allergens` `price_yuan` `small_price_yuan`. The rows of a
//!   canteen, day and period replace its menu in their order; an unknown dish is made, a changed price is published.
//! * facts: `card_number` or `id_number` of the elder, `field` (a code of `api/data/fact-fields.json`), `value` (codes or Chinese
//!   words, several joined by `;`), `from_on`, `valid_until` (empty when open), `source`. Entered with nobody's name; what was
//!   said of a field from that day on is put aside.
//! * enrolments: `card_number` or `id_number`, `programme`, `item` (their codes), `from_month` and `until_month` (2026-06; empty
//!   when open), `source`. An approval that the facts of its first month do not bear is refused.

mod canteens;
mod cell;
mod elders;
mod facts;
mod menus;
mod sheet;

use std::collections::HashSet;
use std::fmt;
use std::io::Read;

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

pub use self::sheet::RowError;
use self::sheet::{ERRORS_MAX, Sheet};
use crate::app::App;
use crate::kit::db::rows;
use crate::kit::refusal::Fault;

/// What the rows of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// Elders, one a row.
    Elders,
    /// Canteens with their provider and timetable, one a row.
    Canteens,
    /// Menus, one dish a row.
    Menus,
    /// Facts of archives, one a row.
    Facts,
    /// Approvals to take part in programmes, one a row.
    Enrolments,
}

impl Kind {
    /// The word for it on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Elders => "elders",
            Self::Canteens => "canteens",
            Self::Menus => "menus",
            Self::Facts => "facts",
            Self::Enrolments => "enrolments",
        }
    }
}

/// What an import did, or in a dry run would have done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What the rows are.
    pub kind: Kind,
    /// Rows read, the header not counted.
    pub rows: usize,
    /// What was made, in words with numbers.
    pub made: String,
    /// Whether everything was rolled back.
    pub is_dry_run: bool,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = if self.is_dry_run { " (dry run: nothing was kept)" } else { "" };
        write!(f, "{}: {} rows, {}{end}", self.kind.as_str(), self.rows, self.made)
    }
}

/// Why nothing was loaded.
#[derive(Debug)]
pub enum ImportFailure {
    /// The file as a whole cannot be read.
    File(String),
    /// Rows cannot stand; at most 50 are told.
    Rows(Vec<RowError>),
    /// Anything that is not the file's fault.
    Fault(Fault),
}

impl fmt::Display for ImportFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(why) => f.write_str(why),
            Self::Rows(errors) => {
                let least = if errors.len() < ERRORS_MAX { "" } else { "at least " };
                write!(f, "nothing was loaded, {least}{} errors:", errors.len())?;
                errors.iter().try_for_each(|error| write!(f, "\n{error}"))
            }
            Self::Fault(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for ImportFailure {}

impl From<Fault> for ImportFailure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<DbErr> for ImportFailure {
    fn from(error: DbErr) -> Self {
        Self::Fault(error.into())
    }
}

/// Loads a file in one transaction. Errors of all its rows are collected before anything is given up.
pub async fn import(
    app: &App,
    kind: Kind,
    reader: impl Read,
    dry_run: bool,
) -> Result<Report, ImportFailure> {
    let columns = match kind {
        Kind::Elders => elders::COLUMNS,
        Kind::Canteens => canteens::COLUMNS,
        Kind::Menus => menus::COLUMNS,
        Kind::Facts => facts::COLUMNS,
        Kind::Enrolments => facts::ENROLMENT_COLUMNS,
    };
    let sheet = Sheet::read(reader, columns).map_err(ImportFailure::File)?;
    let rows = sheet.rows().count();
    let tx = app.db.begin().await?;
    let made = match kind {
        Kind::Elders => elders::load(app, &tx, &sheet).await?,
        Kind::Canteens => canteens::load(app, &tx, &sheet).await?,
        Kind::Menus => menus::load(app, &tx, &sheet).await?,
        Kind::Facts => facts::load(app, &tx, &sheet).await?,
        Kind::Enrolments => facts::load_enrolments(app, &tx, &sheet).await?,
    };
    if dry_run {
        tx.rollback().await?;
    } else {
        tx.commit().await?;
    }
    Ok(Report { kind, rows, made, is_dry_run: dry_run })
}

/// Nothing when there are no errors; otherwise the first fifty, by row.
fn none_of(mut errors: Vec<RowError>) -> Result<(), ImportFailure> {
    if errors.is_empty() {
        return Ok(());
    }
    errors.sort_by_key(|error| error.row);
    errors.truncate(ERRORS_MAX);
    Err(ImportFailure::Rows(errors))
}

async fn region_codes<C: ConnectionTrait>(db: &C) -> Result<HashSet<String>, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        code: String,
    }
    let found: Vec<Found> = rows(db, "SELECT code FROM region", []).await?;
    Ok(found.into_iter().map(|found| found.code).collect())
}
