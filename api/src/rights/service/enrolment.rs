//! An officer's approvals: who takes part in what, from which month to which.

use chrono::NaiveDate;
use entities::enums::EnrolmentState;
use entities::programme_enrolment;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::reach;
use crate::app::App;
use crate::kit::event::{Event, record};
use crate::kit::ids::{ElderId, EnrolmentId};
use crate::kit::once::{Once, Request, fingerprint, is_request_key, once};
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field, refuse_saying};
use crate::kit::viewer::SignedIn;
use crate::people::rules::access::Field;
use crate::people::store::consent::lock_elder;
use crate::rights::graph::enrolment::{EnrolmentApproveErrorCode, EnrolmentEndErrorCode};
use crate::rights::rules::programme::{Item, Programme, Refusal, evaluate_item};
use crate::rights::rules::sentence::answer;
use crate::rights::store::enrolment::{self as store, End, first_of_month};
use crate::rights::store::known;

/// Characters of a source, at most.
pub const SOURCE_MAX: usize = 100;

/// Who is to take part in what.
#[derive(Clone, Debug)]
pub struct Approval {
    /// Who.
    pub elder: ElderId,
    /// Code of the programme.
    pub programme: String,
    /// Code of the item.
    pub item: String,
    /// Any day of the first month.
    pub from: NaiveDate,
    /// Any day of the last month; open when `None`.
    pub until: Option<NaiveDate>,
    /// On what it rests.
    pub source: String,
}

/// Why an approval cannot stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// There is no such programme or item, or nobody is approved for it.
    Unknown,
    /// It ends before it begins.
    Period,
    /// Nothing or too much is said about on what it rests.
    Source,
    /// The elder's place does not take part; in words.
    Area(String),
    /// The facts of the first month say no, or are missing; in words.
    NotEntitled(String),
    /// An approval of the item stands in one of the months.
    Overlap,
}

impl Approval {
    fn months(&self) -> (NaiveDate, Option<NaiveDate>) {
        (first_of_month(self.from), self.until.map(first_of_month))
    }

    /// The item, when somebody can be approved for it.
    pub fn item_of<'a>(&self, app: &'a App) -> Option<(&'a Programme, &'a Item)> {
        let programme = app.programmes.find(&self.programme)?;
        // Bands of one benefit share a code: the first stands for all of them.
        let item = programme.items.iter().find(|item| item.code == self.item && item.is_applied_for)?;
        Some((programme, item))
    }

    fn row(&self, app: &App, by: Option<Uuid>) -> programme_enrolment::Model {
        let (from_month, until_month) = self.months();
        programme_enrolment::Model {
            id: app.ids.next(),
            elder_id: self.elder.0,
            programme: self.programme.clone(),
            item: self.item.clone(),
            from_month,
            until_month,
            source: self.source.trim().to_owned(),
            state: EnrolmentState::Approved,
            decided_by: by,
            decided_at: app.clock.now(),
            ended_by: None,
            ended_at: None,
        }
    }
}

/// What stands in the way of an approval, by the facts of the first day of its first month.
pub async fn obstacle<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    approval: &Approval,
) -> Result<Option<Obstacle>, Fault> {
    let Some((programme, _)) = approval.item_of(app) else { return Ok(Some(Obstacle::Unknown)) };
    let (from, until) = approval.months();
    if until.is_some_and(|until| until < from) {
        return Ok(Some(Obstacle::Period));
    }
    if !(1..=SOURCE_MAX).contains(&approval.source.trim().chars().count()) {
        return Ok(Some(Obstacle::Source));
    }
    let Some(elder) = known::one(tx, approval.elder.0).await? else { return Ok(Some(Obstacle::Unknown)) };
    let level = known::levels(tx, std::slice::from_ref(&elder), from).await?.get(&elder.elder_id).copied();
    let facts = elder.facts(&app.seal, level, from)?;
    let mut told = None;
    for item in programme.items.iter().filter(|item| item.code == approval.item) {
        let verdict = evaluate_item(programme, item, &facts, from);
        if verdict.is_entitled {
            let pair = (approval.programme.as_str(), approval.item.as_str());
            let is_taken = store::overlaps(tx, approval.elder.0, pair, (from, until)).await?;
            return Ok(is_taken.then_some(Obstacle::Overlap));
        }
        let words = answer(programme, item, &verdict, &elder.region_code);
        told = Some(match verdict.refusal {
            Some(Refusal::AreaNotInProgramme) => Obstacle::Area(words),
            _ => Obstacle::NotEntitled(words),
        });
    }
    Ok(told)
}

