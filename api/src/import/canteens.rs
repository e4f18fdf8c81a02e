//! Canteens with their provider and timetable, one a row.

use std::collections::{HashMap, HashSet};

use entities::enums::{MealPeriod, MealWay, ProviderKind};
use entities::{canteen, canteen_calendar, canteen_period};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::sheet::{Row, RowError, Sheet};
use super::{ImportFailure, cell, elders::position, none_of, region_codes};
use crate::app::App;
use crate::directory::rules::{CAPACITY_MAX, is_cut_off};
use crate::directory::store::place::{insert_canteen, insert_provider, standing_provider};
use crate::directory::store::timetable::{put_period, replace_calendar};
use crate::kit::db::row;
use crate::kit::event::{Event, record};
use crate::kit::ids::CanteenId;
use crate::kit::refusal::Fault;

/// Columns of the file.
pub const COLUMNS: &[&str] = &[
    "name",
    "region_code",
    "address",
    "phone",
    "latitude",
    "longitude",
    "delivery_fee_yuan",
    "delivery_radius_m",
    "delivery_regions",
    "provider",
    "weekdays",
    "breakfast_from",
    "breakfast_until",
    "breakfast_cut_off",
    "breakfast_cut_off_days_before",
    "breakfast_seats",
    "breakfast_deliveries",
    "lunch_from",
    "lunch_until",
    "lunch_cut_off",
    "lunch_cut_off_days_before",
    "lunch_seats",
    "lunch_deliveries",
    "dinner_from",
    "dinner_until",
    "dinner_cut_off",
    "dinner_cut_off_days_before",
    "dinner_seats",
    "dinner_deliveries",
];

/// The columns of one meal.
struct Columns {
    period: MealPeriod,
    from: &'static str,
    until: &'static str,
    cut_off: &'static str,
    days_before: &'static str,
    seats: &'static str,
    deliveries: &'static str,
}

const MEALS: [Columns; 3] = [
    Columns {
        period: MealPeriod::Breakfast,
        from: "breakfast_from",
        until: "breakfast_until",
        cut_off: "breakfast_cut_off",
        days_before: "breakfast_cut_off_days_before",
        seats: "breakfast_seats",
        deliveries: "breakfast_deliveries",
    },
    Columns {
        period: MealPeriod::Lunch,
        from: "lunch_from",
        until: "lunch_until",
        cut_off: "lunch_cut_off",
        days_before: "lunch_cut_off_days_before",
        seats: "lunch_seats",
        deliveries: "lunch_deliveries",
    },
    Columns {
        period: MealPeriod::Dinner,
        from: "dinner_from",
        until: "dinner_until",
        cut_off: "dinner_cut_off",
        days_before: "dinner_cut_off_days_before",
        seats: "dinner_seats",
        deliveries: "dinner_deliveries",
    },
];

/// A canteen as its row tells it; ids are given when it is written.
struct Entry {
    canteen: canteen::Model,
    delivers_to: Vec<String>,
    provider: String,
    meals: Vec<Meal>,
    weekdays: Vec<i16>,
}

struct Meal {
    times: canteen_period::Model,
    seats: i32,
    deliveries: i32,
}

/// Loads canteens and says how many.
pub async fn load<C: ConnectionTrait>(app: &App, tx: &C, sheet: &Sheet) -> Result<String, ImportFailure> {
    let regions = region_codes(tx).await?;
    let mut entries = Vec::new();
    let mut errors = Vec::new();
    let mut first: HashMap<(String, String), u64> = HashMap::new();
    for mut row in sheet.rows() {
        let entry = read(&regions, &mut row);
        errors.append(&mut row.errors);
        let Some(entry) = entry else { continue };
        let key = (entry.canteen.name.clone(), entry.canteen.region_code.clone());
        let earlier = *first.entry(key).or_insert(row.line);
        let why = if earlier != row.line {
            Some(format!("is the same as in row {earlier}"))
        } else {
            is_known(tx, &entry.canteen).await?.then(|| "is entered already in this region".to_owned())
        };
        errors.extend(why.map(|why| RowError { row: row.line, column: "name", why }));
        entries.push(entry);
    }
    none_of(errors)?;
    let mut providers = 0;
    for entry in &entries {
        providers += usize::from(enter(app, tx, entry).await?);
    }
    Ok(format!("{} canteens and {providers} providers entered", entries.len()))
}

