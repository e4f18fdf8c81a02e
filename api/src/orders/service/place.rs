//! Quoting and placing a meal.

use chrono::{DateTime, Utc};
use entities::enums::{Channel, MealState, MealWay, Role};
use entities::meal_order;
use uuid::Uuid;

use crate::app::App;
use crate::directory::store::Canteen;
use crate::kit::fen::Fen;
use crate::kit::ids::{ElderId, OrderId, SlotId};
use crate::kit::once::{fingerprint, is_request_key};
use crate::kit::refusal::{Fault, Stop, refuse_field, refuse_saying};
use crate::kit::seal::random_text;
use crate::kit::viewer::SignedIn;
use crate::money::rules::voucher::month_of;
use crate::orders::graph::place::MealOrderPlaceErrorCode as C;
use crate::orders::rules::{self, Quote, Unquotable, Wish, over_limit, pay_before};
use crate::orders::store::placer::{Placed, Placing};
use crate::orders::store::read::{self, Basis, Seen};
use crate::orders::store::write::kitchen_topic;
use crate::people::rules::Scope;
use crate::rights::rules::shipped;
use crate::slots::service::{hold_owner, menu_of};
use crate::slots::store::Slot;

/// What somebody wants for an elder.
#[derive(Clone, Debug)]
pub struct Want {
    /// For whom.
    pub elder: ElderId,
    /// Where and when.
    pub slot: SlotId,
    /// How it reaches the elder.
    pub way: MealWay,
    /// Which dishes.
    pub wishes: Vec<Wish>,
}

/// How it is to be placed.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The client's key.
    pub key: String,
    /// Token of a hold, when there is one.
    pub hold: Option<String>,
    /// What the family saw as due; another price is refused instead of charged.
    pub expected_due: Option<Fen>,
    /// For the kitchen or the courier, at most 200 characters.
    pub note: Option<String>,
    /// Fingerprint of what the client sent, when the house filled in the rest; made of everything otherwise.
    pub print: Option<String>,
}

/// A quote with what it rests on.
pub struct Quoted {
    /// Elder, slot and subsidy so far.
    pub basis: Basis,
    /// The slot, found.
    pub slot: Slot,
    /// The canteen's card.
    pub canteen: std::sync::Arc<Canteen>,
    /// Prices and payers.
    pub quote: Quote,
}

/// Prices a want for somebody who may book for the elder. One statement, menus from the cache.
pub async fn quote(app: &App, who: &SignedIn, want: &Want) -> Result<Quoted, Stop<C>> {
    let since = (month_of(app.clock.today()), false);
    let basis = read::basis(app.db.read(), who, (want.elder, want.slot), since).await?;
    let Some(basis) = basis.filter(|basis| basis.reached.scopes.has(Scope::Book)) else {
        return refuse_field(C::ElderNotFound, "elderId");
    };
    let is_open = |slot: &Slot| slot.is_open && slot.cut_off_at > app.clock.now();
    if basis.slot.as_ref().is_some_and(|slot| !is_open(slot)) {
        return refuse_field(C::SlotClosed, "slotId");
    }
    price(app, basis, want).await
}

/// Prices a want on a basis that was read already.
pub async fn price(app: &App, basis: Basis, want: &Want) -> Result<Quoted, Stop<C>> {
    let Some(slot) = basis.slot.clone() else { return refuse_field(C::SlotNotFound, "slotId") };
    let canteen = app
        .cards
        .canteen(app.db.read(), slot.canteen_id, slot.stamp)
        .await?
        .ok_or_else(|| Fault::new("a slot without its canteen"))?;
    let menu = menu_of(app, &slot).await?;
    let elder = &basis.reached.elder;
    let facts = rules::Basis {
        birth_on: elder.birth_on,
        region_code: &elder.region_code,
        home_e6: elder.latitude_e6.zip(elder.longitude_e6),
        has_subsidised_meal: basis.has_subsidised_meal,
        served_on: slot.served_on,
        ways: slot.ways,
        menu: &menu,
        delivery_fee: Fen::new(canteen.row.delivery_fee_fen),
        area: &canteen.area,
        packs: shipped(),
        programmes: &app.programmes,
        vouchers: &basis.vouchers,
        limits: &basis.limits,
        canteen_region: &canteen.row.region_code,
    };
    match rules::quote(&facts, want.way, &want.wishes) {
        Ok(quote) => Ok(Quoted { basis, slot, canteen, quote }),
        Err(why) => match why {
            Unquotable::ItemsInvalid => refuse_field(C::ItemsInvalid, "items"),
            Unquotable::DishNotOnMenu => refuse_field(C::DishNotOnMenu, "items"),
            Unquotable::DishSoldOut => refuse_field(C::DishSoldOut, "items"),
            Unquotable::WayNotOffered => refuse_field(C::WayNotOffered, "way"),
            Unquotable::OutOfArea => refuse_field(C::OutOfArea, "way"),
            Unquotable::ContractLimit { left } => refuse_saying(C::ContractLimit, over_limit(left)),
        },
    }
}

