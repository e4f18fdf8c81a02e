//! Finding carers for a paid visit: asking them in their order, taking yes and no, and giving up in time.

use chrono::{DateTime, Duration, Utc};
use entities::assignment;
use entities::enums::{AssignmentState, ServiceState};
use entities::service_order;
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use crate::app::App;
use crate::directory::store::is_rural_region;
use crate::dispatch::graph::offer::{OfferAcceptErrorCode, OfferDeclineErrorCode};
use crate::dispatch::store;
use crate::kit::clock::service_day;
use crate::kit::due::{Due, schedule};
use crate::kit::fen::Fen;
use crate::kit::ids::OrderId;
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::orders::rules::service_order::{OFFER_MIN, ServiceEvent};
use crate::orders::rules::turns::LATE_ALARM_MIN;
use crate::orders::service::service_order::cancel::undo;
use crate::orders::store::service_order as orders;
use crate::orders::store::service_turn as turns;
use crate::orders::store::write::Cause;
use crate::people::service::words::{Written, queue_beside};
use crate::slots::rules::carers::{Home, Need, choose, rank, taken};
use crate::slots::store::carers::{self, Wanted, Who};

/// The worker's turn on an order that looks for carers. Gives the instant of the next turn, or `None` when it has found
/// them or has ended.
pub async fn dispatch(app: &App, id: OrderId) -> Result<Option<DateTime<Utc>>, Fault> {
    let tx = app.db.begin().await?;
    let Some(mut order) = orders::current(&tx, id.0).await? else { return Ok(None) };
    if !matches!(order.state, ServiceState::Paid | ServiceState::Offered) {
        return Ok(None);
    }
    let now = app.clock.now();
    if let Some(end) = order.choice_before.filter(|_| order.state == ServiceState::Paid) {
        return unless_chosen(app, tx, order, end).await;
    }
    let mut live = live_parts(&tx, &order).await?;
    if live.iter().any(|part| is_overdue(part, now)) {
        free_overdue(app, &tx, (&mut order, &mut live), now).await?;
    }
    let deadline = order.search_until.unwrap_or(order.starts_at);
    let all_asked = live.len() == usize::try_from(order.carers_needed).unwrap_or(0);
    let found = if now >= deadline {
        Found::Nobody
    } else if all_asked {
        Found::Enough
    } else {
        fill(app, &tx, &order, &live).await?
    };
    let next = match found {
        Found::Again => return Ok(Some(now)),
        Found::Nobody => {
            give_up(app, &tx, &mut order, "没有护理员能来，全额退款").await?;
            None
        }
        Found::Enough => ask(app, &tx, (&mut order, &live), (now, deadline)).await?,
    };
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(next)
}

fn is_overdue(part: &assignment::Model, now: DateTime<Utc>) -> bool {
    part.state == AssignmentState::Offered && part.expires_at.is_some_and(|end| end <= now)
}

/// Whoever did not answer in time is asked no more and has his time back.
async fn free_overdue(
    app: &App,
    tx: &DatabaseTransaction,
    (order, live): (&mut service_order::Model, &mut Vec<assignment::Model>),
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    let gone = store::time_out(tx, order.id, now).await?;
    for carer in &gone {
        carers::give_back(tx, order.id, Some(*carer)).await?;
    }
    live.retain(|part| !gone.contains(&part.carer_id));
    if !gone.is_empty() {
        back_to_paid(app, tx, order, "没有及时答复").await?;
    }
    Ok(())
}

