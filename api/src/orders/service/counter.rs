//! The counter: a meal is handed over by code, card or name, or sold to somebody who walks in.

use chrono::Duration;
use entities::enums::{Channel, MealState, MealWay};
use entities::{elder, meal_order};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};

use crate::app::App;
use crate::directory::store::canteen_of_provider;
use crate::kit::clock::clock_text;
use crate::kit::fen::Fen;
use crate::kit::ids::{CanteenId, ElderId, OrderId, SlotId};
use crate::kit::once::{fingerprint, is_request_key};
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field, refuse_saying};
use crate::kit::viewer::SignedIn;
use crate::money::rules::voucher::month_of;
use crate::money::rules::{Posting, Publics, Split};
use crate::money::service::voucher::order as voucher;
use crate::money::store::ledger;
use crate::orders::graph::counter::{MealOrderSellErrorCode, MealOrderServeErrorCode};
use crate::orders::graph::place::MealOrderPlaceErrorCode;
use crate::orders::rules::{MealEvent, Wish};
use crate::orders::service::place::{self, Want};
use crate::orders::service::timers::provider_of;
use crate::orders::store::placer::{Placed, Placing};
use crate::orders::store::read;
use crate::orders::store::write::{self, Cause, kitchen_topic};

/// How the person at the counter is recognised.
#[derive(Clone, Debug)]
pub enum Shown {
    /// The six digits of the order.
    Code(String),
    /// The elder's service card.
    Card(String),
    /// The elder's full name.
    Name(String),
}

/// Hands a meal of today over at the counter.
pub async fn serve(
    app: &App,
    who: &SignedIn,
    canteen: CanteenId,
    shown: &Shown,
) -> Result<OrderId, Stop<MealOrderServeErrorCode>> {
    use MealOrderServeErrorCode as C;
    if canteen_of_provider(app.db.read(), who, canteen).await?.is_none() {
        return refuse_field(C::CanteenNotFound, "canteenId");
    }
    let (column, value) = match shown {
        Shown::Code(code) => ("o.serving_code", code.trim().to_owned()),
        Shown::Card(card) => ("e.card_index", app.seal.index("card", card)),
        Shown::Name(name) => ("e.name_index", app.seal.index("name", name)),
    };
    let place = (canteen, app.clock.today());
    let mut found = read::shown_at_counter(app.db.write(), who, place, (column, &value)).await?;
    // Lunch is not fetched at breakfast: half an hour early is early enough.
    let later = found.extract_if(.., |seen| seen.starts_at - Duration::minutes(30) > app.clock.now()).count();
    let served = found.extract_if(.., |seen| seen.order.state == MealState::Served).last();
    found.retain(|seen| seen.order.state != MealState::Confirmed);
    let order = match (found.pop(), found.len(), served) {
        (Some(seen), 0, _) => seen.order,
        (Some(_), _, _) => return refuse(C::Ambiguous),
        (None, _, Some(seen)) => return refuse_saying(C::AlreadyServed, served_at(&seen.order)),
        (None, _, None) if later > 0 => return refuse(C::TooEarly),
        (None, _, None) => return refuse(C::NothingToServe),
    };
    let tx = app.db.begin().await?;
    let cause = Cause { actor: Some(who.person.0), ..Cause::default() };
    if !serve_order(app, &tx, &order, MealEvent::Scan, cause).await? {
        return refuse(C::NothingToServe);
    }
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(order.id.into())
}

fn served_at(order: &meal_order::Model) -> String {
    let at = order.ended_at.map(|at| format!(" {} ", clock_text(at))).unwrap_or_default();
    format!("这一份已经在{at}取走了")
}