fn read(regions: &HashSet<String>, row: &mut Row<'_>) -> Option<Entry> {
    let region_of = |text: &str| {
        if regions.contains(text) { Ok(text.to_owned()) } else { Err(format!("there is no region {text:?}")) }
    };
    let name = short(row, "name", 60);
    let provider = short(row, "provider", 60);
    let address = short(row, "address", 200);
    let region = row.read("region_code", region_of);
    let place = position(row);
    let fee = row.read("delivery_fee_yuan", cell::fen);
    let radius = row.read_optional("delivery_radius_m", |text| cell::whole(text, 1, 50_000));
    let delivers_to = row.read_optional("delivery_regions", |text| {
        cell::list(text).iter().map(|code| region_of(code)).collect::<Result<HashSet<_>, _>>()
    });
    let weekdays = row.read_optional("weekdays", weekdays);
    let meals: Vec<Option<Option<Meal>>> = MEALS.iter().map(|columns| meal(row, columns)).collect();
    let (place, radius) = (place?, radius?);
    if radius.is_some() && place.is_none() {
        row.wrong("delivery_radius_m", "needs latitude and longitude");
        return None;
    }
    let canteen = canteen::Model {
        id: Uuid::nil(),
        provider_id: Uuid::nil(),
        name: name?,
        region_code: region?,
        address: address?,
        phone: row.optional("phone"),
        latitude_e6: place.map(|(latitude, _)| latitude),
        longitude_e6: place.map(|(_, longitude)| longitude),
        delivery_fee_fen: fee?,
        delivery_radius_m: radius,
        is_demo: false,
        stamp: 0,
        stars_1: 0,
        stars_2: 0,
        stars_3: 0,
        stars_4: 0,
        stars_5: 0,
    };
    let mut delivers_to: Vec<String> = delivers_to?.unwrap_or_default().into_iter().collect();
    delivers_to.sort();
    let meals: Option<Vec<Option<Meal>>> = meals.into_iter().collect();
    let meals = meals?.into_iter().flatten().collect();
    let weekdays = weekdays?.unwrap_or_else(|| (1..=7).collect());
    Some(Entry { canteen, delivers_to, provider: provider?, meals, weekdays })
}

fn short(row: &mut Row<'_>, column: &'static str, longest: usize) -> Option<String> {
    row.read(column, |text| {
        if text.chars().count() > longest || text.chars().any(char::is_control) {
            return Err(format!("is longer than {longest} characters or has control characters"));
        }
        Ok(text.to_owned())
    })
}

/// "12345" is Monday to Friday.
fn weekdays(text: &str) -> cell::Read<Vec<i16>> {
    let mut days: Vec<i16> = text
        .chars()
        .map(|digit| digit.to_digit(10).and_then(|day| i16::try_from(day).ok()))
        .map(|day| day.filter(|day| (1..=7).contains(day)))
        .collect::<Option<_>>()
        .ok_or_else(|| format!("{text:?} is not a row of digits 1 (Monday) to 7 (Sunday)"))?;
    days.sort_unstable();
    days.dedup();
    Ok(days)
}

/// A meal's cells; the inner `None` says that it is not served, the outer that something is wrong.
fn meal(row: &mut Row<'_>, columns: &Columns) -> Option<Option<Meal>> {
    let all = [
        columns.from,
        columns.until,
        columns.cut_off,
        columns.days_before,
        columns.seats,
        columns.deliveries,
    ];
    if all.iter().all(|column| row.text(column).is_empty()) {
        return Some(None);
    }
    let portions = |text: &str| cell::whole(text, 0, CAPACITY_MAX);
    let from = row.read(columns.from, cell::time);
    let until = row.read(columns.until, cell::time);
    let cut_off = row.read(columns.cut_off, cell::time);
    let days_before = row.read_optional(columns.days_before, |text| cell::whole(text, 0, 7));
    let seats = row.read_optional(columns.seats, portions);
    let deliveries = row.read_optional(columns.deliveries, portions);
    let times = canteen_period::Model {
        canteen_id: Uuid::nil(),
        period: columns.period,
        serves_from: from?,
        serves_until: until?,
        cut_off_days_before: i16::try_from(days_before?.unwrap_or(0)).unwrap_or(0),
        cut_off_at: cut_off?,
    };
    if times.serves_from >= times.serves_until {
        row.wrong(columns.until, "is not after the beginning");
        return None;
    }
    if !is_cut_off(times.cut_off_days_before, times.cut_off_at, times.serves_from) {
        row.wrong(columns.cut_off, "is after serving begins");
        return None;
    }
    Some(Some(Meal { times, seats: seats?.unwrap_or(0), deliveries: deliveries?.unwrap_or(0) }))
}

#[derive(FromQueryResult)]
struct Found {
    id: Uuid,
}

async fn is_known<C: ConnectionTrait>(tx: &C, canteen: &canteen::Model) -> Result<bool, DbErr> {
    let sql = "SELECT id FROM canteen WHERE name = $1 AND region_code = $2 LIMIT 1";
    let found: Option<Found> =
        row(tx, sql, [canteen.name.clone().into(), canteen.region_code.clone().into()]).await?;
    Ok(found.is_some_and(|found| !found.id.is_nil()))
}

