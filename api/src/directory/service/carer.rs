//! Carers of a provider: entering them, changing them, binding them to an account.

use chrono::{DateTime, Duration, Utc};
use entities::carer;
use entities::enums::Role;
use sea_orm::ConnectionTrait;

use crate::app::App;
use crate::directory::graph::carer_acts::{
    CarerAddErrorCode, CarerAreaSetErrorCode, CarerChangeErrorCode, CarerInviteErrorCode, CarerJoinErrorCode,
    CarerSkillsSetErrorCode,
};
use crate::directory::rules::carer::{CarerFacts, NewCarer};
use crate::directory::rules::catalogue::service;
use crate::directory::store::carer::{self as store, Taken};
use crate::directory::store::{knows_regions, provider::provider_to_run};
use crate::kit::due::{Due, schedule};
use crate::kit::event::{Event, record};
use crate::kit::ids::{CarerId, ProviderId};
use crate::kit::once::{Once, Request, fingerprint, is_request_key, once};
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::seal::{READABLE, random_text};
use crate::kit::viewer::{Grant, SignedIn};
use crate::people::store::{grant_new, serves};

/// A code is good for a day, like the code of a family bond.
const CODE_LIFE_H: i64 = 24;
/// Most regions in which a carer works.
const AREAS_MAX: usize = 50;
/// Most services that a carer has learnt.
const SKILLS_MAX: usize = 60;

/// Something that happened to a carer; nobody waits for it.
pub fn carer_event(name: &'static str, carer: CarerId, who: &SignedIn) -> Event {
    Event {
        subject: "carer",
        subject_id: carer.0,
        name,
        actor: Some(who.person.0),
        is_quiet: true,
        ..Event::default()
    }
}

/// The carer as he stands after an act, still inside its transaction.
pub async fn seen<C: ConnectionTrait>(app: &App, tx: &C, id: CarerId) -> Result<CarerFacts, Fault> {
    let found = store::carer(tx, id, app.clock.now()).await?;
    found.ok_or_else(|| Fault::new("a carer vanished while being changed"))
}

/// Enters a carer of the provider that the person runs.
pub async fn add(
    app: &App,
    who: &SignedIn,
    key: &str,
    new: &NewCarer,
) -> Result<CarerFacts, Stop<CarerAddErrorCode>> {
    use CarerAddErrorCode as C;
    if !is_request_key(key) {
        return refuse_field(C::RequestKeyInvalid, "requestKey");
    }
    if let Some(field) = new.fault() {
        return refuse_field(C::InputInvalid, field);
    }
    let fingerprint = fingerprint(new);
    let request = Request { person: who.person.0, act: "carerAdd", key, fingerprint: &fingerprint };
    let fresh: CarerId = app.ids.next();
    let tx = app.db.begin().await?;
    let once = once(&tx, request, fresh.0, app.clock.now()).await?;
    if once == Once::Reused {
        return refuse_field(C::RequestKeyReused, "requestKey");
    }
    let Some(provider) = provider_to_run(&tx, who).await? else { return refuse(C::ProviderNotFound) };
    let id = if let Once::Again(known) = once { CarerId(known) } else { fresh };
    if once == Once::First {
        store::insert_carer(&tx, &row(app, (fresh, ProviderId(provider.id)), new)?).await?;
        let event = Event { request_key: Some(key.to_owned()), ..carer_event("add", fresh, who) };
        record(&tx, &app.ids, app.clock.now(), vec![event]).await?;
    }
    let carer = seen(app, &tx, id).await?;
    tx.commit().await?;
    Ok(carer)
}

/// The row of a new carer, name and number sealed.
pub fn row(app: &App, (id, provider): (CarerId, ProviderId), new: &NewCarer) -> Result<carer::Model, Fault> {
    let bare = carer::Model {
        id: id.0,
        provider_id: provider.0,
        person_id: None,
        name_sealed: String::new(),
        phone_sealed: String::new(),
        sex: new.sex,
        languages: String::new(),
        photo_ref: None,
        base_latitude_e6: None,
        base_longitude_e6: None,
        travel_buffer_min: 0,
        is_active: true,
        created_at: app.clock.now(),
        version: 0,
        stars_1: 0,
        stars_2: 0,
        stars_3: 0,
        stars_4: 0,
        stars_5: 0,
    };
    changed(app, bare, new)
}

fn changed(app: &App, row: carer::Model, new: &NewCarer) -> Result<carer::Model, Fault> {
    Ok(carer::Model {
        name_sealed: app.seal.seal(new.name.trim())?,
        phone_sealed: app.seal.seal(&new.phone)?,
        sex: new.sex,
        languages: new.languages_text(),
        photo_ref: new.photo_ref.clone(),
        base_latitude_e6: new.base_e6.map(|(latitude, _)| latitude),
        base_longitude_e6: new.base_e6.map(|(_, longitude)| longitude),
        travel_buffer_min: i16::try_from(new.travel_buffer_min).unwrap_or(0),
        is_active: new.is_active,
        ..row
    })
}

/// How a carer is known now, to be changed in part.
pub fn known(app: &App, row: &carer::Model) -> Result<NewCarer, Fault> {
    Ok(NewCarer {
        name: app.seal.open(&row.name_sealed)?,
        phone: app.seal.open(&row.phone_sealed)?,
        sex: row.sex,
        languages: crate::directory::rules::carer::languages_of(&row.languages),
        photo_ref: row.photo_ref.clone(),
        base_e6: row.base_latitude_e6.zip(row.base_longitude_e6),
        travel_buffer_min: i32::from(row.travel_buffer_min),
        is_active: row.is_active,
    })
}

