//! Demonstration canteens: providers, timetables, dishes, prices, menus and slots.

use std::collections::HashMap;

use chrono::{Datelike, Days, Duration, NaiveDate};
use entities::enums::{MealPeriod, MealWay, ProviderKind};
use entities::{canteen, canteen_calendar, canteen_period, dish, dish_price};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::data::{self, File};
use crate::app::App;
use crate::directory::store::bump;
use crate::directory::store::dish::{dishes_of, insert_dish, insert_price, menus_between, put_on_menu};
use crate::directory::store::place::{insert_canteen, insert_provider, standing_provider};
use crate::directory::store::timetable::{put_period, replace_calendar};
use crate::kit::db::row;
use crate::kit::event::{Event, record};
use crate::kit::ids::{CanteenId, DishId, ProviderId};
use crate::kit::refusal::Fault;
use crate::slots::service::opening::open_days;

/// How far menus and slots reach, today included.
const DAYS: usize = 14;

/// Canteens of the file, in its order, made when they are not there yet.
pub async fn load<C: ConnectionTrait>(app: &App, tx: &C, file: &File) -> Result<Vec<CanteenId>, Fault> {
    let mut canteens = Vec::new();
    for entry in &file.canteens {
        let id = match known(tx, &entry.name).await? {
            Some(id) => id,
            None => make(app, tx, file, entry).await?,
        };
        canteens.push(id);
    }
    Ok(canteens)
}

async fn known<C: ConnectionTrait>(tx: &C, name: &str) -> Result<Option<CanteenId>, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        id: Uuid,
    }
    let sql = "SELECT id FROM canteen WHERE name = $1 AND is_demo ORDER BY id LIMIT 1";
    let found: Option<Found> = row(tx, sql, [name.into()]).await?;
    Ok(found.map(|found| CanteenId(found.id)))
}

async fn make<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    file: &File,
    entry: &data::Canteen,
) -> Result<CanteenId, Fault> {
    let provider: ProviderId = app.ids.next();
    let id: CanteenId = app.ids.next();
    let kind = ProviderKind::parse(&entry.kind).ok_or_else(|| unknown(&entry.kind))?;
    let row = standing_provider(provider, &entry.provider, kind, &entry.region, true);
    insert_provider(tx, &row).await?;
    let row = canteen::Model {
        id: id.0,
        provider_id: provider.0,
        name: entry.name.clone(),
        region_code: entry.region.clone(),
        address: entry.address.clone(),
        phone: Some(entry.phone.clone()),
        latitude_e6: Some(entry.position_e6.0),
        longitude_e6: Some(entry.position_e6.1),
        delivery_fee_fen: file.delivery_fee_fen,
        delivery_radius_m: Some(file.delivery_radius_m),
        is_demo: true,
        stamp: 0,
        stars_1: 0,
        stars_2: 0,
        stars_3: 0,
        stars_4: 0,
        stars_5: 0,
    };
    insert_canteen(tx, &row, &entry.delivers_to).await?;
    make_timetable(tx, file, id).await?;
    make_dishes(app, tx, file, id).await?;
    let event = Event {
        subject: "canteen",
        subject_id: id.0,
        name: "add",
        reason: Some("演示".to_owned()),
        is_quiet: true,
        ..Event::default()
    };
    record(tx, &app.ids, app.clock.now(), vec![event]).await?;
    Ok(id)
}

async fn make_timetable<C: ConnectionTrait>(tx: &C, file: &File, canteen: CanteenId) -> Result<(), Fault> {
    let mut pools = Vec::new();
    for entry in &file.periods {
        let period = parse_period(&entry.period)?;
        let times = canteen_period::Model {
            canteen_id: canteen.0,
            period,
            serves_from: entry.from,
            serves_until: entry.until,
            cut_off_days_before: entry.cut_off_days_before,
            cut_off_at: entry.cut_off_at,
        };
        put_period(tx, times).await?;
        for pool in &file.pools {
            let mut ways = 0;
            for way in &pool.ways {
                ways |= MealWay::parse(way).ok_or_else(|| unknown(way))?.bit();
            }
            let of_day = |weekday| canteen_calendar::Model {
                canteen_id: canteen.0,
                weekday,
                period,
                ways,
                capacity: pool.capacity,
            };
            pools.extend((1..=7).map(of_day));
        }
    }
    Ok(replace_calendar(tx, canteen, &pools).await?)
}

async fn make_dishes<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    file: &File,
    canteen: CanteenId,
) -> Result<(), Fault> {
    for entry in &file.dishes {
        let id: DishId = app.ids.next();
        let row = dish::Model {
            id: id.0,
            canteen_id: canteen.0,
            code: entry.code.clone(),
            name: entry.name.clone(),
            is_meal: entry.is_meal,
            portion_g: entry.portion_g,
            small_portion_g: entry.small_portion_g,
            allergens: entry.allergens.clone(),
        };
        insert_dish(tx, &row).await?;
        let price = dish_price::Model {
            id: app.ids.next(),
            dish_id: id.0,
            price_fen: entry.price_fen,
            small_price_fen: entry.small_price_fen,
            // Yesterday, so that a price may be published at once in the demonstration.
            published_at: app.clock.now() - Duration::days(1),
        };
        insert_price(tx, &price).await?;
    }
    Ok(())
}

/// Publishes menus and opens slots for today and the days after, where they are missing.
pub async fn carry_forward<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    file: &File,
    canteens: &[CanteenId],
) -> Result<(), Fault> {
    let days: Vec<NaiveDate> = app.clock.today().iter_days().take(DAYS).collect();
    let last = app.clock.today() + Days::new(13);
    for canteen in canteens {
        let written = publish_menus(app, tx, file, *canteen, (&days, last)).await?;
        let opened = open_days(app, tx, *canteen, &days).await?;
        if written + opened.created > 0 {
            bump(tx, *canteen).await?;
        }
    }
    Ok(())
}

async fn publish_menus<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    file: &File,
    canteen: CanteenId,
    (days, last): (&[NaiveDate], NaiveDate),
) -> Result<usize, Fault> {
    let there = menus_between(tx, canteen, (app.clock.today(), last)).await?;
    let dishes: HashMap<String, Uuid> =
        dishes_of(tx, canteen).await?.into_iter().map(|dish| (dish.code, dish.id)).collect();
    let mut written = 0;
    for menu in &file.menus {
        let period = parse_period(&menu.period)?;
        for day in days.iter().filter(|day| !there.contains(&(**day, period))) {
            let count = i32::try_from(menu.turns.len()).unwrap_or(1).max(1);
            let turn = usize::try_from(day.num_days_from_ce() % count).unwrap_or(0);
            let codes = menu.turns.get(turn).map(Vec::as_slice).unwrap_or_default();
            let ids: Vec<Uuid> = codes.iter().filter_map(|code| dishes.get(code).copied()).collect();
            put_on_menu(tx, (canteen, *day, period), &ids).await?;
            written += 1;
        }
    }
    Ok(written)
}

fn parse_period(text: &str) -> Result<MealPeriod, Fault> {
    MealPeriod::parse(text).ok_or_else(|| unknown(text))
}

fn unknown(text: &str) -> Fault {
    Fault::new(format!("the demonstration file says {text}, which is nothing known"))
}
