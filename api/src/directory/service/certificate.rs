//! Certificates of carers: entering them, and warning before they end.

use chrono::{DateTime, Utc};
use entities::carer_certificate;
use entities::enums::CertificateKind;
use sea_orm::ConnectionTrait;

use super::carer::{carer_event, seen};
use crate::app::App;
use crate::directory::graph::calendar::CarerCertificateAddErrorCode;
use crate::directory::rules::admission::Paper;
use crate::directory::rules::carer::{CarerFacts, next_warning, warning_due};
use crate::directory::store::carer::carer_to_change;
use crate::directory::store::certificate as store;
use crate::kit::due::{Due, schedule};
use crate::kit::event::{Event, record};
use crate::kit::ids::{CarerId, CertificateId};
use crate::kit::once::{Once, Request, fingerprint, is_request_key, once};
use crate::kit::refusal::{Fault, Stop, refuse_field};
use crate::kit::viewer::SignedIn;

/// Enters a certificate of a carer. A renewed one is entered beside the old one.
pub async fn add(
    app: &App,
    who: &SignedIn,
    key: &str,
    (id, paper): (CarerId, &Paper<CertificateKind>),
) -> Result<CarerFacts, Stop<CarerCertificateAddErrorCode>> {
    use CarerCertificateAddErrorCode as C;
    if !is_request_key(key) {
        return refuse_field(C::RequestKeyInvalid, "requestKey");
    }
    let now = app.clock.now();
    let fingerprint = fingerprint(&(id, paper));
    let request =
        Request { person: who.person.0, act: "carerCertificateAdd", key, fingerprint: &fingerprint };
    let fresh: CertificateId = app.ids.next();
    let tx = app.db.begin().await?;
    let once = once(&tx, request, fresh.0, now).await?;
    if once == Once::Reused {
        return refuse_field(C::RequestKeyReused, "requestKey");
    }
    if carer_to_change(&tx, who, id).await?.is_none() {
        return refuse_field(C::CarerNotFound, "carerId");
    }
    if once == Once::First {
        if let Some(field) = paper.fault(app.clock.today()) {
            return refuse_field(C::InputInvalid, field);
        }
        enter(app, &tx, (fresh, id), paper).await?;
        let event = Event {
            reason: Some(format!("{} until {}", paper.kind.as_str(), paper.valid_until)),
            request_key: Some(key.to_owned()),
            ..carer_event("certificate_add", id, who)
        };
        record(&tx, &app.ids, now, vec![event]).await?;
    }
    let carer = seen(app, &tx, id).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(carer)
}

/// Writes a certificate and puts its warnings on the list; one that ends soon is warned of at once.
pub async fn enter<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    (id, carer): (CertificateId, CarerId),
    paper: &Paper<CertificateKind>,
) -> Result<(), Fault> {
    let now = app.clock.now();
    let row = carer_certificate::Model {
        id: id.0,
        carer_id: carer.0,
        kind: paper.kind,
        number: paper.number.trim().to_owned(),
        valid_from: paper.valid_from,
        valid_until: paper.valid_until,
        added_at: now,
    };
    store::insert_certificate(tx, &row).await?;
    let is_due = warning_due(paper.valid_until, now).is_some();
    let at = if is_due { Some(now) } else { next_warning(paper.valid_until, now) };
    schedule(tx, &app.ids, at.map(|at| (Due::CertificateWarning, id.0, at))).await?;
    Ok(())
}

/// Due work: tells the carer's provider that a certificate ends, each warning once. Gives when to look again.
///
/// A certificate that was renewed, and one of a carer who does not work any more, is not warned of.
pub async fn warn(app: &App, id: CertificateId) -> Result<Option<DateTime<Utc>>, Fault> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let Some(until) = store::last_day(&tx, id.0).await? else { return Ok(None) };
    // A carer who pauses now may work again before the next warning.
    let Some(held) = store::certificate_to_warn_of(&tx, id.0).await? else {
        return Ok(next_warning(until, now));
    };
    let Some(days) = warning_due(until, now) else { return Ok(next_warning(until, now)) };
    let days = days.to_string();
    // The work may be done twice when a process dies: the event tells whether it was.
    if !store::was_warned(&tx, id.0, &days).await? {
        let event = Event {
            subject: "carer_certificate",
            subject_id: id.0,
            name: "certificate_expiring",
            reason: Some(days),
            topic: Some(format!("provider:{}", held.provider_id)),
            ..Event::default()
        };
        record(&tx, &app.ids, now, vec![event]).await?;
    }
    tx.commit().await?;
    Ok(next_warning(until, now))
}
