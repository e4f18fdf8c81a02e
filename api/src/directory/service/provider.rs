//! A provider applies, hands in its papers, and has them looked at.

use entities::enums::{LicenceKind, ProviderState, Role};
use entities::{provider, provider_licence};

use crate::app::App;
use crate::directory::graph::provider::{
    ProviderApplyErrorCode, ProviderLicenceAddErrorCode, ProviderLicenceCheckErrorCode,
};
use crate::directory::rules::admission::{NewProvider, Paper};
use crate::directory::store::place::insert_provider;
use crate::directory::store::provider::{self as store, ProviderCard};
use crate::directory::store::region;
use crate::kit::event::{Event, record};
use crate::kit::ids::{LicenceId, ProviderId};
use crate::kit::once::{Once, Request, fingerprint, is_request_key, once};
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::{Grant, SignedIn};
use crate::people::service::words::queue_said;
use crate::people::store::grant_new;

/// Something that happened to a provider; nobody waits for it.
pub fn provider_event(name: &'static str, provider: ProviderId, who: &SignedIn) -> Event {
    Event {
        subject: "provider",
        subject_id: provider.0,
        name,
        actor: Some(who.person.0),
        is_quiet: true,
        ..Event::default()
    }
}

/// Applies for a provider. The applicant runs it from now on.
///
/// The role is given at once and not with the approval, because the applicant must hand in papers, and enter carers and
/// prices that the officer wants to see before he approves. What may be sold is guarded by the state: nothing of a
/// provider that is not ACTIVE is shown to families, and none of its carers is offered work.
pub async fn apply(
    app: &App,
    who: &SignedIn,
    key: &str,
    new: &NewProvider,
) -> Result<ProviderCard, Stop<ProviderApplyErrorCode>> {
    use ProviderApplyErrorCode as C;
    if !is_request_key(key) {
        return refuse_field(C::RequestKeyInvalid, "requestKey");
    }
    if let Some(field) = new.fault() {
        return refuse_field(C::InputInvalid, field);
    }
    let now = app.clock.now();
    let fingerprint = fingerprint(new);
    let request = Request { person: who.person.0, act: "providerApply", key, fingerprint: &fingerprint };
    let fresh: ProviderId = app.ids.next();
    let tx = app.db.begin().await?;
    let once = once(&tx, request, fresh.0, now).await?;
    if once == Once::Reused {
        return refuse_field(C::RequestKeyReused, "requestKey");
    }
    let id = if let Once::Again(known) = once { ProviderId(known) } else { fresh };
    if once == Once::First {
        if region(&tx, &new.region_code).await?.is_none() {
            return refuse_field(C::RegionUnknown, "regionCode");
        }
        insert_provider(&tx, &applied(new, fresh, who, now)).await?;
        let role = Grant { role: Role::ProviderManager, provider: Some(fresh.0), region: None };
        if !grant_new(&tx, who.person, &role, left(&tx, who).await?, now).await? {
            return refuse(C::AlreadyManager);
        }
        let event = Event {
            to: Some(ProviderState::Applied.as_str()),
            request_key: Some(key.to_owned()),
            ..provider_event("apply", fresh, who)
        };
        for said in [("name", new.name.trim()), ("address", new.address.trim())] {
            queue_said(app, &tx, who, ("provider", fresh.0), said).await?;
        }
        record(&tx, &app.ids, now, vec![event]).await?;
    }
    let card = store::card(&tx, id).await?.ok_or_else(|| vanished("while applying"))?;
    tx.commit().await?;
    app.sessions.forget(who.session);
    Ok(card)
}