/// Marks a meal as served: the provider has earned it, the public part is claimed. False: wrong state.
pub async fn serve_order(
    app: &App,
    tx: &DatabaseTransaction,
    order: &meal_order::Model,
    event: MealEvent,
    cause: Cause,
) -> Result<bool, Fault> {
    if write::advance(app, tx, order, event, cause).await?.is_none() {
        return Ok(false);
    }
    let provider = provider_of(app, tx, order.canteen_id).await?;
    let posting = earned(app, tx, order, provider).await?;
    ledger::post(tx, &[posting], app.clock.now()).await?;
    Ok(true)
}

/// What the provider of a meal that was served has earned; the voucher's part is redeemed.
async fn earned(
    app: &App,
    tx: &DatabaseTransaction,
    order: &meal_order::Model,
    provider: uuid::Uuid,
) -> Result<Posting, Fault> {
    let owing = voucher::redeem(app, tx, (order.id, order.voucher_fen)).await?;
    let publics = Publics { subsidy: order.subsidy_rule.as_deref(), voucher: owing.as_deref() };
    Ok(Posting::served(order.id, provider, split_of(order), publics))
}

/// Who paid what of a meal.
pub fn split_of(order: &meal_order::Model) -> Split {
    Split {
        list: Fen::new(order.list_fen),
        delivery: Fen::new(order.delivery_fen),
        subsidy: Fen::new(order.subsidy_fen),
        voucher: Fen::new(order.voucher_fen),
        cash: Fen::new(order.cash_fen),
    }
}

/// Who walks in.
#[derive(Clone, Debug)]
pub enum WalkIn {
    /// With the service card.
    Card(String),
    /// With name and the last four characters of the identity card number.
    NameAndId(String, String),
}

/// A sale at the counter.
#[derive(Clone, Debug)]
pub struct Sale {
    /// Which slot.
    pub slot: SlotId,
    /// Who walks in.
    pub walk_in: WalkIn,
    /// What is eaten, at the table or taken along.
    pub way: MealWay,
    /// Which dishes.
    pub wishes: Vec<Wish>,
}

/// Sells a meal to a walk-in during serving time: paid at the canteen's own till, same price, same subsidy.
pub async fn sell(
    app: &App,
    who: &SignedIn,
    key: &str,
    sale: &Sale,
) -> Result<OrderId, Stop<MealOrderSellErrorCode>> {
    use MealOrderSellErrorCode as C;
    if !is_request_key(key) {
        return refuse_field(C::RequestKeyInvalid, "requestKey");
    }
    let print = fingerprint(sale);
    if let Some((id, known)) = read::by_key(app.db.write(), who.person.0, key).await? {
        return if known == print { Ok(id) } else { refuse_field(C::RequestKeyReused, "requestKey") };
    }
    let slot = crate::slots::store::slot(app.db.read(), sale.slot).await?;
    let Some(slot) = slot else { return refuse_field(C::SlotNotFound, "slotId") };
    let canteen = canteen_of_provider(app.db.read(), who, slot.canteen_id.into()).await?;
    let Some(canteen) = canteen else { return refuse_field(C::SlotNotFound, "slotId") };
    let now = app.clock.now();
    if sale.way == MealWay::Delivery || now < slot.starts_at || now > slot.ends_at {
        return refuse(C::NotServingTime);
    }
    let Some(elder) = recognise(app, &sale.walk_in).await? else {
        return refuse_field(C::ElderNotFound, "walkIn");
    };
    let since = (month_of(app.clock.today()), true);
    let basis = read::basis(app.db.read(), who, (elder, sale.slot), since).await?;
    let Some(basis) = basis else { return refuse_field(C::ElderNotFound, "walkIn") };
    let want = Want { elder, slot: sale.slot, way: sale.way, wishes: sale.wishes.clone() };
    let quoted = match place::price(app, basis, &want).await {
        Ok(quoted) => quoted,
        Err(Stop::Fault(fault)) => return Err(fault.into()),
        Err(Stop::Refused(refused)) => {
            return refuse_field(sale_code(refused.code), refused.field.unwrap_or("items"));
        }
    };
    let mut order = place::row(app, who, &quoted, (sale.way, Channel::Counter), now)?;
    (order.state, order.request_key, order.request_fingerprint) =
        (MealState::Served, key.to_owned(), print.clone());
    let placing = Placing {
        topic: Some(kitchen_topic(&order)),
        voucher: quoted.quote.paying().map(|voucher| voucher.grant),
        contract: quoted.quote.contract(),
        lines: quoted.quote.lines.clone(),
        held_by_others: 0,
        ignores_cut_off: true,
        event: "counter_sale",
        event_id: app.ids.next(),
        work_id: app.ids.next(),
        order,
    };
    finish_sale(app, who, placing, canteen.provider_id).await
}

