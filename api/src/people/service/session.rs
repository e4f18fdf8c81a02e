//! Signing in with WeChat, refreshing, signing out; and whether a session still lives.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration as Span, Instant};

use chrono::{DateTime, Duration, Utc};
use entities::enums::{Role, SessionEnd};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;
use wechat::mini::MiniError;

use super::token::{Said, Signer};
use crate::app::App;
use crate::kit::db::{execute, row};
use crate::kit::event::{Event, record};
use crate::kit::ids::{PersonId, SessionId};
use crate::kit::refusal::{Fault, Stop, refuse};
use crate::kit::seal::{READABLE, random_text, sha256_hex};
use crate::kit::viewer::{Grant, SignedIn, Viewer};
use crate::people::graph::session::{SessionRefreshErrorCode, SessionStartErrorCode};
use crate::people::store;

/// How long a process may believe what it read about a session: the bound on a logout made elsewhere.
const BELIEF: Span = Span::from_millis(1000);

/// Tokens, and what was lately read about sessions.
pub struct Sessions {
    /// Signs and reads access tokens.
    pub signer: Signer,
    seen: Mutex<HashMap<Uuid, (Instant, SignedIn)>>,
}

/// What a sign-in gives to the client.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Bearer token for requests.
    pub access: String,
    /// Life of the bearer token in seconds.
    pub access_life_s: u32,
    /// One-time token for the next pair.
    pub refresh: String,
    /// Who signed in.
    pub person: PersonId,
}

impl Sessions {
    /// With the key that signs.
    pub fn new(signer: Signer) -> Self {
        Self { signer, seen: Mutex::default() }
    }