/// How often an order is priced anew because the voucher was used by another one meanwhile.
const TRIES: usize = 3;

/// Places an order: it takes its seats and waits for its payment, or is confirmed when nothing is to pay.
/// The order is answered from what was written; only a repeat is read again.
///
/// When the voucher does not hold any more what the quote said, the order is priced anew, but nobody is charged more than
/// he has seen: then it is refused with the new price.
pub async fn place(app: &App, who: &SignedIn, want: &Want, terms: &Terms) -> Result<Seen, Stop<C>> {
    check_terms(terms)?;
    let whole = || fingerprint(&(want, &terms.expected_due, &terms.note));
    let print = terms.print.clone().unwrap_or_else(whole);
    for number in 0..TRIES {
        let quoted = match quote(app, who, want).await {
            Ok(quoted) => quoted,
            // An earlier answer must be repeated also when the slot has closed or a dish has run out since.
            Err(stop) => return repeated(app, who, &terms.key, &print).await?.ok_or(stop),
        };
        let cash = quoted.quote.split.cash;
        let is_other = |seen| if number == 0 { seen != cash } else { seen < cash };
        if terms.expected_due.is_some_and(is_other) {
            return repeated_or_dearer(app, who, (&terms.key, &print), cash).await;
        }
        if let Some(seen) = try_place((app, who), quoted, (want, terms), &print).await? {
            return Ok(seen);
        }
    }
    repeated_or(app, who, (&terms.key, &print), C::PriceChanged).await
}

/// Asks for the seats of a quote. `None`: the voucher does not hold any more what the quote said.
async fn try_place(
    (app, who): (&App, &SignedIn),
    quoted: Quoted,
    (want, terms): (&Want, &Terms),
    print: &str,
) -> Result<Option<Seen>, Stop<C>> {
    let owner = terms.hold.as_deref().map_or_else(String::new, |token| hold_owner(who, token));
    let held_by_others = app.holds.held_by_others(quoted.slot.id, &owner, quoted.quote.portions).await;
    let placing = draft((app, who), &quoted, (want, terms), print, held_by_others)?;
    let order = placing.order.clone();
    let again = (terms.key.as_str(), print);
    match app.placer.place(app, placing).await? {
        Placed::Yes => {}
        Placed::VoucherChanged => return Ok(None),
        Placed::Busy => return refuse_field(C::Busy, "slotId"),
        Placed::Conflict => return conflict(app, who, &terms.key, print).await.map(Some),
        Placed::Closed => return repeated_or(app, who, again, C::SlotClosed).await.map(Some),
        Placed::Full | Placed::Alone => return repeated_or(app, who, again, C::SlotFull).await.map(Some),
    }
    if let Some(token) = &terms.hold {
        app.holds.release(order.slot_id, &hold_owner(who, token)).await;
    }
    app.nudge.notify_one();
    let id = OrderId(order.id);
    tracing::info!(order.id = %id, cash_fen = order.cash_fen, "order {id} placed");
    Ok(Some(Seen {
        order,
        stamp: quoted.slot.stamp,
        provider_id: quoted.canteen.row.provider_id,
        cut_off_at: quoted.slot.cut_off_at,
        starts_at: quoted.slot.starts_at,
        ends_at: quoted.slot.ends_at,
        reached: quoted.basis.reached,
    }))
}

/// The order that this key made before; without one, the new price must be confirmed.
async fn repeated_or_dearer(
    app: &App,
    who: &SignedIn,
    (key, print): (&str, &str),
    cash: Fen,
) -> Result<Seen, Stop<C>> {
    match repeated(app, who, key, print).await? {
        Some(earlier) => Ok(earlier),
        None => refuse_saying(C::PriceChanged, format!("价格有变，现在应付 {cash} 元，请重新确认")),
    }
}

fn check_terms(terms: &Terms) -> Result<(), Stop<C>> {
    if !is_request_key(&terms.key) {
        return refuse_field(C::RequestKeyInvalid, "requestKey");
    }
    if terms.note.as_ref().is_some_and(|note| note.chars().count() > 200) {
        return refuse_field(C::NoteTooLong, "note");
    }
    Ok(())
}