/// Seat, order and books in one transaction.
async fn finish_sale(
    app: &App,
    who: &SignedIn,
    placing: Placing,
    provider: uuid::Uuid,
) -> Result<OrderId, Stop<MealOrderSellErrorCode>> {
    use MealOrderSellErrorCode as C;
    let order = &placing.order;
    let tx = app.db.begin().await?;
    match write::place_in(app, &tx, &placing).await? {
        Placed::Yes => {}
        Placed::Full | Placed::Alone | Placed::Busy => return refuse_field(C::SlotFull, "slotId"),
        Placed::Closed => return refuse(C::NotServingTime),
        Placed::VoucherChanged => return refuse(C::TryAgain),
        Placed::Conflict => {
            drop(tx);
            return match read::by_key(app.db.write(), who.person.0, &order.request_key).await? {
                Some((id, known)) if known == order.request_fingerprint => Ok(id),
                Some(_) => refuse_field(C::RequestKeyReused, "requestKey"),
                None => refuse(C::TryAgain),
            };
        }
    }
    let served = earned(app, &tx, order, provider).await?;
    let postings = [Posting::paid_at_counter(order.id, provider, split_of(order).cash), served];
    ledger::post(&tx, &postings, app.clock.now()).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(order.id.into())
}

fn sale_code(code: MealOrderPlaceErrorCode) -> MealOrderSellErrorCode {
    use MealOrderPlaceErrorCode as P;
    use MealOrderSellErrorCode as C;
    match code {
        P::DishSoldOut => C::DishSoldOut,
        P::ContractLimit => C::ContractLimit,
        P::DishNotOnMenu => C::DishNotOnMenu,
        P::WayNotOffered | P::OutOfArea => C::NotServingTime,
        _ => C::ItemsInvalid,
    }
}

/// Elders of one name whose numbers are compared: a city has hundreds of some names.
const NAMESAKES_MAX: u64 = 2_000;

/// The elder at the counter. Names can be shared, so the last four characters of the number decide.
async fn recognise(app: &App, walk_in: &WalkIn) -> Result<Option<ElderId>, Fault> {
    use elder::Column;
    let find = elder::Entity::find().limit(NAMESAKES_MAX);
    match walk_in {
        WalkIn::Card(card) if card.trim().is_empty() => Ok(None),
        WalkIn::Card(card) => {
            let index = app.seal.index("card", card);
            let found = find.filter(Column::CardIndex.eq(index)).one(app.db.read()).await?;
            Ok(found.map(|elder| elder.id.into()))
        }
        WalkIn::NameAndId(name, last_four) => {
            let index = app.seal.index("name", name);
            // The last character may be an X, which a phone's keyboard likes to give as x.
            let end = last_four.trim().to_ascii_uppercase();
            let fits = |number: String| number.to_ascii_uppercase().ends_with(&end);
            let mut matching = Vec::new();
            for elder in find.filter(Column::NameIndex.eq(index)).all(app.db.read()).await? {
                let number = app.seal.open_optional(elder.id_number_sealed.as_deref())?;
                if end.len() == 4 && number.is_some_and(fits) {
                    matching.push(ElderId(elder.id));
                }
            }
            Ok(if matching.len() == 1 { matching.pop() } else { None })
        }
    }
}
