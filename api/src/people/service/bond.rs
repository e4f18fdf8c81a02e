//! Family bonds: a code is given, taken up, its scopes changed, the bond ended.

use chrono::{DateTime, Duration, Utc};
use entities::enums::{BondState, Relation, Role};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use crate::app::App;
use crate::kit::db::{execute, row};
use crate::kit::event::{Event, record};
use crate::kit::ids::{BondId, ElderId};
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::seal::{READABLE, random_text};
use crate::kit::viewer::{Grant, SignedIn};
use crate::people::graph::bond::{
    BondCodeIssueErrorCode, BondEndErrorCode, BondScopesChangeErrorCode, BondStartErrorCode,
};
use crate::people::rules::{BondEvent, Scopes, bond_after};
use crate::people::store::{self, BondRow, Reached};

/// A code is good for a day: long enough to be read over the telephone to a daughter in another city.
const CODE_LIFE_H: i64 = 24;

/// A code and until when it is good.
#[derive(Clone, Debug)]
pub struct IssuedCode {
    /// Eight readable characters; shown once, kept only as a keyed hash.
    pub code: String,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// The page on which a code of a bond is taken up.
const BOND_PAGE: &str = "pages/elder/bind";

/// The picture of a code that the person gave and nobody has used; `None` for any other. Inside, `None`: not drawn yet.
pub async fn code_picture(app: &App, who: &SignedIn, code: &str) -> Result<Option<Option<String>>, Fault> {
    #[derive(FromQueryResult)]
    struct Found {
        is_good: bool,
    }
    let code = code.trim().to_uppercase();
    let sql = "SELECT (expires_at > $3 AND used_at IS NULL) AS is_good FROM bond_code WHERE code_index = $1 AND made_by = $2";
    let values = [app.seal.index("bond_code", &code).into(), who.person.0.into(), app.clock.now().into()];
    let found: Option<Found> = row(app.db.read(), sql, values).await?;
    if !found.is_some_and(|found| found.is_good) {
        return Ok(None);
    }
    super::picture::picture(app, &format!("b={code}"), BOND_PAGE).await.map(Some)
}

/// Gives a code: the elder himself, or the desk of his region. `is_for_self`: whoever takes it up is the elder.
pub async fn issue_code(
    app: &App,
    who: &SignedIn,
    elder: ElderId,
    scopes: Scopes,
    is_for_self: bool,
) -> Result<IssuedCode, Stop<BondCodeIssueErrorCode>> {
    use BondCodeIssueErrorCode as C;
    let reached = store::elder_of(app.db.read(), who, elder).await?;
    let may = |reached: &Reached| reached.is_self || who.is_desk_for(&reached.elder.region_code);
    let Some(reached) = reached.filter(may) else { return refuse_field(C::ElderNotFound, "elderId") };
    if is_for_self && (reached.is_self || reached.elder.person_id.is_some()) {
        return refuse_field(C::ElderHasAccount, "isForSelf");
    }
    if scopes == Scopes::default() && !is_for_self {
        return refuse_field(C::ScopesEmpty, "scopes");
    }
    let code = random_text(READABLE, 8)?;
    let now = app.clock.now();
    let expires_at = now + Duration::hours(CODE_LIFE_H);
    let tx = app.db.begin().await?;
    execute(
        &tx,
        "INSERT INTO bond_code (code_index, elder_id, scopes, is_for_self, made_by, made_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [
            app.seal.index("bond_code", &code).into(),
            elder.0.into(),
            scopes.bits().into(),
            is_for_self.into(),
            who.person.0.into(),
            now.into(),
            expires_at.into(),
        ],
    )
    .await?;
    let event = bond_event("code_issue", elder.0, who);
    record(&tx, &app.ids, now, vec![Event { subject: "elder", ..event }]).await?;
    tx.commit().await?;
    Ok(IssuedCode { code, expires_at })
}

#[derive(FromQueryResult)]
struct Code {
    elder_id: Uuid,
    scopes: i16,
    is_for_self: bool,
}

/// Takes up a code: from now on the person is bound to the elder, or is the elder.
pub async fn start(
    app: &App,
    who: &SignedIn,
    code: &str,
    relation: Relation,
) -> Result<Reached, Stop<BondStartErrorCode>> {
    use BondStartErrorCode as C;
    let index = app.seal.index("bond_code", &code.trim().to_uppercase());
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let taken = execute(
        &tx,
        "UPDATE bond_code SET used_at = $2 WHERE code_index = $1 AND used_at IS NULL AND expires_at > $2",
        [index.clone().into(), now.into()],
    )
    .await?;
    if taken == 0 {
        return refuse_field(C::CodeInvalid, "code");
    }
    let found: Option<Code> =
        row(&tx, "SELECT elder_id, scopes, is_for_self FROM bond_code WHERE code_index = $1", [index.into()])
            .await?;
    let Some(found) = found else { return refuse_field(C::CodeInvalid, "code") };
    if found.is_for_self {
        become_elder(app, &tx, who, found.elder_id, now).await?;
    } else {
        insert_bond(app, &tx, who, (&found, relation), now).await?;
    }
    tx.commit().await?;
    app.sessions.forget(who.session);
    store::elder_of(app.db.write(), who, ElderId(found.elder_id))
        .await?
        .ok_or_else(|| Fault::new("a bond vanished while being made").into())
}

