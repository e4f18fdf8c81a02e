//! Quoting and placing a visit: all carers that it needs are taken, or none.

use std::collections::HashSet;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use entities::enums::{ServiceState, Sex};
use entities::service_order;
use sea_orm::DatabaseTransaction;

use super::draft::draft;
use super::hold::{crew_of, is_unheld};
use crate::app::App;
use crate::directory::store::is_rural_region;
use crate::kit::clock::{service_day, start_of_day};
use crate::kit::due::{Due, schedule};
use crate::kit::event::{Event, record};
use crate::kit::fen::Fen;
use crate::kit::ids::{CarerId, ElderId, OfferingId, OrderId};
use crate::kit::once::{fingerprint, is_request_key};
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field, refuse_saying};
use crate::kit::viewer::SignedIn;
use crate::money::rules::voucher::month_of;
use crate::money::rules::voucher::quote::{Applied, Wanted as WantedOfVoucher, apply};
use crate::money::store::voucher::{self, Taking};
use crate::orders::graph::service_order::ServiceOrderPlaceErrorCode as C;
use crate::orders::rules::over_limit;
use crate::orders::rules::service_order::{AHEAD_D, LEAD_H, Visit, price};
use crate::orders::service::service_order::gate;
use crate::orders::store::service_order::{self as store, Offer, ServiceSeen};
use crate::orders::store::write::Cause;
use crate::people::rules::Scope;
use crate::people::store::Reached;
use crate::slots::holds::crew::Cell;
use crate::slots::rules::carers::{
    Home, Need, choose, day_quarters, is_on_grain, rank, start_of, starts, taken,
};
use crate::slots::service::hold_owner;
use crate::slots::store::carers::{self, Wanted, Who};

/// Bookings that meet each other try again so often; each time one of them got on.
pub(super) const TRIES: usize = 64;
/// Longest visit in minutes.
const LONGEST_MIN: i64 = 12 * 60;
/// Longest note and longest call reference in characters.
const WORDS_MAX: usize = 200;

/// What somebody wants for an elder.
#[derive(Clone, Debug)]
pub struct Want {
    /// For whom.
    pub elder: ElderId,
    /// Which offering.
    pub offering: OfferingId,
    /// Hours or pieces; 1 when priced by the visit.
    pub quantity: i16,
    /// Only this sex, when wished. Respected or refused, never ignored.
    pub sex: Option<Sex>,
    /// Only this carer, when wished. Respected or refused, never ignored.
    pub carer: Option<CarerId>,
}

/// How it is to be placed.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The client's key.
    pub key: String,
    /// When the visit begins.
    pub starts_at: DateTime<Utc>,
    /// What the family saw as due; another price is refused instead of charged.
    pub expected_due: Option<Fen>,
    /// For the carer.
    pub note: Option<String>,
    /// The desk's note of the telephone call.
    pub call_reference: Option<String>,
    /// Token of a hold on the carers, when there is one.
    pub hold: Option<String>,
}

/// A quote with what it rests on.
pub struct Quoted {
    /// The elder as the person reaches him.
    pub reached: Reached,
    /// The offering.
    pub offer: Offer,
    /// Price and length.
    pub visit: Visit,
    /// What the elder's voucher does about the price; `None` when he has none.
    pub voucher: Option<Applied>,
}

impl Quoted {
    /// The voucher that pays a part, and how much.
    pub fn taken(&self) -> Option<Taking> {
        let applied = self.voucher.as_ref().filter(|voucher| voucher.pays.is_positive())?;
        let contract = applied.limit.map(|limit| limit.contract);
        Some(Taking { grant: applied.grant, contract, fen: applied.pays })
    }

    /// Programme and month of the voucher that pays a part.
    pub fn voucher_rule(&self) -> Option<String> {
        self.voucher.as_ref().filter(|voucher| voucher.pays.is_positive()).map(|voucher| voucher.rule.clone())
    }
}

/// Prices a want on a day for somebody who may book for the elder. One statement.
pub async fn quote(app: &App, who: &SignedIn, (want, day): (&Want, NaiveDate)) -> Result<Quoted, Stop<C>> {
    quote_beside(app, who, (want, day), &[]).await
}