/// The family has not chosen yet; when its time is over its money goes back.
async fn unless_chosen(
    app: &App,
    tx: DatabaseTransaction,
    mut order: service_order::Model,
    end: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, Fault> {
    if app.clock.now() < end {
        return Ok(Some(end));
    }
    give_up(app, &tx, &mut order, "家里没有答复要不要换人，全额退款").await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(None)
}

enum Found {
    Enough,
    Nobody,
    /// Somebody else took one of the carers at the same moment.
    Again,
}

/// Parts of an order that count now: chosen, asked, accepted.
pub async fn live_parts(
    tx: &DatabaseTransaction,
    order: &service_order::Model,
) -> Result<Vec<assignment::Model>, Fault> {
    use AssignmentState as S;
    let mut parts = orders::assignments(tx, order.id).await?;
    parts.retain(|part| matches!(part.state, S::Reserved | S::Offered | S::Accepted));
    Ok(parts)
}

/// Chooses carers for the seats that are free, among those who were not asked yet.
async fn fill(
    app: &App,
    tx: &DatabaseTransaction,
    order: &service_order::Model,
    live: &[assignment::Model],
) -> Result<Found, Fault> {
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
    let mut free = carers::candidates(tx, &wanted).await?;
    // A wish for one carer is kept or the order ends; nobody else comes in his place.
    free.retain(|candidate| order.wished_carer.is_none_or(|wished| wished == candidate.carer));
    let count = |number: i16| usize::try_from(number).unwrap_or(0);
    let certified = live.iter().filter(|part| part.is_certified).count();
    let need = Need {
        carers: count(order.carers_needed).saturating_sub(live.len()),
        certified: count(order.certified_needed).saturating_sub(certified),
        sex: order.wished_sex,
    };
    let is_rural = is_rural_region(tx, &order.region_code).await?;
    let home = Home { at_e6: order.latitude_e6.zip(order.longitude_e6), is_rural };
    let Some(chosen) = choose(&rank(free, home), need) else { return Ok(Found::Nobody) };
    let duration_min = (order.ends_at - order.starts_at).num_minutes();
    let time: Vec<_> = chosen
        .iter()
        .map(|one| (one.candidate.carer, taken(order.starts_at, duration_min, one.candidate.buffer_min)))
        .collect();
    if !carers::take(tx, order.id, &time).await? {
        return Ok(Found::Again);
    }
    let seats = (1..=order.carers_needed).filter(|seat| !live.iter().any(|part| part.seat == *seat));
    for (one, seat) in chosen.iter().zip(seats) {
        orders::assign(app, tx, (order, seat), one).await?;
    }
    Ok(Found::Enough)
}

/// Asks those who were chosen. Gives when the first of them must have answered. `live` are the parts before the seats were
/// filled; nobody else writes them while the order is locked, so they are not read again.
async fn ask(
    app: &App,
    tx: &DatabaseTransaction,
    (order, live): (&mut service_order::Model, &[assignment::Model]),
    (now, deadline): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Option<DateTime<Utc>>, Fault> {
    use AssignmentState as S;
    let expires_at = (now + Duration::minutes(OFFER_MIN)).min(deadline);
    let told = store::offer(tx, order.id, now, expires_at).await?;
    if order.state == ServiceState::Paid
        && let Some(state) = orders::advance(app, tx, order, ServiceEvent::Offer, Cause::default()).await?
    {
        order.state = state;
    }
    let accepted = live.iter().filter(|part| part.state == S::Accepted).count();
    if accept_if_complete(app, tx, (order, accepted), None).await? {
        return Ok(None);
    }
    let open = live.iter().filter(|part| part.state == S::Offered).filter_map(|part| part.expires_at);
    Ok(open.chain((told > 0).then_some(expires_at)).min())
}

/// An order that was asking around is paid again and looks for others.
pub(super) async fn back_to_paid(
    app: &App,
    tx: &DatabaseTransaction,
    order: &mut service_order::Model,
    reason: &str,
) -> Result<(), Fault> {
    let cause = Cause { reason: Some(reason.to_owned()), ..Cause::default() };
    if order.state == ServiceState::Offered
        && let Some(state) = orders::advance(app, tx, order, ServiceEvent::DeclineOrTimeout, cause).await?
    {
        order.state = state;
    }
    Ok(())
}

/// Nobody is left to ask, or it is too late to ask: everything goes back.
async fn give_up(
    app: &App,
    tx: &DatabaseTransaction,
    order: &mut service_order::Model,
    reason: &str,
) -> Result<(), Fault> {
    back_to_paid(app, tx, order, "没有找到护理员").await?;
    let cause = Cause { reason: Some(reason.to_owned()), ..Cause::default() };
    undo(app, tx, order, (ServiceEvent::NobodyFound, Fen::ZERO), cause).await?;
    Ok(())
}

/// The order is accepted when so many carers have said yes as it needs.
async fn accept_if_complete(
    app: &App,
    tx: &DatabaseTransaction,
    (order, accepted): (&mut service_order::Model, usize),
    actor: Option<Uuid>,
) -> Result<bool, Fault> {
    if accepted < usize::try_from(order.carers_needed).unwrap_or(usize::MAX) {
        return Ok(false);
    }
    let cause = Cause { actor, ..Cause::default() };
    if let Some(state) = orders::advance(app, tx, order, ServiceEvent::Accept, cause).await? {
        order.state = state;
        turns::found(tx, order.id).await?;
        let alarm = order.starts_at + Duration::minutes(LATE_ALARM_MIN);
        schedule(tx, &app.ids, [(Due::VisitWatch, order.id, alarm)]).await?;
    }
    Ok(order.state == ServiceState::Accepted)
}

/// A carer says yes. Repeated, it answers the same.
pub async fn accept(app: &App, who: &SignedIn, id: OrderId) -> Result<OrderId, Stop<OfferAcceptErrorCode>> {
    use OfferAcceptErrorCode as C;
    let tx = app.db.begin().await?;
    let Some(mut order) = orders::current(&tx, id.0).await? else {
        return refuse_field(C::OfferNotFound, "orderId");
    };
    let Some(part) = orders::part_of(&tx, id.0, who).await? else {
        return refuse_field(C::OfferNotFound, "orderId");
    };
    match part.state {
        AssignmentState::Reserved => return refuse_field(C::OfferNotFound, "orderId"),
        AssignmentState::Accepted => return Ok(id),
        _ => {}
    }
    if !store::accept(&tx, part.id, app.clock.now()).await? {
        return refuse(C::OfferGone);
    }
    let is_yes = |part: &&assignment::Model| part.state == AssignmentState::Accepted;
    let accepted = live_parts(&tx, &order).await?.iter().filter(is_yes).count();
    accept_if_complete(app, &tx, (&mut order, accepted), Some(who.person.0)).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(id)
}

/// A carer says no, and why. The next one is asked at once. Repeated, it answers the same.
pub async fn decline(
    app: &App,
    who: &SignedIn,
    id: OrderId,
    reason: &str,
) -> Result<OrderId, Stop<OfferDeclineErrorCode>> {
    use OfferDeclineErrorCode as C;
    let reason = reason.trim();
    if !(1..=200).contains(&reason.chars().count()) {
        return refuse_field(C::ReasonMissing, "reason");
    }
    let tx = app.db.begin().await?;
    let Some(mut order) = orders::current(&tx, id.0).await? else {
        return refuse_field(C::OfferNotFound, "orderId");
    };
    let Some(part) = orders::part_of(&tx, id.0, who).await? else {
        return refuse_field(C::OfferNotFound, "orderId");
    };
    match part.state {
        AssignmentState::Reserved => return refuse_field(C::OfferNotFound, "orderId"),
        AssignmentState::Declined => return Ok(id),
        _ => {}
    }
    if !store::decline(&tx, part.id, reason, app.clock.now()).await? {
        return refuse(C::OfferGone);
    }
    carers::give_back(&tx, order.id, Some(part.carer_id)).await?;
    // Carers say no one after the other; what is hidden stays so.
    let field = ServiceEvent::DeclineOrTimeout.name();
    let (subject, subject_id) = ("service_order".to_owned(), id.0);
    let (author, written_at) = (who.person.0, app.clock.now());
    let words_sealed = app.seal.seal(reason)?;
    let said = Written { subject, subject_id, field: field.into(), author, words_sealed, written_at };
    queue_beside(app, &tx, said).await?;
    back_to_paid(app, &tx, &mut order, reason).await?;
    schedule(&tx, &app.ids, [(Due::Dispatch, order.id, app.clock.now())]).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(id)
}