/// Writes a canteen; true when its provider had to be made too.
async fn enter<C: ConnectionTrait>(app: &App, tx: &C, entry: &Entry) -> Result<bool, Fault> {
    let sql = "SELECT id FROM provider WHERE name = $1 AND NOT is_demo ORDER BY id LIMIT 1";
    let found: Option<Found> = row(tx, sql, [entry.provider.clone().into()]).await?;
    let is_new = found.is_none();
    let provider_id = found.map_or_else(|| app.ids.next(), |found| found.id);
    if is_new {
        let (name, region) = (&entry.provider, &entry.canteen.region_code);
        let provider = standing_provider(provider_id.into(), name, ProviderKind::Canteen, region, false);
        insert_provider(tx, &provider).await?;
    }
    let id: CanteenId = app.ids.next();
    let canteen = canteen::Model { id: id.0, provider_id, ..entry.canteen.clone() };
    insert_canteen(tx, &canteen, &entry.delivers_to).await?;
    for meal in &entry.meals {
        put_period(tx, canteen_period::Model { canteen_id: id.0, ..meal.times.clone() }).await?;
    }
    replace_calendar(tx, id, &calendar(id, entry)).await?;
    let event = Event {
        subject: "canteen",
        subject_id: id.0,
        name: "add",
        reason: Some("import".to_owned()),
        is_quiet: true,
        ..Event::default()
    };
    record(tx, &app.ids, app.clock.now(), vec![event]).await?;
    Ok(is_new)
}

fn calendar(canteen: CanteenId, entry: &Entry) -> Vec<canteen_calendar::Model> {
    let mut pools = Vec::new();
    for meal in &entry.meals {
        let here = MealWay::DineIn.bit() | MealWay::PickUp.bit();
        for (ways, capacity) in [(here, meal.seats), (MealWay::Delivery.bit(), meal.deliveries)] {
            let of_day = |weekday: &i16| canteen_calendar::Model {
                canteen_id: canteen.0,
                weekday: *weekday,
                period: meal.times.period,
                ways,
                capacity,
            };
            if capacity > 0 {
                pools.extend(entry.weekdays.iter().map(of_day));
            }
        }
    }
    pools
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(cells: &[(&str, &str)]) -> Result<Entry, Vec<String>> {
        let value = |column: &&str| {
            cells.iter().find(|(name, _)| name == column).map_or("", |(_, value)| *value).to_owned()
        };
        let line: Vec<String> = COLUMNS.iter().map(value).collect();
        let text = format!("{}\n{}\n", COLUMNS.join(","), line.join(","));
        let sheet = Sheet::read(text.as_bytes(), COLUMNS).unwrap();
        let mut row = sheet.rows().next().unwrap();
        let regions = HashSet::from(["530111001".to_owned()]);
        read(&regions, &mut row).ok_or_else(|| row.errors.iter().map(ToString::to_string).collect())
    }

    const GOOD: &[(&str, &str)] = &[
        ("name", "示例食堂"),
        ("region_code", "530111001"),
        ("address", "示例路 1 号"),
        ("provider", "示例服务商"),
        ("delivery_fee_yuan", "2.50"),
        ("delivery_regions", "530111001"),
        ("weekdays", "12345"),
        ("lunch_from", "11:00"),
        ("lunch_until", "13:00"),
        ("lunch_cut_off", "09:00"),
        ("lunch_seats", "40"),
    ];

    #[test]
    fn a_canteen_serves_only_the_meals_that_are_filled_in() {
        let entry = entry(GOOD).unwrap_or_else(|errors| panic!("{errors:?}"));
        assert_eq!(entry.canteen.delivery_fee_fen, 250);
        assert_eq!(entry.meals.len(), 1);
        let pools = calendar(CanteenId(Uuid::nil()), &entry);
        assert_eq!(pools.len(), 5, "no pool without portions");
        assert!(pools.iter().all(|pool| pool.ways == 3 && pool.capacity == 40));
    }

    #[test]
    fn all_errors_of_a_row_are_told_at_once() {
        let bad = [
            ("region_code", "530999"),
            ("address", "示例路 1 号"),
            ("provider", "示例服务商"),
            ("delivery_fee_yuan", "2.505"),
            ("latitude", "25.01"),
            ("weekdays", "8"),
            ("lunch_from", "11:00"),
        ];
        let errors = entry(&bad).err().unwrap();
        for column in [
            "name",
            "region_code",
            "delivery_fee_yuan",
            "longitude",
            "weekdays",
            "lunch_until",
            "lunch_cut_off",
        ] {
            assert!(
                errors.iter().any(|error| error.contains(&format!("column {column}:"))),
                "{column}: {errors:?}"
            );
        }
    }
}
