//! An assessment on its way: asked for, scheduled, done by two, reviewed by a third, told, objected to.

pub mod look;

use chrono::{DateTime, Utc};
use entities::enums::{AbilityLevel, AssessmentState, ConsentPurpose};
use entities::{assessment, assessment_assessor, elder};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use super::fact::{Entry, write};
use crate::app::App;
use crate::kit::clock::age_on;
use crate::kit::db::is_duplicate;
use crate::kit::event::{Event, record};
use crate::kit::ids::{AssessmentId, ElderId};
use crate::kit::once::{Once, Request, fingerprint, is_request_key, once};
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::people::rules::Scope;
use crate::people::rules::access::{CARE, Field};
use crate::people::store::consent::{self, lock_elder};
use crate::people::store::{elder_of, record_access};
use crate::rights::graph::case::AssessmentRequestErrorCode;
use crate::rights::rules::assessment::case::{Answers, CaseEvent, after, outcome};
use crate::rights::rules::assessment::{NOTE_MAX, object_before, valid_until};
use crate::rights::store;
use crate::rights::store::case as rows;

/// Youngest age for which an assessment is asked for: the list says 65 (D2 附件 13), its nursing subsidy needs it from 60
/// (附件 21).
const AGE_MIN: u32 = 60;
/// Characters of a reason, at most.
const REASON_MAX: usize = 200;

/// An assessment with its assessors.
#[derive(Clone, Debug)]
pub struct Case {
    /// The row.
    pub row: assessment::Model,
    /// Of every round.
    pub assessors: Vec<assessment_assessor::Model>,
}

/// Something done to an assessment.
#[derive(Clone, Debug)]
pub enum Act {
    /// Who comes when.
    Schedule([Uuid; 2], DateTime<Utc>),
    /// Others come after an objection; no change of state.
    Reassign([Uuid; 2]),
    /// They are there; whether they have seen who the elder is.
    Start(bool),
    /// What they found, whether something speaks against a bath, and a note.
    Score(Box<Answers>, bool, Option<String>),
    /// A third person finds it right.
    Review,
    /// A third person wants it looked at again, and why.
    SendBack(String),
    /// Who was told, and whether he agreed.
    Publish(String, bool),
    /// Why the elder or his family do not accept it.
    Object(String),
    /// Why nobody comes.
    Cancel(String),
}

impl Act {
    /// Whom the act names.
    const fn people(&self) -> Option<[Uuid; 2]> {
        match self {
            Self::Schedule(people, _) | Self::Reassign(people) => Some(*people),
            _ => None,
        }
    }

    const fn event(&self) -> Option<CaseEvent> {
        Some(match self {
            Self::Schedule(..) => CaseEvent::Schedule,
            Self::Reassign(_) => return None,
            Self::Start(_) => CaseEvent::Start,
            Self::Score(..) => CaseEvent::Score,
            Self::Review => CaseEvent::Review,
            Self::SendBack(_) => CaseEvent::SendBack,
            Self::Publish(..) => CaseEvent::Publish,
            Self::Object(_) => CaseEvent::Object,
            Self::Cancel(_) => CaseEvent::Cancel,
        })
    }
}

/// Why something cannot be done to an assessment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum No {
    /// There is no such assessment within reach.
    NotFound,
    /// It is in another state.
    NotNow,
    /// It is somebody else's to do.
    NotYours,
    /// Two different assessors of the region who have not come before.
    Assessors,
    /// Nobody looked who the elder is.
    Identity,
    /// Answers are missing or cannot be.
    Answers,
    /// A reason or a name is missing.
    Words,
    /// The days to object are not over, and nobody agreed.
    ObjectionOpen,
    /// The days to object are over.
    ObjectionLate,
    /// No yes to being assessed stands.
    Consent,
}

/// A refusal or a fault.
#[derive(Debug)]
pub enum Halt {
    /// The person can do something about it.
    No(No),
    /// The person cannot.
    Fault(Fault),
}

