//! Facts about elders, one a row, and approvals to take part in programmes.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::sheet::{Row, RowError, Sheet};
use super::{ImportFailure, cell, none_of};
use crate::app::App;
use crate::kit::db::row as one;
use crate::kit::ids::ElderId;
use crate::rights::service::enrolment::{Approval, Obstacle, enter, obstacle};
use crate::rights::service::fact::{Checked, Entry, SOURCE_MAX, Wrong, write};

/// Columns of a file of facts.
pub const COLUMNS: &[&str] =
    &["card_number", "id_number", "field", "value", "from_on", "valid_until", "source"];

/// Columns of a file of approvals.
pub const ENROLMENT_COLUMNS: &[&str] =
    &["card_number", "id_number", "programme", "item", "from_month", "until_month", "source"];

#[derive(Clone, FromQueryResult)]
struct Elder {
    id: Uuid,
    birth_on: NaiveDate,
}

/// Elders found by the numbers of a file; each is looked up once.
#[derive(Default)]
struct Found(HashMap<(&'static str, String), Option<Elder>>);

impl Found {
    /// The elder of a row, by card or identity number.
    async fn elder<C: ConnectionTrait>(
        &mut self,
        app: &App,
        tx: &C,
        row: &mut Row<'_>,
    ) -> Result<Option<Elder>, DbErr> {
        let numbers = [("card_number", "card", "card_index"), ("id_number", "id_number", "id_number_index")];
        for (column, kind, index) in numbers {
            let Some(number) = row.optional(column) else { continue };
            let key = (column, number);
            if !self.0.contains_key(&key) {
                let sql = format!("SELECT id, birth_on FROM elder WHERE {index} = $1");
                let found: Option<Elder> = one(tx, &sql, [app.seal.index(kind, &key.1).into()]).await?;
                self.0.insert(key.clone(), found);
            }
            let found = self.0.get(&key).cloned().flatten();
            if found.is_none() {
                row.wrong(column, "is nobody's");
            }
            return Ok(found);
        }
        row.wrong("card_number", "is empty, and so is id_number");
        Ok(None)
    }
}

/// Loads facts and says how many.
pub async fn load<C: ConnectionTrait>(app: &App, tx: &C, sheet: &Sheet) -> Result<String, ImportFailure> {
    let (mut found, mut errors) = (Found::default(), Vec::new());
    let mut entries: BTreeMap<Uuid, Vec<(Uuid, Checked)>> = BTreeMap::new();
    for mut row in sheet.rows() {
        let elder = found.elder(app, tx, &mut row).await?;
        let checked = elder.as_ref().and_then(|elder| read(app, elder, &mut row));
        if let (Some(elder), Some(checked)) = (elder, checked) {
            entries.entry(elder.id).or_default().push((app.ids.next(), checked));
        }
        errors.append(&mut row.errors);
    }
    none_of(errors)?;
    let (facts, elders) = (entries.values().map(Vec::len).sum::<usize>(), entries.len());
    for (elder, entries) in entries {
        write(app, tx, (elder, None), entries).await?;
    }
    Ok(format!("{facts} facts about {elders} elders entered"))
}

fn read(app: &App, elder: &Elder, row: &mut Row<'_>) -> Option<Checked> {
    let field = row.required("field");
    let from_on = row.read("from_on", cell::day);
    let valid_until = row.read_optional("valid_until", cell::day);
    let source = row.required("source");
    let entry = Entry {
        field: field?,
        values: row.text("value").split(';').map(str::to_owned).collect(),
        from_on: from_on?,
        valid_until: valid_until?,
        source: source?,
    };
    match entry.check(elder.birth_on, app.clock.today()) {
        Ok(checked) => return Some(checked),
        Err(Wrong::Field) => row.wrong("field", format!("there is no field {:?} to enter", entry.field)),
        Err(Wrong::Value(why)) => row.wrong("value", why),
        Err(Wrong::Period) => {
            row.wrong("from_on", "is before birth, more than a year ahead, or after valid_until");
        }
        Err(Wrong::Source) => row.wrong("source", format!("is longer than {SOURCE_MAX} characters")),
    }
    None
}

/// A month such as 2026-06, as its first day.
fn month(text: &str) -> cell::Read<NaiveDate> {
    cell::day(&format!("{text}-01")).map_err(|_| format!("{text:?} is not a month like 2026-06"))
}

/// Loads approvals and says how many.
pub async fn load_enrolments<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    sheet: &Sheet,
) -> Result<String, ImportFailure> {
    let (mut found, mut errors) = (Found::default(), Vec::new());
    let (mut count, mut elders) = (0_usize, HashSet::new());
    for mut row in sheet.rows() {
        let elder = found.elder(app, tx, &mut row).await?;
        let approval = elder.and_then(|elder| read_approval(elder.id, &mut row));
        if let Some(approval) = approval {
            match obstacle(app, tx, &approval).await? {
                Some(obstacle) => row.errors.push(told(row.line, obstacle)),
                // Written at once, so that a second approval of the same months is found in this very file.
                None => enter(app, tx, &approval).await?,
            }
            elders.insert(approval.elder);
            count += 1;
        }
        errors.append(&mut row.errors);
    }
    none_of(errors)?;
    Ok(format!("{count} approvals of {} elders entered", elders.len()))
}

fn read_approval(elder: Uuid, row: &mut Row<'_>) -> Option<Approval> {
    let (programme, item) = (row.required("programme"), row.required("item"));
    let (from, until) = (row.read("from_month", month), row.read_optional("until_month", month));
    let source = row.required("source");
    Some(Approval {
        elder: ElderId(elder),
        programme: programme?,
        item: item?,
        from: from?,
        until: until?,
        source: source?,
    })
}

fn told(row: u64, obstacle: Obstacle) -> RowError {
    let (column, why) = match obstacle {
        Obstacle::Unknown => ("item", "is no item of the programme that begins with an approval".to_owned()),
        Obstacle::Period => ("until_month", "is before from_month".to_owned()),
        Obstacle::Source => ("source", format!("is longer than {SOURCE_MAX} characters")),
        Obstacle::Area(why) => ("programme", format!("AREA_NOT_IN_PROGRAMME: {why}")),
        Obstacle::NotEntitled(why) => ("programme", format!("NOT_ENTITLED: {why}")),
        Obstacle::Overlap => ("from_month", "an approval stands in one of the months".to_owned()),
    };
    RowError { row, column, why }
}