/// Prices a want beside others that are booked in the same moment and take of the elder's vouchers.
pub(super) async fn quote_beside(
    app: &App,
    who: &SignedIn,
    (want, day): (&Want, NaiveDate),
    others: &[Taking],
) -> Result<Quoted, Stop<C>> {
    let since = (app.clock.now(), month_of(day.min(app.clock.today())));
    let found = store::basis(app.db.read(), who, (want.elder, want.offering), since).await?;
    let Some(basis) = found.filter(|basis| basis.reached.scopes.has(Scope::Book)) else {
        return refuse_field(C::ElderNotFound, "elderId");
    };
    let Some(offer) = basis.offer else { return refuse_field(C::OfferingNotFound, "offeringId") };
    let Some(price_fen) = offer.price_fen else { return refuse_field(C::OfferingNotFound, "offeringId") };
    if !offer.is_in_area {
        return refuse_field(C::OutOfArea, "elderId");
    }
    if basis.reached.elder.address_sealed.is_none() {
        return refuse_field(C::AddressMissing, "elderId");
    }
    if let Some(carer) = want.carer
        && !carers::is_carer_of(app.db.read(), carer, offer.provider_id).await?
    {
        return refuse_field(C::CarerNotFound, "wishedCarerId");
    }
    let visit = price(offer.unit, Fen::new(price_fen), offer.duration_min, want.quantity);
    let Some(visit) = visit.filter(|visit| visit.duration_min <= LONGEST_MIN) else {
        return refuse_field(C::QuantityInvalid, "quantity");
    };
    let wanted = WantedOfVoucher {
        programmes: &app.programmes,
        service: &offer.service_code,
        on: day,
        region_code: &basis.reached.elder.region_code,
        price: visit.split.cash,
    };
    let (mut vouchers, mut limits) = (basis.vouchers, basis.limits);
    for other in others {
        let own = vouchers.iter_mut().filter(|voucher| voucher.id == other.grant);
        own.for_each(|voucher| voucher.available_fen = voucher.available_fen.saturating_sub(other.fen.get()));
        let own = limits.iter_mut().filter(|limit| Some(limit.contract) == other.contract);
        own.for_each(|limit| limit.left = limit.left.checked_sub(other.fen).unwrap_or(Fen::ZERO));
    }
    let voucher = apply((&vouchers, &limits), wanted);
    if let Some(left) = voucher.as_ref().and_then(Applied::over_limit) {
        return refuse_saying(C::ContractLimit, over_limit(left));
    }
    let visit = visit.with_voucher(voucher.as_ref().map_or(Fen::ZERO, |voucher| voucher.pays));
    Ok(Quoted { reached: basis.reached, offer, visit, voucher })
}

/// Start times of a day at which enough carers are free.
pub async fn free_starts(
    app: &App,
    who: &SignedIn,
    want: &Want,
    day: NaiveDate,
) -> Result<Vec<DateTime<Utc>>, Stop<C>> {
    let quoted = quote(app, who, (want, day)).await?;
    let now = app.clock.now();
    let last_day = service_day(now + Duration::days(AHEAD_D));
    if day < service_day(now) || day > last_day {
        return Ok(Vec::new());
    }
    let noon = start_of_day(day) + Duration::hours(12);
    let others =
        app.holds.crew_of_others(&crew_of(quoted.offer.provider_id, noon), &hold_owner(who, "")).await;
    let mut days = carers::days(app.db.read(), &who_for(&quoted, day), quoted.reached.elder.id).await?;
    for carer in &mut days {
        carer.busy.extend(others.iter().filter(|cell| cell.0 == carer.carer).map(|cell| cell.1));
    }
    days.retain(|carer| want.carer.is_none_or(|wished| wished.0 == carer.carer));
    let length = crate::slots::rules::carers::quarters(quoted.visit.duration_min);
    let free = starts(day_quarters(day), length, need(&quoted.offer, want), &days);
    let earliest = now + Duration::hours(LEAD_H);
    Ok(free.into_iter().map(start_of).filter(|at| *at >= earliest).collect())
}

/// Who could come.
pub fn who_for(quoted: &Quoted, day: NaiveDate) -> Who<'_> {
    Who {
        provider: quoted.offer.provider_id,
        service: &quoted.offer.service_code,
        region: &quoted.reached.elder.region_code,
        certificate: quoted.offer.certificate_kind,
        day,
    }
}