async fn become_elder<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    who: &SignedIn,
    elder: Uuid,
    now: DateTime<Utc>,
) -> Result<(), Stop<BondStartErrorCode>> {
    let bound = execute(
        tx,
        "UPDATE elder SET person_id = $2 WHERE id = $1 AND person_id IS NULL \
         AND NOT EXISTS (SELECT 1 FROM elder other WHERE other.person_id = $2)",
        [elder.into(), who.person.0.into()],
    )
    .await?;
    if bound == 0 {
        return refuse(BondStartErrorCode::AlreadyBound);
    }
    store::grant(tx, who.person, &Grant { role: Role::Elder, provider: None, region: None }, now).await?;
    let event = bond_event("account_bound", elder, who);
    record(tx, &app.ids, now, vec![Event { subject: "elder", ..event }]).await?;
    Ok(())
}

async fn insert_bond<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    who: &SignedIn,
    (code, relation): (&Code, Relation),
    now: DateTime<Utc>,
) -> Result<(), Stop<BondStartErrorCode>> {
    let id: BondId = app.ids.next();
    let written = execute(
        tx,
        "INSERT INTO family_bond (id, elder_id, person_id, relation, state, scopes, started_at, version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0) ON CONFLICT DO NOTHING",
        [
            id.0.into(),
            code.elder_id.into(),
            who.person.0.into(),
            relation.as_str().into(),
            BondState::Active.as_str().into(),
            code.scopes.into(),
            now.into(),
        ],
    )
    .await?;
    if written == 0 {
        return refuse(BondStartErrorCode::AlreadyBound);
    }
    // The code carries the elder's agreement, so request and agreement are one step.
    let event = Event {
        from: Some(BondState::Requested.as_str()),
        to: bond_after(BondState::Requested, BondEvent::ElderAgrees).map(BondState::as_str),
        ..bond_event(BondEvent::ElderAgrees.name(), id.0, who)
    };
    record(tx, &app.ids, now, vec![event]).await?;
    Ok(())
}

/// Ends a bond at once: the family member's own wish, the elder's, or the desk's.
pub async fn end(app: &App, who: &SignedIn, id: BondId) -> Result<BondRow, Stop<BondEndErrorCode>> {
    let Some(bond) = store::bond_of(app.db.read(), who, id).await? else {
        return refuse_field(BondEndErrorCode::BondNotFound, "bondId");
    };
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let ended = execute(
        &tx,
        "UPDATE family_bond SET state = 'REVOKED', ended_at = $2, version = version + 1 WHERE id = $1 AND state = 'ACTIVE'",
        [id.0.into(), now.into()],
    )
    .await?;
    if ended == 0 {
        return refuse_field(BondEndErrorCode::BondNotFound, "bondId");
    }
    let event = Event {
        from: Some(BondState::Active.as_str()),
        to: Some(BondState::Revoked.as_str()),
        topic: Some(format!("bond:{}", bond.person_id)),
        is_quiet: false,
        ..bond_event(BondEvent::Revoke.name(), id.0, who)
    };
    record(&tx, &app.ids, now, vec![event]).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(bond)
}

/// Changes what a bond allows. Only the elder and the desk may: nobody widens his own rights.
pub async fn change_scopes(
    app: &App,
    who: &SignedIn,
    id: BondId,
    scopes: Scopes,
) -> Result<BondRow, Stop<BondScopesChangeErrorCode>> {
    use BondScopesChangeErrorCode as C;
    if scopes == Scopes::default() {
        return refuse_field(C::ScopesEmpty, "scopes");
    }
    let may = |bond: &BondRow| bond.person_id != who.person.0;
    let Some(bond) = store::bond_of(app.db.read(), who, id).await?.filter(may) else {
        return refuse_field(C::BondNotFound, "bondId");
    };
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let changed = execute(
        &tx,
        "UPDATE family_bond SET scopes = $2, version = version + 1 WHERE id = $1 AND state = 'ACTIVE'",
        [id.0.into(), scopes.bits().into()],
    )
    .await?;
    if changed == 0 {
        return refuse_field(C::BondNotFound, "bondId");
    }
    let event = Event {
        reason: Some(format!("scopes {} -> {}", bond.scopes, scopes.bits())),
        ..bond_event(BondEvent::ChangeScope.name(), id.0, who)
    };
    record(&tx, &app.ids, now, vec![event]).await?;
    tx.commit().await?;
    Ok(BondRow { scopes: scopes.bits(), ..bond })
}

fn bond_event(name: &'static str, subject: Uuid, who: &SignedIn) -> Event {
    Event {
        subject: "family_bond",
        subject_id: subject,
        name,
        actor: Some(who.person.0),
        is_quiet: true,
        ..Event::default()
    }
}
