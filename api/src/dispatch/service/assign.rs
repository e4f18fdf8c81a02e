//! A provider chooses by hand whom to ask.

use chrono::Duration;
use entities::enums::{AssignmentState, ServiceState};
use entities::{assignment, service_order};

use crate::app::App;
use crate::dispatch::graph::offer::OfferAssignErrorCode as C;
use crate::dispatch::service::offer::live_parts;
use crate::dispatch::store;
use crate::kit::clock::service_day;
use crate::kit::due::{Due, schedule};
use crate::kit::event::record;
use crate::kit::ids::{CarerId, OrderId};
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::orders::rules::service_order::{OFFER_MIN, ServiceEvent};
use crate::orders::store::service_order as orders;
use crate::orders::store::write::Cause;
use crate::slots::rules::carers::{Candidate, Ranked, taken};
use crate::slots::store::carers::{self, Wanted, Who};

/// The manager asks one of his carers. A seat that nobody has accepted becomes his; who was asked for it is free again.
/// Repeated while the carer is asked, it answers the same.
pub async fn assign(app: &App, who: &SignedIn, id: OrderId, carer: CarerId) -> Result<OrderId, Stop<C>> {
    let tx = app.db.begin().await?;
    let own = who.managed_provider();
    let order = orders::current(&tx, id.0).await?;
    let Some(order) = order.filter(|order| own.is_some_and(|own| own.0 == order.provider_id)) else {
        return refuse_field(C::OrderNotFound, "orderId");
    };
    if !carers::is_carer_of(&tx, carer, order.provider_id).await? {
        return refuse_field(C::CarerNotFit, "carerId");
    }
    let is_searching = matches!(order.state, ServiceState::Paid | ServiceState::Offered);
    if !is_searching || order.choice_before.is_some() {
        return refuse(C::WrongState);
    }
    let live = live_parts(&tx, &order).await?;
    if live.iter().any(|part| part.carer_id == carer.0 && part.state != AssignmentState::Reserved) {
        return Ok(id);
    }
    let Some(candidate) = fitting(&tx, &order, carer).await? else {
        return refuse_field(C::CarerNotFit, "carerId");
    };
    let Some(seat) = seat_for(&order, &live, &candidate) else { return refuse(C::NoSeat) };
    if let Some(part) = live.iter().find(|part| part.seat == seat) {
        store::replace(&tx, part.id, app.clock.now()).await?;
        carers::give_back(&tx, order.id, Some(part.carer_id)).await?;
    }
    let duration_min = (order.ends_at - order.starts_at).num_minutes();
    let time = (carer.0, taken(order.starts_at, duration_min, candidate.buffer_min));
    if !carers::take(&tx, order.id, &[time]).await? {
        return refuse(C::Busy);
    }
    let chosen = Ranked { candidate, travel_min: None, reasons: "机构指派".to_owned() };
    orders::assign(app, &tx, (&order, seat), &chosen).await?;
    let now = app.clock.now();
    let expires_at = (now + Duration::minutes(OFFER_MIN)).min(order.search_until.unwrap_or(order.starts_at));
    store::offer(&tx, order.id, now, expires_at).await?;
    let cause =
        Cause { actor: Some(who.person.0), reason: Some("机构指派".to_owned()), ..Cause::default() };
    if order.state == ServiceState::Paid {
        orders::advance(app, &tx, &order, ServiceEvent::Offer, cause).await?;
    } else {
        record(&tx, &app.ids, now, vec![orders::told(&order, "assigned", (None, None), cause)]).await?;
    }
    schedule(&tx, &app.ids, [(Due::Dispatch, order.id, now)]).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(id)
}

/// The carer, when he could take the visit: certified, at work, free, in reach, as wished, and has not said no.
async fn fitting(
    tx: &sea_orm::DatabaseTransaction,
    order: &service_order::Model,
    carer: CarerId,
) -> Result<Option<Candidate>, Fault> {
    let wanted = Wanted {
        who: Who {
            provider: order.provider_id,
            service: &order.service_code,
            region: &order.region_code,
            certificate: order.certificate_kind,
            day: service_day(order.starts_at),
        },
        elder: order.elder_id,
        order: order.id,
        round: order.round,
        starts_at: order.starts_at,
        ends_at: order.ends_at,
        is_new: false,
    };
    let found = carers::candidates(tx, &wanted).await?.into_iter().find(|one| one.carer == carer.0);
    let is_wished = |one: &Candidate| {
        order.wished_sex.is_none_or(|sex| sex == one.sex)
            && order.wished_carer.is_none_or(|wished| wished == one.carer)
    };
    Ok(found.filter(is_wished))
}

/// A seat that nobody has accepted, so that enough of those who come can still have the certificate.
fn seat_for(order: &service_order::Model, live: &[assignment::Model], candidate: &Candidate) -> Option<i16> {
    let count = |number: i16| usize::try_from(number).unwrap_or(0);
    let accepted =
        |seat: i16| live.iter().any(|part| part.seat == seat && part.state == AssignmentState::Accepted);
    let open: Vec<i16> = (1..=order.carers_needed).filter(|seat| !accepted(*seat)).collect();
    let certified =
        live.iter().filter(|part| part.state == AssignmentState::Accepted && part.is_certified).count();
    let with_this = certified + usize::from(candidate.is_certified);
    let others = open.len().checked_sub(1)?;
    if with_this + others < count(order.certified_needed) {
        return None;
    }
    let is_empty = |seat: &&i16| !live.iter().any(|part| part.seat == **seat);
    // A seat of nobody first; then one whose carer has no more papers than this one.
    let weaker = |seat: &&i16| {
        live.iter().any(|part| part.seat == **seat && (candidate.is_certified || !part.is_certified))
    };
    open.iter().find(is_empty).or_else(|| open.iter().find(weaker)).or(open.first()).copied()
}