/// Approves that an elder of the officer's region takes part.
pub async fn approve(
    app: &App,
    who: &SignedIn,
    key: &str,
    approval: &Approval,
) -> Result<programme_enrolment::Model, Stop<EnrolmentApproveErrorCode>> {
    use EnrolmentApproveErrorCode as C;
    let opened = reach::open(app, who, approval.elder).await?;
    let Some(opened) = opened.filter(|opened| who.is_officer_for(&opened.elder.region_code)) else {
        return refuse_field(C::ElderNotFound, "elderId");
    };
    if !is_request_key(key) {
        return refuse_field(C::RequestKeyInvalid, "requestKey");
    }
    // Why somebody is not entitled tells what is known of him.
    reach::note(app, who, &opened, Field::Entitlements).await?;
    let row = approval.row(app, Some(who.person.0));
    let print = fingerprint(approval);
    let request = Request { person: who.person.0, act: "enrolmentApprove", key, fingerprint: &print };
    let tx = app.db.begin().await?;
    lock_elder(&tx, approval.elder.0).await?;
    let id = match once(&tx, request, row.id, app.clock.now()).await? {
        Once::Reused => return refuse_field(C::RequestKeyReused, "requestKey"),
        Once::Again(known) => known,
        Once::First => {
            match obstacle(app, &tx, approval).await? {
                Some(Obstacle::Unknown) => return refuse_field(C::ProgrammeUnknown, "itemCode"),
                Some(Obstacle::Period) => return refuse_field(C::PeriodInvalid, "lastMonthOn"),
                Some(Obstacle::Source) => return refuse_field(C::SourceMissing, "source"),
                Some(Obstacle::Area(why)) => return refuse_saying(C::AreaNotInProgramme, why),
                Some(Obstacle::NotEntitled(why)) => return refuse_saying(C::NotEntitled, why),
                Some(Obstacle::Overlap) => return refuse(C::ApprovedAlready),
                None => {}
            }
            write(app, &tx, &row).await?;
            row.id
        }
    };
    let row = store::enrolment(&tx, id).await?;
    tx.commit().await?;
    row.ok_or_else(|| Fault::new("an approval vanished").into())
}

/// Writes an approval of a file in which nothing stands in the way.
pub async fn enter<C: ConnectionTrait>(app: &App, tx: &C, approval: &Approval) -> Result<(), Fault> {
    write(app, tx, &approval.row(app, None)).await
}

async fn write<C: ConnectionTrait>(app: &App, tx: &C, row: &programme_enrolment::Model) -> Result<(), Fault> {
    store::insert(tx, row.clone()).await?;
    Ok(record(tx, &app.ids, row.decided_at, vec![told(row, "approve", row.decided_by)]).await?)
}

fn told(row: &programme_enrolment::Model, name: &'static str, by: Option<Uuid>) -> Event {
    Event {
        subject: "programme_enrolment",
        subject_id: row.id,
        name,
        actor: by,
        topic: Some(format!("elder:{}", row.elder_id)),
        is_quiet: by.is_none(),
        ..Event::default()
    }
}

/// Ends an approval with a month, or takes it back as if it had never been. Repeated, it answers the same.
pub async fn end(
    app: &App,
    who: &SignedIn,
    id: EnrolmentId,
    last: Option<NaiveDate>,
) -> Result<programme_enrolment::Model, Stop<EnrolmentEndErrorCode>> {
    use EnrolmentEndErrorCode as C;
    let Some(known) = store::enrolment(app.db.write(), id.0).await? else {
        return refuse_field(C::EnrolmentNotFound, "enrolmentId");
    };
    let opened = reach::open(app, who, ElderId(known.elder_id)).await?;
    if !opened.is_some_and(|opened| who.is_officer_for(&opened.elder.region_code)) {
        return refuse_field(C::EnrolmentNotFound, "enrolmentId");
    }
    let until_month = last.map(first_of_month);
    let is_done = match until_month {
        None => known.state == EnrolmentState::Revoked,
        Some(month) => known.state == EnrolmentState::Approved && known.until_month == Some(month),
    };
    if is_done {
        return Ok(known);
    }
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    if !store::end(&tx, End { id: id.0, until_month, by: who.person.0, at: now }).await? {
        return refuse_field(C::MonthInvalid, "lastMonthOn");
    }
    record(&tx, &app.ids, now, vec![told(&known, "end", Some(who.person.0))]).await?;
    let row = store::enrolment(&tx, id.0).await?;
    tx.commit().await?;
    row.ok_or_else(|| Fault::new("an approval vanished").into())
}

/// Approvals of an elder, for those who may open his archive; none for everybody else.
pub async fn of_elder(
    app: &App,
    who: &SignedIn,
    elder: ElderId,
) -> Result<Vec<programme_enrolment::Model>, Fault> {
    let Some(opened) = reach::open(app, who, elder).await? else { return Ok(Vec::new()) };
    reach::note(app, who, &opened, Field::Enrolments).await?;
    Ok(store::of_elder(app.db.read(), elder.0).await?)
}