impl<E: Into<Fault>> From<E> for Halt {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

/// Asks for an assessment; it is also entered in the archive that it was asked for.
pub async fn request(
    app: &App,
    who: &SignedIn,
    key: &str,
    elder: ElderId,
) -> Result<Case, Stop<AssessmentRequestErrorCode>> {
    use AssessmentRequestErrorCode as C;
    let reached = elder_of(app.db.read(), who, elder).await?;
    let may_ask = reached.is_some_and(|reached| reached.scopes.has(Scope::Book));
    let row = store::elder(app.db.read(), elder).await?;
    let Some(row) = row.filter(|row| may_ask || who.is_assessor_for(&row.region_code)) else {
        return refuse_field(C::ElderNotFound, "elderId");
    };
    if !is_request_key(key) {
        return refuse_field(C::RequestKeyInvalid, "requestKey");
    }
    let (today, now) = (app.clock.today(), app.clock.now());
    if age_on(row.birth_on, today) < AGE_MIN {
        return refuse_field(C::TooYoung, "elderId");
    }
    let new = blank(app.ids.next(), elder.0, who.person.0, now);
    let print = fingerprint(&elder);
    let once_only = Request { person: who.person.0, act: "assessmentRequest", key, fingerprint: &print };
    let tx = app.db.begin().await?;
    // A no said at the same moment comes before or after, not in between.
    lock_elder(&tx, elder.0).await?;
    let id = match once(&tx, once_only, new.id, now).await? {
        Once::Reused => return refuse_field(C::RequestKeyReused, "requestKey"),
        Once::Again(known) => known,
        Once::First => {
            if !may_assess(&tx, elder.0, now).await? {
                return refuse_field(C::ConsentMissing, "elderId");
            }
            match store::insert(&tx, new.clone()).await {
                Ok(()) => {}
                Err(error) if is_duplicate(&error) => return refuse(C::OpenAlready),
                Err(error) => return Err(error.into()),
            }
            let entry = Entry {
                field: "assessment_requested".to_owned(),
                values: vec!["是".to_owned()],
                from_on: today,
                valid_until: Some(valid_until(today)),
                source: "能力评估申请".to_owned(),
            };
            if let Ok(checked) = entry.check(row.birth_on, today) {
                write(app, &tx, (elder.0, Some(who.person.0)), vec![(app.ids.next(), checked)]).await?;
            }
            record(&tx, &app.ids, now, vec![told(&new, "request", None, who.person.0)]).await?;
            new.id
        }
    };
    let row = rows::case(&tx, id).await?.ok_or_else(|| Fault::new("an assessment vanished"))?;
    let assessors = rows::assessors(&tx, id).await?;
    tx.commit().await?;
    Ok(Case { row, assessors })
}

/// Whether the elder's yes to being assessed stands (PIPL art. 29; once it is taken back nothing goes on, art. 15).
async fn may_assess(tx: &DatabaseTransaction, elder: Uuid, now: DateTime<Utc>) -> Result<bool, Fault> {
    let purpose = (elder, ConsentPurpose::AbilityAssessment);
    Ok(consent::standing(tx, purpose, now).await?.is_some())
}

fn blank(id: Uuid, elder: Uuid, by: Uuid, now: DateTime<Utc>) -> assessment::Model {
    assessment::Model {
        id,
        elder_id: elder,
        state: AssessmentState::Requested,
        version: 0,
        assessed_on: None,
        valid_until: None,
        score: None,
        level: None::<AbilityLevel>,
        has_contraindication: false,
        note_sealed: None,
        entered_by: by,
        entered_at: now,
        round: Some(1),
        scheduled_at: None,
        scored_at: None,
        answers_sealed: None,
        reviewed_by: None,
        told_sealed: None,
        published_at: None,
        in_force_on: None,
    }
}

fn told(row: &assessment::Model, name: &'static str, reason: Option<String>, by: Uuid) -> Event {
    Event {
        subject: "assessment",
        subject_id: row.id,
        name,
        to: Some(row.state.as_str()),
        actor: Some(by),
        reason,
        topic: Some(format!("elder:{}", row.elder_id)),
        ..Event::default()
    }
}

/// What a person is to an assessment.
struct Part {
    is_family: bool,
    is_office: bool,
    is_assessor: bool,
    is_named_now: bool,
    was_named: bool,
}

async fn part(app: &App, who: &SignedIn, elder: &elder::Model, case: &Case) -> Result<Part, Fault> {
    let reached = elder_of(app.db.read(), who, ElderId(elder.id)).await?;
    // The desk has the scope BOOK as well, but it is not family.
    let is_family = reached.is_some_and(|reached| reached.is_self || reached.scopes.has(Scope::SeeHealth));
    let mine = |named: &&assessment_assessor::Model| named.person_id == who.person.0;
    let own: Vec<_> = case.assessors.iter().filter(mine).collect();
    Ok(Part {
        is_family,
        is_office: who.is_desk_for(&elder.region_code) || who.is_officer_for(&elder.region_code),
        is_assessor: who.is_assessor_for(&elder.region_code),
        is_named_now: own.iter().any(|named| Some(named.round) == case.row.round),
        was_named: !own.is_empty(),
    })
}

/// Whether the act is the person's to do, by the machine's column of actors.
fn is_theirs(part: &Part, act: &Act, state: AssessmentState) -> bool {
    match act {
        Act::Schedule(..) | Act::Reassign(_) | Act::Publish(..) => part.is_office,
        Act::Start(_) | Act::Score(..) => part.is_named_now,
        Act::Review | Act::SendBack(_) => part.is_assessor && !part.was_named,
        Act::Object(_) => part.is_family,
        Act::Cancel(_) => part.is_family || (part.is_office && state == AssessmentState::Scheduled),
    }
}

/// The assessment and its elder, when the act is the person's to do.
async fn reached(
    app: &App,
    who: &SignedIn,
    id: AssessmentId,
    act: &Act,
) -> Result<(Case, elder::Model), Halt> {
    let found = rows::case(app.db.write(), id.0).await?.filter(|row| row.round.is_some());
    let Some(row) = found else { return Err(Halt::No(No::NotFound)) };
    let assessors = rows::assessors(app.db.write(), id.0).await?;
    let case = Case { row, assessors };
    let elder = store::elder(app.db.read(), ElderId(case.row.elder_id)).await?;
    let Some(elder) = elder else { return Err(Halt::No(No::NotFound)) };
    let part = part(app, who, &elder, &case).await?;
    if !(part.is_family || part.is_office || part.is_assessor || part.was_named) {
        return Err(Halt::No(No::NotFound));
    }
    if !is_theirs(&part, act, case.row.state) {
        return Err(Halt::No(No::NotYours));
    }
    Ok((case, elder))
}

/// Does something to an assessment.
pub async fn act(app: &App, who: &SignedIn, id: AssessmentId, act: Act) -> Result<Case, Halt> {
    let (case, elder) = reached(app, who, id, &act).await?;
    let state = case.row.state;
    if let Some(people) = act.people() {
        let known = rows::assessors_for(app.db.read(), &elder.region_code).await?;
        let [one, other] = people;
        if one == other || !people.iter().all(|person| known.contains(person)) {
            return Err(Halt::No(No::Assessors));
        }
    }
    let next = match act.event() {
        Some(event) => after(state, event),
        None => (state == AssessmentState::InProgress).then_some(state),
    };
    let Some(next) = next else { return Err(Halt::No(No::NotNow)) };
    let now = app.clock.now();
    let mut new = assessment::Model { state: next, ..case.row.clone() };
    let reason = change(app, who, &mut new, &act)?;
    let round = new.round.unwrap_or(1);
    let came = |person: &Uuid| case.assessors.iter().any(|other| other.person_id == *person);
    let is_taken = case.assessors.iter().any(|other| other.round == round);
    if act.people().is_some_and(|people| is_taken || people.iter().any(came)) {
        return Err(Halt::No(No::Assessors));
    }
    let tx = app.db.begin().await?;
    let goes_on = matches!(act, Act::Schedule(..) | Act::Start(_) | Act::Score(..));
    if goes_on && !may_assess(&tx, elder.id, now).await? {
        return Err(Halt::No(No::Consent));
    }
    if !rows::step(&tx, state, &new).await? {
        return Err(Halt::No(No::NotNow));
    }
    for person_id in act.people().into_iter().flatten() {
        let new = assessment_assessor::Model { assessment_id: id.0, person_id, round, named_at: now };
        rows::name_assessor(&tx, new).await?;
    }
    let name = act.event().map_or("reassign", CaseEvent::name);
    record(&tx, &app.ids, now, vec![told(&new, name, reason, who.person.0)]).await?;
    let row = rows::case(&tx, id.0).await?.ok_or_else(|| Fault::new("an assessment vanished"))?;
    let assessors = rows::assessors(&tx, id.0).await?;
    // The answer shows the note.
    if row.note_sealed.is_some() && elder.person_id != Some(who.person.0) {
        let pair = (ElderId(elder.id), who.person);
        record_access(&tx, app.ids.next(), pair, (Field::Assessments, CARE), now).await?;
    }
    tx.commit().await?;
    Ok(Case { row, assessors })
}

/// Writes into the row what an act says, and gives the reason that it has.
fn change(app: &App, who: &SignedIn, new: &mut assessment::Model, act: &Act) -> Result<Option<String>, Halt> {
    let now = app.clock.now();
    let sober = |words: &str| {
        let words = words.trim();
        let is_sober = (1..=REASON_MAX).contains(&words.chars().count());
        if is_sober { Ok(words.to_owned()) } else { Err(Halt::No(No::Words)) }
    };
    let mut reason = None;
    match act {
        Act::Schedule(_, at) => new.scheduled_at = Some(*at),
        Act::Start(false) => return Err(Halt::No(No::Identity)),
        Act::Start(true) | Act::Reassign(_) => {}
        Act::Score(answers, has_contraindication, note) => {
            score(app, new, answers, note.as_deref())?;
            new.has_contraindication = *has_contraindication;
        }
        Act::Review => new.reviewed_by = Some(who.person.0),
        Act::SendBack(why) | Act::Cancel(why) => reason = Some(sober(why)?),
        Act::Publish(to, is_agreed) => {
            let to = sober(to)?;
            if !is_agreed && new.scored_at.is_some_and(|scored_at| now < object_before(scored_at)) {
                return Err(Halt::No(No::ObjectionOpen));
            }
            new.told_sealed = Some(app.seal.seal(&to)?);
            (new.published_at, new.in_force_on) = (Some(now), Some(app.clock.today()));
        }
        Act::Object(why) => {
            reason = Some(sober(why)?);
            if new.scored_at.is_some_and(|scored_at| now >= object_before(scored_at)) {
                return Err(Halt::No(No::ObjectionLate));
            }
            new.round = new.round.map(|round| round.saturating_add(1));
            new.reviewed_by = None;
        }
    }
    Ok(reason)
}

/// Points, level and days of what the assessors found.
fn score(app: &App, new: &mut assessment::Model, answers: &Answers, note: Option<&str>) -> Result<(), Halt> {
    let found = outcome(answers).map_err(|_| Halt::No(No::Answers))?;
    if note.is_some_and(|note| note.chars().count() > NOTE_MAX) {
        return Err(Halt::No(No::Answers));
    }
    let today = app.clock.today();
    new.answers_sealed = Some(app.seal.seal(&serde_json::to_string(answers)?)?);
    new.note_sealed = note.map(|note| app.seal.seal(note)).transpose()?;
    (new.score, new.level) = (Some(found.score), Some(found.level));
    (new.assessed_on, new.valid_until) = (Some(today), Some(valid_until(today)));
    new.scored_at = Some(app.clock.now());
    Ok(())
}
