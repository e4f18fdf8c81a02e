//! Ability assessments: entering a finished result, reading what is known.

use chrono::NaiveDate;
use entities::assessment;
use entities::enums::{AbilityLevel, AssessmentState};
use uuid::Uuid;

use crate::app::App;
use crate::kit::event::{Event, record};
use crate::kit::ids::ElderId;
use crate::kit::once::{Once, Request, fingerprint, is_request_key, once};
use crate::kit::refusal::{Fault, Stop, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::people::rules::Scope;
use crate::people::rules::access::{CARE, Field};
use crate::people::store::{elder_of, record_access};
use crate::rights::graph::assessment::AssessmentRecordErrorCode;
use crate::rights::rules::assessment::{NOTE_MAX, level_given, valid_until};
use crate::rights::store::{self, Published};

/// A finished result, as it is told.
#[derive(Clone, Debug)]
pub struct NewResult {
    /// Of whom.
    pub elder: ElderId,
    /// The day of the assessment.
    pub assessed_on: NaiveDate,
    /// Points.
    pub score: i16,
    /// A worse level than that of the points, when the standard's adjustments ask for it.
    pub adjusted: Option<AbilityLevel>,
    /// Whether something speaks against a bath.
    pub has_contraindication: bool,
    /// Note of the assessor.
    pub note: Option<String>,
}

/// Enters a finished result for an elder of the assessor's or officer's region.
pub async fn enter(
    app: &App,
    who: &SignedIn,
    key: &str,
    new: &NewResult,
) -> Result<Published, Stop<AssessmentRecordErrorCode>> {
    use AssessmentRecordErrorCode as C;
    let elder = store::elder(app.db.read(), new.elder).await?;
    if !elder.is_some_and(|elder| who.is_assessor_for(&elder.region_code)) {
        return refuse_field(C::ElderNotFound, "elderId");
    }
    if !is_request_key(key) {
        return refuse_field(C::RequestKeyInvalid, "requestKey");
    }
    if new.assessed_on > app.clock.today() {
        return refuse_field(C::InputInvalid, "assessedOn");
    }
    if new.note.as_ref().is_some_and(|note| note.chars().count() > NOTE_MAX) {
        return refuse_field(C::InputInvalid, "note");
    }
    let Some(level) = level_given(new.score, new.adjusted) else {
        return refuse_field(C::LevelNotOfScore, "score");
    };
    let row = result_row(app, who.person.0, (new, level))?;
    let print = fingerprint(new);
    let request = Request { person: who.person.0, act: "assessmentRecord", key, fingerprint: &print };
    let tx = app.db.begin().await?;
    let id = match once(&tx, request, row.id, app.clock.now()).await? {
        Once::Reused => return refuse_field(C::RequestKeyReused, "requestKey"),
        Once::Again(known) => known,
        Once::First => {
            store::insert(&tx, row.clone()).await?;
            record(&tx, &app.ids, app.clock.now(), vec![published(&row, Some(key))]).await?;
            row.id
        }
    };
    let result = store::result(&tx, id).await?;
    tx.commit().await?;
    result.ok_or_else(|| Fault::new("an assessment vanished").into())
}

/// The row of a result that counts from today on.
pub fn result_row(
    app: &App,
    by: Uuid,
    (new, level): (&NewResult, AbilityLevel),
) -> Result<assessment::Model, Fault> {
    Ok(assessment::Model {
        id: app.ids.next(),
        elder_id: new.elder.0,
        state: AssessmentState::Published,
        version: 0,
        assessed_on: Some(new.assessed_on),
        valid_until: Some(valid_until(new.assessed_on)),
        score: Some(new.score),
        level: Some(level),
        has_contraindication: new.has_contraindication,
        note_sealed: new.note.as_deref().map(|note| app.seal.seal(note)).transpose()?,
        entered_by: by,
        entered_at: app.clock.now(),
        round: None,
        scheduled_at: None,
        scored_at: None,
        answers_sealed: None,
        reviewed_by: None,
        told_sealed: None,
        published_at: None,
        in_force_on: None,
    })
}

/// The event of a published result.
pub fn published(row: &assessment::Model, key: Option<&str>) -> Event {
    Event {
        subject: "assessment",
        subject_id: row.id,
        name: "publish",
        to: Some(AssessmentState::Published.as_str()),
        actor: Some(row.entered_by),
        request_key: key.map(str::to_owned),
        topic: Some(format!("elder:{}", row.elder_id)),
        ..Event::default()
    }
}

/// Results of an elder for himself, for family with the scope SEE_HEALTH, and for assessors and officers of his region, the
/// newest first. Everybody else gets none. Reading about somebody else is recorded.
pub async fn results(app: &App, who: &SignedIn, id: ElderId) -> Result<Vec<Published>, Fault> {
    let db = app.db.read();
    let reached = elder_of(db, who, id).await?;
    let is_self = reached.as_ref().is_some_and(|reached| reached.is_self);
    let may_see = reached.is_some_and(|reached| reached.scopes.has(Scope::SeeHealth))
        || store::elder(db, id).await?.is_some_and(|elder| who.is_assessor_for(&elder.region_code));
    if !may_see {
        return Ok(Vec::new());
    }
    let rows = store::published(db, id.0).await?;
    if !is_self && !rows.is_empty() {
        let entry: Uuid = app.ids.next();
        let what = (Field::Assessments, CARE);
        record_access(app.db.write(), entry, (id, who.person), what, app.clock.now()).await?;
    }
    Ok(rows)
}
