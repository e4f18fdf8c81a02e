//! Publishing menus, and saying that a dish is sold out.

use std::collections::HashSet;

use entities::canteen;
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use super::canteen_event;
use crate::app::App;
use crate::directory::graph::menu::{MenuDishSoldOutErrorCode, MenuPublishErrorCode};
use crate::directory::rules::{MENU_DISHES_MAX, is_menu_day};
use crate::directory::store::dish::{self as store, Meal};
use crate::directory::store::{Menu, MenuDish, canteen_to_change};
use crate::kit::event::{Event, record};
use crate::kit::ids::DishId;
use crate::kit::refusal::{Fault, Stop, refuse_field, refuse_saying};
use crate::kit::viewer::SignedIn;

/// Replaces the menu of a canteen, day and period. Dishes that stay keep their mark "sold out".
pub async fn publish(
    app: &App,
    who: &SignedIn,
    meal: Meal,
    dishes: &[DishId],
) -> Result<(canteen::Model, Menu), Stop<MenuPublishErrorCode>> {
    use MenuPublishErrorCode as C;
    let (canteen, day, period) = meal;
    if !is_menu_day(day, app.clock.today()) {
        return refuse_field(C::DayInvalid, "servedOn");
    }
    let wanted: Vec<Uuid> = dishes.iter().map(|dish| dish.0).collect();
    if !(1..=MENU_DISHES_MAX).contains(&wanted.len()) {
        return refuse_field(C::DishCountInvalid, "dishIds");
    }
    if wanted.iter().collect::<HashSet<_>>().len() != wanted.len() {
        return refuse_field(C::DishRepeated, "dishIds");
    }
    let tx = app.db.begin().await?;
    let Some(row) = canteen_to_change(&tx, who, canteen).await? else {
        return refuse_field(C::CanteenNotFound, "canteenId");
    };
    let kitchen = store::dishes_of(&tx, canteen).await?;
    if !wanted.iter().all(|id| kitchen.iter().any(|dish| dish.id == *id)) {
        return refuse_field(C::DishNotFound, "dishIds");
    }
    let priced = store::priced_dishes(&tx, canteen, app.clock.now()).await?;
    let name = |id: &Uuid| kitchen.iter().find(|dish| dish.id == *id).map_or("", |dish| dish.name.as_str());
    if let Some(id) = wanted.iter().find(|id| !priced.contains(id)) {
        return refuse_saying(C::DishWithoutPrice, format!("“{}”还没有公布价格，请先公布价格", name(id)));
    }
    if let Some(id) = replace(&tx, meal, &wanted).await? {
        return refuse_saying(C::DishOrdered, format!("“{}”已有人订，不能撤下，可以标为售完", name(&id)));
    }
    let event = Event {
        reason: Some(format!("{day} {}: {} dishes", period.as_str(), wanted.len())),
        ..canteen_event("menu_publish", canteen, who)
    };
    record(&tx, &app.ids, app.clock.now(), vec![event]).await?;
    tx.commit().await?;
    let menu = published(app, &row, meal).await?;
    Ok((row, menu))
}

/// Replaces a menu unless a dish that would go has been ordered: then it is named and nothing is changed.
/// The caller holds the canteen's row.
pub async fn replace<C: ConnectionTrait>(tx: &C, meal: Meal, wanted: &[Uuid]) -> Result<Option<Uuid>, DbErr> {
    let there = store::menu_of(tx, meal).await?;
    let gone: Vec<Uuid> = there.iter().map(|row| row.dish_id).filter(|dish| !wanted.contains(dish)).collect();
    if !gone.is_empty() {
        let ordered = store::ordered_dishes(tx, meal).await?;
        if let Some(dish) = gone.iter().find(|dish| ordered.contains(dish)) {
            return Ok(Some(*dish));
        }
    }
    for dish in gone {
        store::drop_from_menu(tx, meal, dish).await?;
    }
    store::put_on_menu(tx, meal, wanted).await?;
    Ok(None)
}

/// Says that the kitchen has run out of a dish, or has it again. Orders placed already stand.
pub async fn sold_out(
    app: &App,
    who: &SignedIn,
    meal: Meal,
    (dish, is_sold_out): (DishId, bool),
) -> Result<MenuDish, Stop<MenuDishSoldOutErrorCode>> {
    use MenuDishSoldOutErrorCode as C;
    let (canteen, day, period) = meal;
    let tx = app.db.begin().await?;
    let Some(row) = canteen_to_change(&tx, who, canteen).await? else {
        return refuse_field(C::CanteenNotFound, "canteenId");
    };
    if !store::mark_sold_out(&tx, meal, dish, is_sold_out).await? {
        return refuse_field(C::DishNotFound, "dishId");
    }
    let event = Event {
        subject: "dish",
        subject_id: dish.0,
        reason: Some(format!("{day} {}", period.as_str())),
        ..canteen_event(if is_sold_out { "sold_out" } else { "back_on_menu" }, canteen, who)
    };
    record(&tx, &app.ids, app.clock.now(), vec![event]).await?;
    tx.commit().await?;
    let menu = published(app, &row, meal).await?;
    menu.iter()
        .find(|row| row.id == dish.0)
        .cloned()
        .ok_or_else(|| Fault::new("a dish left the menu while being marked").into())
}

async fn published(app: &App, canteen: &canteen::Model, (_, day, period): Meal) -> Result<Menu, Fault> {
    let key = (canteen.id, canteen.stamp);
    let menus = app.cards.menus(app.db.write(), key, &[day], app.clock.now()).await?;
    Ok(menus.get(&(day, period)).cloned().unwrap_or_default())
}