/// How many carers come, and of which kind.
pub fn need(offer: &Offer, want: &Want) -> Need {
    let count = |number: i16| usize::try_from(number).unwrap_or(0);
    Need { carers: count(offer.carers_needed), certified: count(offer.certified_needed), sex: want.sex }
}

/// Places a visit: it takes its carers and waits for its payment, or is paid at once when nothing is to pay.
pub async fn place(app: &App, who: &SignedIn, want: &Want, terms: &Terms) -> Result<ServiceSeen, Stop<C>> {
    check_terms(terms)?;
    let print = fingerprint(&(want, terms.starts_at, &terms.expected_due, &terms.note));
    if let Some(earlier) = repeated(app, who, &terms.key, &print).await? {
        return Ok(earlier);
    }
    check_start(app, terms.starts_at)?;
    let mut quoted = quote(app, who, (want, service_day(terms.starts_at))).await?;
    if terms.expected_due.is_some_and(|seen| seen != quoted.visit.split.cash) {
        return refuse_price(&quoted);
    }
    let mut order = draft((app, who), &quoted, (want, terms), print.clone())?;
    let owner = terms.hold.as_deref().map_or_else(|| hold_owner(who, ""), |token| hold_owner(who, token));
    let crew = crew_of(order.provider_id, order.starts_at);
    let others = app.holds.crew_of_others(&crew, &owner).await;
    for _ in 0..TRIES {
        let tx = app.db.begin().await?;
        match take(app, &tx, &quoted, (want, &order, &others)).await? {
            Taken::Yes => {
                tx.commit().await?;
                if terms.hold.is_some() {
                    app.holds.release_crew(&crew, &owner).await;
                }
                app.nudge.notify_one();
                return Ok(ServiceSeen { order, reached: quoted.reached });
            }
            Taken::KeyUsed => {
                drop(tx);
                let earlier = repeated(app, who, &terms.key, &print).await?;
                return earlier.ok_or_else(|| Fault::new("a request key was used by nobody").into());
            }
            Taken::NobodyFree => return refuse_field(C::NobodyFree, "startsAt"),
            Taken::Booked => return refuse_field(C::AlreadyBooked, "startsAt"),
            Taken::Shut(code) => return refuse_field(code, "elderId"),
            Taken::Again => drop(tx),
            Taken::VoucherChanged => {
                drop(tx);
                quoted = quote(app, who, (want, service_day(terms.starts_at))).await?;
                if terms.expected_due.is_some_and(|seen| seen < quoted.visit.split.cash) {
                    return refuse_price(&quoted);
                }
                order = draft((app, who), &quoted, (want, terms), print.clone())?;
            }
        }
    }
    refuse(C::Busy)
}

/// Nobody is charged more than he has seen: another order may have used the voucher meanwhile.
fn refuse_price<T>(quoted: &Quoted) -> Result<T, Stop<C>> {
    let cash = quoted.visit.split.cash;
    refuse_saying(C::PriceChanged, format!("价格有变，现在应付 {cash} 元，请重新确认"))
}

pub(super) enum Taken {
    Yes,
    KeyUsed,
    NobodyFree,
    /// The elder has the same service at that time.
    Booked,
    /// The service's gate does not open for this elder.
    Shut(C),
    /// Somebody else took one of the carers at the same moment.
    Again,
    /// The voucher does not hold any more what the quote said.
    VoucherChanged,
}

