//! Corrections of an archive: asked for by the elder or his family, answered by an officer.

use entities::enums::CorrectionState;
use entities::fact_correction;
use uuid::Uuid;

use super::fact::{Entry, Wrong, write};
use super::reach;
use crate::app::App;
use crate::kit::event::{Event, record};
use crate::kit::ids::{CorrectionId, ElderId};
use crate::kit::once::{Once, Request, fingerprint, is_request_key, once};
use crate::kit::page::Page;
use crate::kit::refusal::{Fault, Refused, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::people::rules::access::{CARE, Field};
use crate::people::service::words::queue_said;
use crate::people::store::record_access;
use crate::rights::graph::correction::{FactCorrectionAnswerErrorCode, FactCorrectionAskErrorCode};
use crate::rights::rules::field::field;
use crate::rights::store;
use crate::rights::store::fact::{self as facts, Answer};

/// Characters of a wish or an answer, at most.
const WORDS_MAX: usize = 300;

/// What somebody wants corrected.
#[derive(Clone, Debug)]
pub struct Wish {
    /// In whose archive.
    pub elder: ElderId,
    /// Code of the field.
    pub field: String,
    /// What is wrong and what is right.
    pub words: String,
}

/// What the office says.
#[derive(Clone, Debug)]
pub struct Said {
    /// For the elder.
    pub words: String,
    /// The right word; without it the wish is refused.
    pub entry: Option<Entry>,
}

fn sober(words: &str) -> Option<&str> {
    Some(words.trim()).filter(|words| (1..=WORDS_MAX).contains(&words.chars().count()))
}

/// Asks for a correction.
pub async fn ask(
    app: &App,
    who: &SignedIn,
    key: &str,
    wish: &Wish,
) -> Result<fact_correction::Model, Stop<FactCorrectionAskErrorCode>> {
    use FactCorrectionAskErrorCode as C;
    if reach::open(app, who, wish.elder).await?.is_none() {
        return refuse_field(C::ElderNotFound, "elderId");
    }
    if !is_request_key(key) {
        return refuse_field(C::RequestKeyInvalid, "requestKey");
    }
    if field(&wish.field).is_none() {
        return refuse_field(C::FieldUnknown, "fieldCode");
    }
    let Some(words) = sober(&wish.words) else { return refuse_field(C::WordsMissing, "words") };
    let now = app.clock.now();
    let row = fact_correction::Model {
        id: app.ids.next(),
        elder_id: wish.elder.0,
        field: wish.field.clone(),
        words_sealed: app.seal.seal(words)?,
        state: CorrectionState::Open,
        asked_by: who.person.0,
        asked_at: now,
        answered_by: None,
        answered_at: None,
        answer_sealed: None,
        fact_id: None,
    };
    let print = fingerprint(wish);
    let request = Request { person: who.person.0, act: "factCorrectionAsk", key, fingerprint: &print };
    let tx = app.db.begin().await?;
    let id = match once(&tx, request, row.id, now).await? {
        Once::Reused => return refuse_field(C::RequestKeyReused, "requestKey"),
        Once::Again(known) => known,
        Once::First => {
            facts::ask(&tx, row.clone()).await?;
            record(&tx, &app.ids, now, vec![told(&row, "ask", who.person.0)]).await?;
            row.id
        }
    };
    let row = facts::correction(&tx, id).await?;
    tx.commit().await?;
    row.ok_or_else(|| Fault::new("a wish vanished").into())
}

fn told(row: &fact_correction::Model, name: &'static str, by: Uuid) -> Event {
    Event {
        subject: "fact_correction",
        subject_id: row.id,
        name,
        actor: Some(by),
        topic: Some(format!("elder:{}", row.elder_id)),
        ..Event::default()
    }
}

/// Open wishes of the officer's branch, with a record of each reading.
pub async fn open(app: &App, who: &SignedIn, page: Page) -> Result<Vec<fact_correction::Model>, Fault> {
    let Some(branch) = who.office_branch() else { return Ok(Vec::new()) };
    let rows = facts::open_corrections(app.db.read(), branch, page).await?;
    let shown = usize::try_from(page.first).unwrap_or(usize::MAX);
    for row in rows.iter().take(shown) {
        let pair = (ElderId(row.elder_id), who.person);
        let what = (Field::FactCorrections, CARE);
        record_access(app.db.write(), app.ids.next(), pair, what, app.clock.now()).await?;
    }
    Ok(rows)
}

/// Answers a wish. The same answer again changes nothing.
pub async fn answer(
    app: &App,
    who: &SignedIn,
    id: CorrectionId,
    said: &Said,
) -> Result<fact_correction::Model, Stop<FactCorrectionAnswerErrorCode>> {
    use FactCorrectionAnswerErrorCode as C;
    let Some(wish) = facts::correction(app.db.write(), id.0).await? else {
        return refuse_field(C::CorrectionNotFound, "correctionId");
    };
    let elder = store::elder(app.db.read(), ElderId(wish.elder_id)).await?;
    let Some(elder) = elder.filter(|elder| who.is_officer_for(&elder.region_code)) else {
        return refuse_field(C::CorrectionNotFound, "correctionId");
    };
    let Some(words) = sober(&said.words) else { return refuse_field(C::AnswerMissing, "answer") };
    if wish.state != CorrectionState::Open {
        let same = app.seal.open_optional(wish.answer_sealed.as_deref())?.as_deref() == Some(words);
        let is_repeated = same && wish.answered_by == Some(who.person.0);
        return if is_repeated { Ok(wish) } else { refuse(C::AnsweredAlready) };
    }
    let checked = match &said.entry {
        None => None,
        Some(entry) if entry.field != wish.field => return refuse_field(C::FactInvalid, "fact.fieldCode"),
        Some(entry) => match entry.check(elder.birth_on, app.clock.today()) {
            Ok(checked) => Some((app.ids.next::<Uuid>(), checked)),
            Err(Wrong::Value(why)) => {
                let refused =
                    Refused { code: C::FactInvalid, message: why.into(), field: Some("fact.values") };
                return Err(Stop::Refused(refused));
            }
            Err(_) => return refuse_field(C::FactInvalid, "fact"),
        },
    };
    let (fact, now) = (checked.as_ref().map(|(id, _)| *id), app.clock.now());
    let tx = app.db.begin().await?;
    if let Some(checked) = checked {
        write(app, &tx, (wish.elder_id, Some(who.person.0)), vec![checked]).await?;
    }
    let words_sealed = app.seal.seal(words)?;
    if !facts::answer(&tx, Answer { id: wish.id, fact, words_sealed, by: who.person.0, at: now }).await? {
        return refuse(C::AnsweredAlready);
    }
    queue_said(app, &tx, who, ("fact_correction", wish.id), ("answer", words)).await?;
    record(&tx, &app.ids, now, vec![told(&wish, "answer", who.person.0)]).await?;
    let row = facts::correction(&tx, id.0).await?;
    // The answer shows the words again.
    let pair = (ElderId(wish.elder_id), who.person);
    record_access(&tx, app.ids.next(), pair, (Field::FactCorrections, CARE), now).await?;
    tx.commit().await?;
    row.ok_or_else(|| Fault::new("a wish vanished").into())
}
