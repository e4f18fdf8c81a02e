//! Acts: asking for a copy or for erasure, taking it back, and what the worker does when its time has come.

pub mod copy;
pub mod erasure;

use entities::enums::{PrivacyKind, PrivacyState, SignedAs};
use entities::privacy_request;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::graph::PrivacyExportErrorCode;
use super::rules::{Kept, fetched_before, kept};
use super::store;
use crate::app::App;
use crate::kit::event::{Event, record};
use crate::kit::ids::{ElderId, PrivacyId};
use crate::kit::once::{Once, Request, fingerprint, is_request_key, once};
use crate::kit::refusal::{Fault, Stop, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::people::rules::Scope;
use crate::people::store::consent::{deciders, lock_elder};
use crate::people::store::elder_of;
use crate::rights::rules::assessment::is_able;
use crate::rights::service::consent::{NoParty, Paper, Party, party};
use crate::rights::store::newest;

/// A request with what it keeps.
#[derive(Clone, Debug)]
pub struct Told {
    /// The row.
    pub row: privacy_request::Model,
    /// What is kept until when: reckoned while an erasure is open, as it was done afterwards.
    pub kept: Vec<Kept>,
}

/// What is asked, for whom, with which paper.
#[derive(Clone, Debug)]
pub struct Wish {
    /// For whom.
    pub elder: ElderId,
    /// Only at the desk.
    pub paper: Paper,
}

/// Why nobody speaks for the elder here.
#[derive(Clone, Copy, Debug)]
pub enum Silent {
    /// The elder is not within reach, or the person may not decide for him.
    OutOfReach,
    /// The desk has not said who signed and where the paper lies.
    ReferenceMissing,
    /// A paper of somebody who may not decide: the elder is able himself, or nobody is known who decides for him.
    NotEntitled,
}

/// Who speaks for the elder here: himself, whoever decides for him, or the desk for a paper. A guardian's paper counts only
/// where a guardian's signature does (Civil Code art. 35).
pub async fn speaker(app: &App, who: &SignedIn, wish: &Wish) -> Result<Result<Party, Silent>, Fault> {
    let db = app.db.write();
    let reached = elder_of(db, who, wish.elder).await?;
    let party = match party(who, reached.as_ref(), &wish.paper) {
        Ok(party) => party,
        Err(NoParty::OutOfReach) => return Ok(Err(Silent::OutOfReach)),
        Err(NoParty::ReferenceMissing) => return Ok(Err(Silent::ReferenceMissing)),
    };
    if party.signed_as == SignedAs::Guardian && party.reference.is_some() {
        let today = app.clock.today();
        let known = newest(db, wish.elder.0).await?.filter(|known| known.valid_until >= today);
        let is_elder_able = known.is_none_or(|known| is_able(known.level));
        if is_elder_able || deciders(db, wish.elder.0).await?.is_empty() {
            return Ok(Err(Silent::NotEntitled));
        }
    }
    Ok(Ok(party))
}

/// The row of a request; `due_at` follows its kind.
pub fn new_row(app: &App, who: &SignedIn, wish: &Wish, party: &Party) -> privacy_request::Model {
    let now = app.clock.now();
    privacy_request::Model {
        id: app.ids.next(),
        elder_id: wish.elder.0,
        kind: PrivacyKind::Export,
        state: PrivacyState::Done,
        asked_by: who.person.0,
        asked_as: party.signed_as,
        paper_reference: party.reference.clone(),
        asked_at: now,
        due_at: fetched_before(now),
        ended_at: Some(now),
        refused_for: None,
        outcome: None,
    }
}

/// The event of a step of a request.
pub fn told(row: &privacy_request::Model, name: &'static str, by: Option<Uuid>) -> Event {
    Event {
        subject: "privacy_request",
        subject_id: row.id,
        name,
        actor: by,
        topic: Some(format!("elder:{}", row.elder_id)),
        is_quiet: true,
        ..Event::default()
    }
}

/// What a request keeps: as it was written down, or as it would be today.
pub async fn shown<C: ConnectionTrait>(
    app: &App,
    db: &C,
    row: privacy_request::Model,
) -> Result<Told, Fault> {
    let kept = match (&row.outcome, row.kind, row.state) {
        (Some(outcome), ..) => serde_json::from_str(outcome)?,
        (None, PrivacyKind::Erasure, PrivacyState::Asked) => {
            let basis = store::basis(db, row.elder_id, row.due_at.max(app.clock.now())).await?;
            kept(&basis, basis.ends_on)
        }
        _ => Vec::new(),
    };
    Ok(Told { row, kept })
}

/// Asks for a copy of everything; it can be fetched for some days.
pub async fn ask_copy(
    app: &App,
    who: &SignedIn,
    key: &str,
    wish: &Wish,
) -> Result<Told, Stop<PrivacyExportErrorCode>> {
    use PrivacyExportErrorCode as C;
    let party = match speaker(app, who, wish).await? {
        Ok(party) => party,
        Err(Silent::OutOfReach) => return refuse_field(C::ElderNotFound, "elderId"),
        Err(Silent::ReferenceMissing) => return refuse_field(C::ReferenceMissing, "paperReference"),
        Err(Silent::NotEntitled) => return refuse_field(C::GuardianNotEntitled, "paperSignedAs"),
    };
    if !is_request_key(key) {
        return refuse_field(C::RequestKeyInvalid, "requestKey");
    }
    let row = new_row(app, who, wish, &party);
    let print = fingerprint(wish);
    let request = Request { person: who.person.0, act: "privacyExport", key, fingerprint: &print };
    let tx = app.db.begin().await?;
    lock_elder(&tx, wish.elder.0).await?;
    let id = match once(&tx, request, row.id, row.asked_at).await? {
        Once::Reused => return refuse_field(C::RequestKeyReused, "requestKey"),
        Once::Again(known) => known,
        Once::First => {
            store::insert(&tx, row.clone()).await?;
            record(&tx, &app.ids, row.asked_at, vec![told(&row, "ask_copy", Some(who.person.0))]).await?;
            row.id
        }
    };
    let told = again(app, &tx, id).await?;
    tx.commit().await?;
    Ok(told)
}

/// The request as it stands now.
pub async fn again(app: &App, tx: &DatabaseTransaction, id: Uuid) -> Result<Told, Fault> {
    let row = store::request(tx, id).await?.ok_or_else(|| Fault::new("a request vanished"))?;
    shown(app, tx, row).await
}

/// Whether somebody may see what was asked for: the elder, whoever decides for him, the desk of his region; and who asked for
/// it, also when the elder is closed.
pub async fn may_see(app: &App, who: &SignedIn, elder: ElderId) -> Result<bool, Fault> {
    if let Some(reached) = elder_of(app.db.read(), who, elder).await? {
        return Ok(reached.scopes.has(Scope::Decide) || who.is_desk_for(&reached.elder.region_code));
    }
    let closed = store::elder(app.db.read(), elder.0).await?.filter(|elder| elder.closed_at.is_some());
    Ok(closed.is_some_and(|elder| who.is_desk_for(&elder.region_code)))
}

/// Requests of an elder, the newest first. Who asked for something sees it also without any other part in it.
pub async fn list(app: &App, who: &SignedIn, elder: ElderId) -> Result<Vec<Told>, Fault> {
    let may_see = may_see(app, who, elder).await?;
    let mut all = Vec::new();
    for row in store::of_elder(app.db.read(), elder.0).await? {
        if may_see || row.asked_by == who.person.0 {
            all.push(shown(app, app.db.read(), row).await?);
        }
    }
    Ok(all)
}

/// The copy behind a request, for those who may see it and for as long as it can be fetched; recorded as read. The desk only
/// fetches what was asked for on paper. `None` for any other id.
pub async fn fetch_copy(app: &App, who: &SignedIn, id: PrivacyId) -> Result<Option<String>, Fault> {
    let Some(row) = store::request(app.db.read(), id.0).await? else { return Ok(None) };
    if row.kind != PrivacyKind::Export || app.clock.now() >= row.due_at {
        return Ok(None);
    }
    let Some(reached) = elder_of(app.db.write(), who, ElderId(row.elder_id)).await? else { return Ok(None) };
    let is_paper = who.is_desk_for(&reached.elder.region_code) && row.paper_reference.is_some();
    if !reached.scopes.has(Scope::Decide) && !is_paper {
        return Ok(None);
    }
    Ok(Some(copy::of(app, who, &reached.elder).await?))
}
