//! Booking a bundle: each of its visits is an order of its own with its own price, payment and settlement; all are
//! booked in one transaction, or none.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entities::enums::Sex;
use entities::service_order;
use uuid::Uuid;

use super::draft::draft;
use super::hold::crew_of;
use super::place::{Quoted, TRIES, Taken, Terms, Want, check_start, check_terms, quote_beside, take};
use crate::app::App;
use crate::directory::store::offering::{self as offerings, Offered};
use crate::kit::clock::{moment_text, service_day};
use crate::kit::fen::Fen;
use crate::kit::ids::{CarerId, ElderId, OfferingId};
use crate::kit::once::fingerprint;
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field, refuse_saying};
use crate::kit::viewer::SignedIn;
use crate::money::rules::voucher::month_of;
use crate::orders::graph::service_order::bundle::ServiceBundlePlaceErrorCode as C;
use crate::orders::rules::bundle::makes_up;
use crate::orders::store::service_list::orders_of_booking;
use crate::orders::store::service_order::{self as store, ServiceSeen};
use crate::people::rules::Scope;
use crate::slots::holds::crew::Cell;
use crate::slots::service::hold_owner;

/// A bundle that somebody wants for an elder.
#[derive(Clone, Debug)]
pub struct BundleWant {
    /// For whom.
    pub elder: ElderId,
    /// Which bundle.
    pub bundle: OfferingId,
    /// Its visits, in the family's order.
    pub visits: Vec<PlannedVisit>,
    /// Only this sex, when wished.
    pub sex: Option<Sex>,
    /// Only this carer, when wished.
    pub carer: Option<CarerId>,
}

/// One visit of a bundle.
#[derive(Clone, Copy, Debug)]
pub struct PlannedVisit {
    /// Which item of the bundle.
    pub offering: OfferingId,
    /// How much of the item: hours or pieces; 1 when priced by the visit.
    pub quantity: i16,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
}

/// What all visits of a booking share.
#[derive(Clone, Debug)]
pub struct BundleTerms {
    /// The client's key.
    pub key: String,
    /// What the family saw as due for all visits; another price is refused instead of charged.
    pub expected_due: Option<Fen>,
    /// For the carers.
    pub note: Option<String>,
    /// The desk's note of the telephone call.
    pub call_reference: Option<String>,
}

impl BundleTerms {
    /// The terms of one visit. Its key is the booking's with its number behind, the first one's is the booking's.
    fn of_visit(&self, number: usize, starts_at: DateTime<Utc>) -> Terms {
        Terms {
            key: if number == 0 { self.key.clone() } else { format!("{}#{number}", self.key) },
            starts_at,
            expected_due: None,
            note: self.note.clone(),
            call_reference: self.call_reference.clone(),
            hold: None,
        }
    }
}

/// Books all visits of a bundle, or none. Repeated, it answers the same.
pub async fn place_bundle(
    app: &App,
    who: &SignedIn,
    want: &BundleWant,
    terms: &BundleTerms,
) -> Result<Vec<ServiceSeen>, Stop<C>> {
    let Some(first) = want.visits.first() else { return refuse_field(C::ItemsIncomplete, "visits") };
    check_terms(&terms.of_visit(0, first.starts_at)).map_err(|stop| stop.narrow(C::from))?;
    let print = fingerprint(&(want, &terms.expected_due, &terms.note));
    if let Some(earlier) = repeated(app, who, &terms.key, &print).await? {
        return Ok(earlier);
    }
    for visit in &want.visits {
        check_start(app, visit.starts_at).map_err(|stop| stop.narrow(C::from))?;
    }
    let mut planned = plan(app, who, want, terms, &print).await?;
    if terms.expected_due.is_some_and(|seen| seen != cash_of(&planned)) {
        return refuse_price(&planned);
    }
    for _ in 0..TRIES {
        match take_all(app, &planned).await? {
            Ok(()) => {
                app.nudge.notify_one();
                let seen = planned
                    .into_iter()
                    .map(|one| ServiceSeen { order: one.order, reached: one.quoted.reached });
                return Ok(seen.collect());
            }
            Err((_, Taken::KeyUsed)) => {
                let earlier = repeated(app, who, &terms.key, &print).await?;
                return earlier.map_or_else(|| refuse_field(C::RequestKeyReused, "requestKey"), Ok);
            }
            Err((starts_at, Taken::NobodyFree)) => {
                let at = moment_text(starts_at);
                return refuse_saying(C::NobodyFree, format!("{at}没有合适的护理员，请换一个时间"));
            }
            Err((starts_at, Taken::Booked)) => {
                let at = moment_text(starts_at);
                return refuse_saying(
                    C::AlreadyBooked,
                    format!("{at}已经订了同一项服务，请换一个时间或先查看订单"),
                );
            }
            Err((_, Taken::Shut(code))) => return refuse_field(C::from(code), "elderId"),
            Err((_, Taken::Again | Taken::Yes)) => {}
            Err((_, Taken::VoucherChanged)) => {
                planned = plan(app, who, want, terms, &print).await?;
                if terms.expected_due.is_some_and(|seen| seen < cash_of(&planned)) {
                    return refuse_price(&planned);
                }
            }
        }
    }
    refuse(C::Busy)
}