    /// Forgets a session at once, so that its end is felt by the next request.
    pub fn forget(&self, session: SessionId) {
        self.lock().remove(&session.0);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Uuid, (Instant, SignedIn)>> {
        self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn believed(&self, session: SessionId) -> Option<SignedIn> {
        let seen = self.lock();
        let (at, who) = seen.get(&session.0)?;
        (at.elapsed() < BELIEF).then(|| who.clone())
    }

    fn remember(&self, who: &SignedIn) {
        let mut seen = self.lock();
        if seen.len() >= 50_000 {
            seen.retain(|_, (at, _)| at.elapsed() < BELIEF);
        }
        seen.insert(who.session.0, (Instant::now(), who.clone()));
    }
}

/// Who a bearer token stands for, with roles read freshly. `None`: the token is not acceptable.
pub async fn viewer_of(app: &App, token: &str) -> Result<Option<(Viewer, Said)>, Fault> {
    let Some(said) = app.sessions.signer.read(token, app.clock.now()) else { return Ok(None) };
    Ok(live_session(app, &said).await?.map(|who| (Viewer { signed_in: Some(who) }, said)))
}

/// The person behind a session that has not ended.
pub async fn live_session(app: &App, said: &Said) -> Result<Option<SignedIn>, Fault> {
    if let Some(who) = app.sessions.believed(said.session) {
        return Ok((who.person == said.person).then_some(who));
    }
    let Some(roles) = store::roles_in_session(app.db.read(), said.session, said.person).await? else {
        return Ok(None);
    };
    let who = SignedIn { person: said.person, session: said.session, roles: roles.into() };
    app.sessions.remember(&who);
    Ok(Some(who))
}

/// Exchanges a `wx.login` code. A person who is new gets the role FAMILY.
pub async fn start(app: &App, code: &str) -> Result<Tokens, Stop<SessionStartErrorCode>> {
    use SessionStartErrorCode as C;
    if code.is_empty() || code.len() > 128 {
        return refuse(C::CodeInvalid);
    }
    let session = match app.mini.code_to_session(code).await {
        Ok(session) => session,
        Err(MiniError::InvalidCode) => return refuse(C::CodeInvalid),
        Err(MiniError::TooManyRequests) => return refuse(C::TooManyTries),
        Err(MiniError::Blocked) => return refuse(C::Blocked),
        Err(error) => {
            tracing::warn!(%error, "WeChat login does not answer");
            return refuse(C::WechatUnavailable);
        }
    };
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let person = person_by_openid(app, &tx, &session.openid, now).await?;
    let family: SessionId = app.ids.next();
    execute(
        &tx,
        "INSERT INTO session_family (id, person_id, started_at) VALUES ($1, $2, $3)",
        [family.0.into(), person.0.into(), now.into()],
    )
    .await?;
    let tokens = issue(app, &tx, person, family, now).await?;
    let event = Event {
        subject: "session",
        subject_id: family.0,
        name: "start",
        actor: Some(person.0),
        is_quiet: true,
        ..Event::default()
    };
    record(&tx, &app.ids, now, vec![event]).await?;
    tx.commit().await?;
    Ok(tokens)
}

/// The person behind an openid, made when new.
pub async fn person_by_openid<C: ConnectionTrait>(
    app: &App,
    db: &C,
    openid: &str,
    now: DateTime<Utc>,
) -> Result<PersonId, Fault> {
    #[derive(FromQueryResult)]
    struct Found {
        id: Uuid,
    }
    let index = app.seal.index("openid", openid);
    let fresh: PersonId = app.ids.next();
    execute(
        db,
        "INSERT INTO person (id, openid_index, openid_sealed, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        [fresh.0.into(), index.clone().into(), app.seal.seal(openid)?.into(), now.into()],
    )
    .await?;
    let found: Option<Found> =
        row(db, "SELECT id FROM person WHERE openid_index = $1", [index.into()]).await?;
    let person = PersonId(found.ok_or_else(|| Fault::new("a person vanished while signing in"))?.id);
    if person == fresh {
        store::grant(db, person, &Grant { role: Role::Family, provider: None, region: None }, now).await?;
    }
    Ok(person)
}

async fn issue<C: ConnectionTrait>(
    app: &App,
    db: &C,
    person: PersonId,
    family: SessionId,
    now: DateTime<Utc>,
) -> Result<Tokens, Fault> {
    let refresh = random_text(READABLE, 40)?;
    let ends = now + Duration::seconds(i64::from(app.config.refresh_token_s));
    execute(
        db,
        "INSERT INTO refresh_token (token_hash, family_id, issued_at, expires_at) VALUES ($1, $2, $3, $4)",
        [sha256_hex(refresh.as_bytes()).into(), family.0.into(), now.into(), ends.into()],
    )
    .await?;
    let access_life_s = app.config.access_token_s;
    let access = app.sessions.signer.sign(person, family, now, access_life_s)?;
    Ok(Tokens { access, access_life_s, refresh, person })
}

/// Exchanges a refresh token for a new pair. A token that was used before ends its whole family: somebody copied it.
pub async fn refresh(app: &App, token: &str) -> Result<Tokens, Stop<SessionRefreshErrorCode>> {
    use SessionRefreshErrorCode as C;
    #[derive(FromQueryResult)]
    struct Owner {
        family_id: Uuid,
        person_id: Uuid,
        used_at: Option<DateTime<Utc>>,
        ended_at: Option<DateTime<Utc>>,
    }
    let now = app.clock.now();
    let hash = sha256_hex(token.as_bytes());
    let tx = app.db.begin().await?;
    let taken = execute(
        &tx,
        "UPDATE refresh_token SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2",
        [hash.clone().into(), now.into()],
    )
    .await?;
    let owner: Option<Owner> = row(
        &tx,
        "SELECT t.family_id, f.person_id, t.used_at, f.ended_at FROM refresh_token t \
         JOIN session_family f ON f.id = t.family_id WHERE t.token_hash = $1",
        [hash.into()],
    )
    .await?;
    let Some(owner) = owner else { return refuse(C::TokenInvalid) };
    let family = SessionId(owner.family_id);
    if taken == 0 && owner.used_at.is_some() {
        end_family(app, &tx, family, SessionEnd::TokenReused, None).await?;
        tx.commit().await?;
        app.sessions.forget(family);
        return refuse(C::TokenReused);
    }
    if taken == 0 || owner.ended_at.is_some() {
        return refuse(C::TokenInvalid);
    }
    let tokens = issue(app, &tx, PersonId(owner.person_id), family, now).await?;
    tx.commit().await?;
    Ok(tokens)
}

/// Signs out: the session and all its tokens are dead for the next request.
pub async fn end(app: &App, who: &SignedIn) -> Result<(), Fault> {
    let tx = app.db.begin().await?;
    end_family(app, &tx, who.session, SessionEnd::Logout, Some(who.person)).await?;
    tx.commit().await?;
    app.sessions.forget(who.session);
    Ok(())
}

async fn end_family<C: ConnectionTrait>(
    app: &App,
    db: &C,
    family: SessionId,
    why: SessionEnd,
    who: Option<PersonId>,
) -> Result<(), DbErr> {
    let now = app.clock.now();
    let ended = execute(
        db,
        "UPDATE session_family SET ended_at = $2, end_reason = $3 WHERE id = $1 AND ended_at IS NULL",
        [family.0.into(), now.into(), why.as_str().into()],
    )
    .await?;
    if ended == 0 {
        return Ok(());
    }
    let event = Event {
        subject: "session",
        subject_id: family.0,
        name: "end",
        actor: who.map(|person| person.0),
        reason: Some(why.as_str().to_owned()),
        is_quiet: true,
        ..Event::default()
    };
    record(db, &app.ids, now, vec![event]).await
}