fn applied(
    new: &NewProvider,
    id: ProviderId,
    who: &SignedIn,
    now: chrono::DateTime<chrono::Utc>,
) -> provider::Model {
    provider::Model {
        id: id.0,
        name: new.name.trim().to_owned(),
        kind: new.kind,
        region_code: new.region_code.clone(),
        is_demo: false,
        state: ProviderState::Applied,
        version: 0,
        phone: Some(new.phone.clone()),
        address: Some(new.address.trim().to_owned()),
        applied_by: Some(who.person.0),
        applied_at: Some(now),
        decision_reason: None,
    }
}

/// The provider that the person ran and that has left: it may be followed by another.
async fn left<C: sea_orm::ConnectionTrait>(
    tx: &C,
    who: &SignedIn,
) -> Result<Option<uuid::Uuid>, sea_orm::DbErr> {
    let Some(former) = who.managed_provider() else { return Ok(None) };
    let row = store::provider(tx, former).await?;
    Ok(row.filter(|row| row.state == ProviderState::Exited).map(|row| row.id))
}

/// Hands in a paper.
pub async fn add_licence(
    app: &App,
    who: &SignedIn,
    key: &str,
    (id, paper): (ProviderId, &Paper<LicenceKind>),
) -> Result<ProviderCard, Stop<ProviderLicenceAddErrorCode>> {
    use ProviderLicenceAddErrorCode as C;
    if !is_request_key(key) {
        return refuse_field(C::RequestKeyInvalid, "requestKey");
    }
    let now = app.clock.now();
    let fingerprint = fingerprint(&(id, paper));
    let request = Request { person: who.person.0, act: "providerLicenceAdd", key, fingerprint: &fingerprint };
    let fresh: LicenceId = app.ids.next();
    let tx = app.db.begin().await?;
    let once = once(&tx, request, fresh.0, now).await?;
    if once == Once::Reused {
        return refuse_field(C::RequestKeyReused, "requestKey");
    }
    if store::provider_to_run(&tx, who).await?.is_none_or(|row| row.id != id.0) {
        return refuse_field(C::ProviderNotFound, "providerId");
    }
    if once == Once::First {
        if let Some(field) = paper.fault(app.clock.today()) {
            return refuse_field(C::InputInvalid, field);
        }
        let row = provider_licence::Model {
            id: fresh.0,
            provider_id: id.0,
            kind: paper.kind,
            number: paper.number.trim().to_owned(),
            valid_from: paper.valid_from,
            valid_until: paper.valid_until,
            added_at: now,
            checked_at: None,
            checked_by: None,
        };
        store::insert_licence(&tx, &row).await?;
        let event = Event {
            reason: Some(format!("{} until {}", paper.kind.as_str(), paper.valid_until)),
            request_key: Some(key.to_owned()),
            ..provider_event("licence_add", id, who)
        };
        record(&tx, &app.ids, now, vec![event]).await?;
    }
    let card = store::card(&tx, id).await?.ok_or_else(|| vanished("while a paper was added"))?;
    tx.commit().await?;
    Ok(card)
}

/// An officer has seen a paper that came later than the application.
pub async fn check_licence(
    app: &App,
    who: &SignedIn,
    id: LicenceId,
) -> Result<ProviderCard, Stop<ProviderLicenceCheckErrorCode>> {
    use ProviderLicenceCheckErrorCode as C;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let Some(licence) = store::licence_to_check(&tx, who, id).await? else {
        return refuse_field(C::LicenceNotFound, "licenceId");
    };
    if !store::check_licence(&tx, id, who.person.0, now).await? {
        return refuse_field(C::AlreadyChecked, "licenceId");
    }
    let provider = ProviderId(licence.provider_id);
    let event = Event {
        reason: Some(licence.kind.as_str().to_owned()),
        ..provider_event("licence_check", provider, who)
    };
    record(&tx, &app.ids, now, vec![event]).await?;
    let card = store::card(&tx, provider).await?.ok_or_else(|| vanished("while a paper was checked"))?;
    tx.commit().await?;
    Ok(card)
}

fn vanished(when: &str) -> Fault {
    Fault::new(format!("a provider vanished {when}"))
}