/// The order that this key made before. Refuses when the key made it from other input.
async fn repeated(app: &App, who: &SignedIn, key: &str, print: &str) -> Result<Option<Seen>, Stop<C>> {
    match read::by_key(app.db.write(), who.person.0, key).await? {
        Some((id, known)) if known == print => Ok(read::order_of(app.db.write(), who, id).await?),
        Some(_) => refuse_field(C::RequestKeyReused, "requestKey"),
        None => Ok(None),
    }
}

/// The order that this key made before; without one, the slot refuses.
async fn repeated_or(
    app: &App,
    who: &SignedIn,
    (key, print): (&str, &str),
    code: C,
) -> Result<Seen, Stop<C>> {
    match repeated(app, who, key, print).await? {
        Some(seen) => Ok(seen),
        None => refuse_field(code, "slotId"),
    }
}

/// Something unique was there already: the same request, or another subsidised meal placed a moment ago.
async fn conflict(app: &App, who: &SignedIn, key: &str, print: &str) -> Result<Seen, Stop<C>> {
    match repeated(app, who, key, print).await? {
        Some(seen) => Ok(seen),
        None => refuse_saying(C::PriceChanged, "这一餐的补贴刚刚已经使用，请重新确认价格".to_owned()),
    }
}

fn draft(
    (app, who): (&App, &SignedIn),
    quoted: &Quoted,
    (want, terms): (&Want, &Terms),
    print: &str,
    held_by_others: i32,
) -> Result<Placing, Fault> {
    let now = app.clock.now();
    let is_free = quoted.quote.split.cash.is_zero();
    let channel = if quoted.basis.reached.is_self {
        Channel::ElderApp
    } else if who.is_desk_for(&quoted.basis.reached.elder.region_code) && who.has(Role::Desk) {
        Channel::Desk
    } else {
        Channel::FamilyApp
    };
    let mut order = row(app, who, quoted, (want.way, channel), now)?;
    order.state = if is_free { MealState::Confirmed } else { MealState::Held };
    order.pay_before = (!is_free).then(|| pay_before(now, app.config.payment_s, quoted.slot.cut_off_at));
    order.request_key.clone_from(&terms.key);
    order.request_fingerprint = print.to_owned();
    order.note_sealed = terms.note.as_deref().map(|note| app.seal.seal(note)).transpose()?;
    Ok(Placing {
        topic: Some(kitchen_topic(&order)),
        order,
        voucher: quoted.quote.paying().map(|voucher| voucher.grant),
        contract: quoted.quote.contract(),
        lines: quoted.quote.lines.clone(),
        held_by_others,
        ignores_cut_off: false,
        event: if is_free { "nothing_to_pay" } else { "place" },
        event_id: app.ids.next(),
        work_id: app.ids.next(),
    })
}

/// The row of an order as quoted, without key and state of payment.
pub fn row(
    app: &App,
    who: &SignedIn,
    quoted: &Quoted,
    (way, channel): (MealWay, Channel),
    now: DateTime<Utc>,
) -> Result<meal_order::Model, Fault> {
    let Quote { split, subsidy, portions, .. } = &quoted.quote;
    let voucher = quoted.quote.paying();
    Ok(meal_order::Model {
        id: app.ids.next::<Uuid>(),
        placed_by: who.person.0,
        request_key: String::new(),
        request_fingerprint: String::new(),
        elder_id: quoted.basis.reached.elder.id,
        canteen_id: quoted.slot.canteen_id,
        slot_id: quoted.slot.id,
        served_on: quoted.slot.served_on,
        period: quoted.slot.period,
        way,
        channel,
        state: MealState::Held,
        version: 0,
        portions: *portions,
        list_fen: split.list.get(),
        delivery_fen: split.delivery.get(),
        subsidy_fen: split.subsidy.get(),
        voucher_fen: split.voucher.get(),
        cash_fen: split.cash.get(),
        subsidy_rule: subsidy.as_ref().map(|subsidy| subsidy.rule.clone()),
        voucher_rule: voucher.map(|voucher| voucher.rule.clone()),
        has_live_subsidy: split.subsidy.is_positive(),
        serving_code: random_text(b"01234567890123456789012345678901", 6)?,
        note_sealed: None,
        pay_before: None,
        created_at: now,
        ended_at: None,
        taken_back_at: None,
        taken_back_reason: None,
    })
}