/// Changes a carer; `change` puts into what is known what is to be new.
pub async fn change(
    app: &App,
    who: &SignedIn,
    id: CarerId,
    change: impl FnOnce(&mut NewCarer),
) -> Result<CarerFacts, Stop<CarerChangeErrorCode>> {
    use CarerChangeErrorCode as C;
    let tx = app.db.begin().await?;
    let Some(row) = store::carer_to_change(&tx, who, id).await? else {
        return refuse_field(C::CarerNotFound, "carerId");
    };
    let mut new = known(app, &row)?;
    change(&mut new);
    if let Some(field) = new.fault() {
        return refuse_field(C::InputInvalid, field);
    }
    let name = match (row.is_active, new.is_active) {
        (true, false) => "pause",
        (false, true) => "resume",
        _ => "change",
    };
    store::write_carer(&tx, &changed(app, row, &new)?).await?;
    let now = app.clock.now();
    record(&tx, &app.ids, now, vec![carer_event(name, id, who)]).await?;
    if !new.is_active {
        schedule(&tx, &app.ids, [(Due::Unavailable, id.0, now)]).await?;
    }
    let carer = seen(app, &tx, id).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(carer)
}

/// Replaces the regions in which a carer works.
pub async fn set_area(
    app: &App,
    who: &SignedIn,
    id: CarerId,
    codes: &[String],
) -> Result<CarerFacts, Stop<CarerAreaSetErrorCode>> {
    use CarerAreaSetErrorCode as C;
    let tx = app.db.begin().await?;
    if store::carer_to_change(&tx, who, id).await?.is_none() {
        return refuse_field(C::CarerNotFound, "carerId");
    }
    let codes = distinct(codes);
    if codes.len() > AREAS_MAX || !knows_regions(&tx, &codes).await? {
        return refuse_field(C::RegionUnknown, "regionCodes");
    }
    store::replace_areas(&tx, id, &codes).await?;
    let event = Event { reason: Some(codes.join(",")), ..carer_event("area_set", id, who) };
    record(&tx, &app.ids, app.clock.now(), vec![event]).await?;
    let carer = seen(app, &tx, id).await?;
    tx.commit().await?;
    Ok(carer)
}

/// Replaces the services that a carer can carry out.
pub async fn set_skills(
    app: &App,
    who: &SignedIn,
    id: CarerId,
    codes: &[String],
) -> Result<CarerFacts, Stop<CarerSkillsSetErrorCode>> {
    use CarerSkillsSetErrorCode as C;
    let tx = app.db.begin().await?;
    if store::carer_to_change(&tx, who, id).await?.is_none() {
        return refuse_field(C::CarerNotFound, "carerId");
    }
    let codes = distinct(codes);
    let is_bookable = |code: &String| service(code).is_some_and(|service| service.is_bookable());
    if codes.len() > SKILLS_MAX || !codes.iter().all(is_bookable) {
        return refuse_field(C::ServiceNotOffered, "serviceCodes");
    }
    store::replace_skills(&tx, id, &codes).await?;
    let event = Event { reason: Some(codes.join(",")), ..carer_event("skills_set", id, who) };
    record(&tx, &app.ids, app.clock.now(), vec![event]).await?;
    let carer = seen(app, &tx, id).await?;
    tx.commit().await?;
    Ok(carer)
}

/// The codes in their order, each once.
pub fn distinct(codes: &[String]) -> Vec<String> {
    let mut codes = codes.to_vec();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// A code that binds a carer to an account, and until when it is good. Shown once, kept only as a keyed hash.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Eight readable characters.
    pub code: String,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// Gives a code with which the carer himself takes up his place.
pub async fn invite(
    app: &App,
    who: &SignedIn,
    id: CarerId,
) -> Result<Invitation, Stop<CarerInviteErrorCode>> {
    use CarerInviteErrorCode as C;
    let tx = app.db.begin().await?;
    let Some(row) = store::carer_to_change(&tx, who, id).await? else {
        return refuse_field(C::CarerNotFound, "carerId");
    };
    if row.person_id.is_some() {
        return refuse_field(C::AlreadyBound, "carerId");
    }
    let code = random_text(READABLE, 8)?;
    let now = app.clock.now();
    let expires_at = now + Duration::hours(CODE_LIFE_H);
    let index = app.seal.index("carer_code", &code);
    store::insert_code(&tx, (&index, id), who.person.0, (now, expires_at)).await?;
    record(&tx, &app.ids, now, vec![carer_event("invite", id, who)]).await?;
    tx.commit().await?;
    Ok(Invitation { code, expires_at })
}

/// Takes up a code: from now on the person is this carer.
pub async fn join(app: &App, who: &SignedIn, code: &str) -> Result<CarerFacts, Stop<CarerJoinErrorCode>> {
    use CarerJoinErrorCode as C;
    let index = app.seal.index("carer_code", &code.trim().to_uppercase());
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let Some(carer) = store::take_code(&tx, &index, now).await? else {
        return refuse_field(C::CodeInvalid, "code");
    };
    // A place that the carer has left elsewhere is given up; one that he still fills is not.
    let left = store::leave_former(&tx, who.person.0).await?;
    let provider = match store::bind(&tx, carer, who.person.0).await? {
        Taken::By(provider) => provider,
        Taken::Already => return refuse(C::AlreadyBound),
    };
    let held = serves(&tx, who.person, Role::Carer).await?;
    let former = held.filter(|held| *held == provider || left.contains(held));
    let role = Grant { role: Role::Carer, provider: Some(provider), region: None };
    if !grant_new(&tx, who.person, &role, former, now).await? {
        return refuse(C::AlreadyBound);
    }
    record(&tx, &app.ids, now, vec![carer_event("join", carer, who)]).await?;
    let joined = seen(app, &tx, carer).await?;
    tx.commit().await?;
    app.sessions.forget(who.session);
    Ok(joined)
}
