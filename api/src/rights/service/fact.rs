//! Entering facts and reading archives.

use chrono::{Months, NaiveDate};
use entities::elder_fact;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::reach::{self, Opened};
use crate::app::App;
use crate::kit::event::{Event, record};
use crate::kit::ids::ElderId;
use crate::kit::once::{Once, Request, fingerprint, is_request_key, once};
use crate::kit::refusal::{Code, Fault, Refused, Stop, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::people::rules::access;
use crate::people::store::consent::lock_elder;
use crate::rights::graph::archive::FactEnterErrorCode;
use crate::rights::rules::facts::{Snapshot, Word};
use crate::rights::rules::field::{Field, Value, field};
use crate::rights::store::fact as store;

/// Characters of a source, at most.
pub const SOURCE_MAX: usize = 100;

/// What somebody writes about one field of an elder.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Code of the field.
    pub field: String,
    /// Codes or Chinese words.
    pub values: Vec<String>,
    /// First day on which it counts.
    pub from_on: NaiveDate,
    /// Last day; open when `None`.
    pub valid_until: Option<NaiveDate>,
    /// Where it is known from, such as a paper with its number.
    pub source: String,
}

/// An entry that can stand.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Which field.
    pub field: &'static Field,
    /// What is so.
    pub word: Word,
    /// Where it is known from.
    pub source: String,
}

/// Why an entry cannot stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// There is no such field, or it is known from elsewhere.
    Field,
    /// The value cannot stand there; the words say why.
    Value(String),
    /// It begins before birth or more than a year ahead, or ends before it begins.
    Period,
    /// Nothing or too much is said about where it is known from.
    Source,
}

impl Entry {
    /// The entry as it can stand about somebody born on `birth_on`.
    pub fn check(&self, birth_on: NaiveDate, today: NaiveDate) -> Result<Checked, Wrong> {
        let field = field(&self.field).filter(|field| !field.is_derived).ok_or(Wrong::Field)?;
        let value = field.read(&self.values).map_err(Wrong::Value)?;
        let latest = today.checked_add_months(Months::new(12)).unwrap_or(today);
        let ends_well = self.valid_until.is_none_or(|until| self.from_on <= until);
        if self.from_on < birth_on || self.from_on > latest || !ends_well {
            return Err(Wrong::Period);
        }
        let source = self.source.trim();
        if !(1..=SOURCE_MAX).contains(&source.chars().count()) {
            return Err(Wrong::Source);
        }
        let word = Word(self.from_on, self.valid_until, value);
        Ok(Checked { field, word, source: source.to_owned() })
    }
}

/// Enters one fact; the row as it stands.
pub async fn enter(
    app: &App,
    who: &SignedIn,
    key: &str,
    (elder, entry): (ElderId, &Entry),
) -> Result<elder_fact::Model, Stop<FactEnterErrorCode>> {
    use FactEnterErrorCode as C;
    let Some(opened) = reach::open(app, who, elder).await?.filter(|opened| opened.may_enter) else {
        return refuse_field(C::ElderNotFound, "elderId");
    };
    if !is_request_key(key) {
        return refuse_field(C::RequestKeyInvalid, "requestKey");
    }
    let checked = match entry.check(opened.elder.birth_on, app.clock.today()) {
        Ok(checked) => checked,
        Err(Wrong::Field) => return refuse_field(C::FieldUnknown, "fact.fieldCode"),
        Err(Wrong::Value(why)) => return refuse_value(C::ValueInvalid, why),
        Err(Wrong::Period) => return refuse_field(C::PeriodInvalid, "fact.fromOn"),
        Err(Wrong::Source) => return refuse_field(C::SourceMissing, "fact.source"),
    };
    let id: Uuid = app.ids.next();
    let print = fingerprint(&(elder, entry));
    let request = Request { person: who.person.0, act: "factEnter", key, fingerprint: &print };
    let tx = app.db.begin().await?;
    let id = match once(&tx, request, id, app.clock.now()).await? {
        Once::Reused => return refuse_field(C::RequestKeyReused, "requestKey"),
        Once::Again(known) => known,
        Once::First => {
            write(app, &tx, (elder.0, Some(who.person.0)), vec![(id, checked)]).await?;
            id
        }
    };
    let row = store::fact(&tx, id).await?;
    tx.commit().await?;
    row.ok_or_else(|| Fault::new("a fact vanished").into())
}

/// Refuses a value in the words of its field.
pub fn refuse_value<T, C: Code>(code: C, why: String) -> Result<T, Stop<C>> {
    Err(Stop::Refused(Refused { code, message: why.into(), field: Some("fact.values") }))
}

/// Writes entries of one elder, and his archive with them; the ids are given. `by` is `None` when they came with a file.
pub async fn write<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    (elder, by): (Uuid, Option<Uuid>),
    entries: Vec<(Uuid, Checked)>,
) -> Result<(), Fault> {
    lock_elder(tx, elder).await?;
    let now = app.clock.now();
    let mut archive: Snapshot = match store::snapshot(tx, elder).await? {
        Some(sealed) => serde_json::from_str(&app.seal.open(&sealed)?)?,
        None => Snapshot::default(),
    };
    let mut events = Vec::new();
    for (id, Checked { field, word, source }) in entries {
        let new = elder_fact::Model {
            id,
            elder_id: elder,
            field: field.code.clone(),
            value_sealed: app.seal.seal(&serde_json::to_string(&word.2)?)?,
            source_sealed: app.seal.seal(&source)?,
            from_on: word.0,
            valid_until: word.1,
            entered_by: by,
            entered_at: now,
            superseded_by: None,
        };
        store::insert(tx, new).await?;
        archive.put(&field.code, word);
        events.push(Event {
            subject: "fact",
            subject_id: id,
            name: "enter",
            actor: by,
            topic: Some(format!("elder:{elder}")),
            is_quiet: true,
            ..Event::default()
        });
    }
    store::put_snapshot(tx, elder, app.seal.seal(&serde_json::to_string(&archive)?)?, now).await?;
    Ok(record(tx, &app.ids, now, events).await?)
}

/// The elder whose archive is read, with a record of the reading; `None` when the person may not.
pub async fn archive(app: &App, who: &SignedIn, elder: ElderId) -> Result<Option<Opened>, Fault> {
    let Some(opened) = reach::open(app, who, elder).await? else { return Ok(None) };
    reach::note(app, who, &opened, access::Field::Archive).await?;
    Ok(Some(opened))
}

/// The value and the source of a row, opened.
pub fn opened_row(app: &App, row: &elder_fact::Model) -> Result<(Value, String), Fault> {
    let value = serde_json::from_str(&app.seal.open(&row.value_sealed)?)?;
    Ok((value, app.seal.open(&row.source_sealed)?))
}