pub(super) async fn take(
    app: &App,
    tx: &DatabaseTransaction,
    quoted: &Quoted,
    (want, order, others): (&Want, &service_order::Model, &HashSet<Cell>),
) -> Result<Taken, Fault> {
    carers::in_turn(tx, order.elder_id).await?;
    let passed = match gate::pass(tx, order).await? {
        Ok(passed) => passed,
        Err(code) => return Ok(Taken::Shut(code)),
    };
    let wanted = Wanted {
        who: who_for(quoted, service_day(order.starts_at)),
        elder: order.elder_id,
        order: order.id,
        round: order.round,
        starts_at: order.starts_at,
        ends_at: order.ends_at,
        is_new: true,
    };
    let mut free = carers::candidates(tx, &wanted).await?;
    free.retain(|candidate| want.carer.is_none_or(|wished| wished.0 == candidate.carer));
    free.retain(|candidate| is_unheld(candidate, (order.starts_at, quoted.visit.duration_min), others));
    let is_rural = is_rural_region(tx, &order.region_code).await?;
    let home = Home { at_e6: order.latitude_e6.zip(order.longitude_e6), is_rural };
    let Some(chosen) = choose(&rank(free, home), need(&quoted.offer, want)) else {
        let is_booked = carers::is_booked(tx, &wanted).await?;
        return Ok(if is_booked { Taken::Booked } else { Taken::NobodyFree });
    };
    if !store::insert(tx, order).await? {
        return Ok(Taken::KeyUsed);
    }
    if let Some(taking) = quoted.taken()
        && !voucher::reserve(tx, order.id, taking, order.created_at).await?
    {
        return Ok(Taken::VoucherChanged);
    }
    gate::open(app, tx, order, passed).await?;
    let duration_min = (order.ends_at - order.starts_at).num_minutes();
    let time: Vec<_> = chosen
        .iter()
        .map(|one| &one.candidate)
        .map(|carer| (carer.carer, taken(order.starts_at, duration_min, carer.buffer_min)))
        .collect();
    if !carers::take(tx, order.id, &time).await? {
        return Ok(Taken::Again);
    }
    for (one, seat) in chosen.iter().zip(1_i16..) {
        store::assign(app, tx, (order, seat), one).await?;
    }
    let now = app.clock.now();
    record(tx, &app.ids, now, beginning(order)).await?;
    let work = match order.pay_before {
        Some(end) => (Due::HoldTimeout, order.id, end),
        None => (Due::Dispatch, order.id, now),
    };
    schedule(tx, &app.ids, [work]).await?;
    Ok(Taken::Yes)
}

/// What the timeline begins with: the carers are taken; paid at once when nothing is to pay.
fn beginning(order: &service_order::Model) -> Vec<Event> {
    let cause = Cause {
        actor: Some(order.placed_by),
        request_key: Some(order.request_key.clone()),
        ..Cause::default()
    };
    let held = (Some(ServiceState::Quoted), Some(ServiceState::SlotHeld));
    let mut events = vec![store::told(order, "hold_slot", held, cause)];
    if order.state == ServiceState::Paid {
        let states = (Some(ServiceState::SlotHeld), Some(ServiceState::Paid));
        events.push(store::told(order, "nothing_to_pay", states, Cause::default()));
    }
    events
}

pub(super) fn check_terms(terms: &Terms) -> Result<(), Stop<C>> {
    if !is_request_key(&terms.key) {
        return refuse_field(C::RequestKeyInvalid, "requestKey");
    }
    let is_short = |text: &Option<String>| text.as_ref().is_none_or(|text| text.chars().count() <= WORDS_MAX);
    if !is_short(&terms.note) {
        return refuse_field(C::NoteTooLong, "note");
    }
    if !is_short(&terms.call_reference) {
        return refuse_field(C::NoteTooLong, "callReference");
    }
    Ok(())
}

/// A visit begins on a quarter of an hour, neither too soon nor too far ahead.
pub fn check_start(app: &App, starts_at: DateTime<Utc>) -> Result<(), Stop<C>> {
    let now = app.clock.now();
    if !is_on_grain(starts_at) || starts_at > now + Duration::days(AHEAD_D) {
        return refuse_field(C::StartInvalid, "startsAt");
    }
    if starts_at < now + Duration::hours(LEAD_H) {
        return refuse_field(C::TooSoon, "startsAt");
    }
    Ok(())
}

/// The order that the key made before, as it stands now.
pub(super) async fn repeated(
    app: &App,
    who: &SignedIn,
    key: &str,
    print: &str,
) -> Result<Option<ServiceSeen>, Stop<C>> {
    let Some(earlier) = store::by_key(app.db.write(), who.person.0, key).await? else { return Ok(None) };
    if earlier.request_fingerprint != print {
        return refuse_field(C::RequestKeyReused, "requestKey");
    }
    Ok(store::order_of(app.db.write(), who, OrderId(earlier.id)).await?)
}