fn cash_of(planned: &[Planned]) -> Fen {
    planned.iter().map(|visit| Fen::new(visit.order.cash_fen)).sum()
}

/// Nobody is charged more than he has seen.
fn refuse_price<T>(planned: &[Planned]) -> Result<T, Stop<C>> {
    refuse_saying(C::PriceChanged, format!("价格有变，现在应付 {} 元，请重新确认", cash_of(planned)))
}

/// A visit as it would be written.
struct Planned {
    want: Want,
    quoted: Quoted,
    order: service_order::Model,
    /// Time that others hold while they fill in a form.
    others: HashSet<Cell>,
}

async fn plan(
    app: &App,
    who: &SignedIn,
    want: &BundleWant,
    terms: &BundleTerms,
    print: &str,
) -> Result<Vec<Planned>, Stop<C>> {
    let now = app.clock.now();
    let since = (now, month_of(app.clock.today()));
    let basis = store::basis(app.db.read(), who, (want.elder, want.bundle), since).await?;
    let Some(basis) = basis.filter(|basis| basis.reached.scopes.has(Scope::Book)) else {
        return refuse_field(C::ElderNotFound, "elderId");
    };
    let found = offerings::sold(app.db.read(), want.bundle, now).await?;
    let Some(bundle) = found.filter(Offered::is_bundle) else {
        return refuse_field(C::BundleNotFound, "bundleId");
    };
    if !basis.offer.is_some_and(|offer| offer.is_in_area) {
        return refuse_field(C::OutOfArea, "elderId");
    }
    let items: Vec<_> = bundle.items.iter().map(|item| (item.row.id, item.quantity)).collect();
    let visits: Vec<_> = want.visits.iter().map(|visit| (visit.offering.0, visit.quantity)).collect();
    if !makes_up(&items, &visits) {
        return refuse_field(C::ItemsIncomplete, "visits");
    }
    let booking: Uuid = app.ids.next();
    let mut planned = Vec::with_capacity(want.visits.len());
    // Each visit of the bundle takes of a voucher what those before it leave.
    let mut taken = Vec::new();
    for (number, visit) in want.visits.iter().enumerate() {
        let one = Want {
            elder: want.elder,
            offering: visit.offering,
            quantity: visit.quantity,
            sex: want.sex,
            carer: want.carer,
        };
        let on = (&one, service_day(visit.starts_at));
        let quoted = quote_beside(app, who, on, &taken).await.map_err(|stop| stop.narrow(C::from))?;
        taken.extend(quoted.taken());
        let own = terms.of_visit(number, visit.starts_at);
        let order = service_order::Model {
            bundle_id: Some(want.bundle.0),
            booking_id: Some(booking),
            ..draft((app, who), &quoted, (&one, &own), print.to_owned())?
        };
        let crew = crew_of(order.provider_id, order.starts_at);
        let others = app.holds.crew_of_others(&crew, &hold_owner(who, "")).await;
        planned.push(Planned { want: one, quoted, order, others });
    }
    Ok(planned)
}

/// Takes the carers of all visits and writes the orders; what stands in the way of which visit, when something does.
async fn take_all(app: &App, planned: &[Planned]) -> Result<Result<(), (DateTime<Utc>, Taken)>, Fault> {
    let tx = app.db.begin().await?;
    for visit in planned {
        match take(app, &tx, &visit.quoted, (&visit.want, &visit.order, &visit.others)).await? {
            Taken::Yes => {}
            stopped => return Ok(Err((visit.order.starts_at, stopped))),
        }
    }
    tx.commit().await?;
    Ok(Ok(()))
}

/// The visits that the key booked before, as they stand now.
async fn repeated(
    app: &App,
    who: &SignedIn,
    key: &str,
    print: &str,
) -> Result<Option<Vec<ServiceSeen>>, Stop<C>> {
    let Some(earlier) = store::by_key(app.db.write(), who.person.0, key).await? else { return Ok(None) };
    match earlier.booking_id {
        Some(booking) if earlier.request_fingerprint == print => {
            Ok(Some(orders_of_booking(app.db.write(), who, booking).await?))
        }
        _ => refuse_field(C::RequestKeyReused, "requestKey"),
    }
}
