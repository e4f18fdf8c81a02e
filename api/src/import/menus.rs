//! Menus, one dish a row.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use entities::enums::MealPeriod;
use entities::{dish, dish_price};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::sheet::{Row, RowError, Sheet};
use super::{ImportFailure, cell, none_of};
use crate::app::App;
use crate::directory::rules::{MENU_DISHES_MAX, NewDish, is_menu_day, price_fault};
use crate::directory::service::menu::replace;
use crate::directory::store::bump;
use crate::directory::store::dish::{self as store, Meal};
use crate::kit::db::rows;
use crate::kit::event::{Event, record};
use crate::kit::fen::Fen;
use crate::kit::ids::{CanteenId, DishId};
use crate::kit::refusal::Fault;

/// Columns of the file.
pub const COLUMNS: &[&str] = &[
    "canteen",
    "served_on",
    "period",
    "dish_code",
    "dish_name",
    "is_meal",
    "portion_g",
    "small_portion_g",
    "allergens",
    "price_yuan",
    "small_price_yuan",
];

/// A dish as its row tells it, with its prices.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Offer {
    dish: NewDish,
    price: Fen,
    small_price: Option<Fen>,
}

/// One row.
#[derive(Debug)]
struct Line {
    row: u64,
    canteen: String,
    served_on: NaiveDate,
    period: MealPeriod,
    offer: Offer,
}

/// A canteen of the file with the dishes it has already.
struct Kitchen {
    id: CanteenId,
    dishes: HashMap<String, dish::Model>,
}

/// Loads menus and says what was made.
pub async fn load<C: ConnectionTrait>(app: &App, tx: &C, sheet: &Sheet) -> Result<String, ImportFailure> {
    let mut lines = Vec::new();
    let mut errors = Vec::new();
    for mut row in sheet.rows() {
        let line = read(&mut row, app.clock.today());
        errors.append(&mut row.errors);
        lines.extend(line);
    }
    errors.extend(contradictions(&lines));
    let mut kitchens: HashMap<String, Kitchen> = HashMap::new();
    for line in &lines {
        if kitchens.contains_key(&line.canteen) {
            continue;
        }
        match kitchen(tx, &line.canteen).await? {
            Ok(kitchen) => {
                kitchens.insert(line.canteen.clone(), kitchen);
            }
            Err(why) => errors.push(RowError { row: line.row, column: "canteen", why }),
        }
    }
    for line in &lines {
        errors.extend(kitchens.get(&line.canteen).and_then(|kitchen| other_dish(line, kitchen)));
    }
    none_of(errors)?;
    let (dishes, prices) = write_dishes(app, tx, &lines, &mut kitchens).await?;
    let menus = write_menus(app, tx, &lines, &kitchens).await?;
    Ok(format!("{menus} menus published, {dishes} dishes added, {prices} prices published"))
}

fn read(row: &mut Row<'_>, today: NaiveDate) -> Option<Line> {
    let canteen = row.required("canteen");
    let served_on = row.read("served_on", |text| {
        let day = cell::day(text)?;
        if is_menu_day(day, today) { Ok(day) } else { Err(format!("{day} is not within the next 92 days")) }
    });
    let period = row.read("period", cell::period);
    let code = row.required("dish_code");
    let name = row.required("dish_name");
    let is_meal = row.read("is_meal", cell::flag);
    let grams = |text: &str| cell::whole(text, 1, 5_000);
    let portion_g = row.read("portion_g", grams);
    let small_portion_g = row.read_optional("small_portion_g", grams);
    let price = row.read("price_yuan", |text| cell::fen(text).map(Fen::new));
    let small_price = row.read_optional("small_price_yuan", |text| cell::fen(text).map(Fen::new));
    let dish = NewDish {
        code: code?,
        name: name?,
        is_meal: is_meal?,
        portion_g: portion_g?,
        small_portion_g: small_portion_g?,
        allergens: cell::list(row.text("allergens")),
    };
    let offer = Offer { price: price?, small_price: small_price?, dish };
    let column = match (offer.dish.fault(), price_of(&offer)) {
        (Some("code"), _) => Some("dish_code"),
        (Some("name"), _) => Some("dish_name"),
        (Some("smallPortionGrams"), _) => Some("small_portion_g"),
        (Some("allergens"), _) => Some("allergens"),
        (Some(_), _) => Some("portion_g"),
        (None, Some("priceFen")) => Some("price_yuan"),
        (None, Some(_)) => Some("small_price_yuan"),
        (None, None) => None,
    };
    if let Some(column) = column {
        row.wrong(column, "is too long, too large, or does not fit the other cells");
        return None;
    }
    Some(Line { row: row.line, canteen: canteen?, served_on: served_on?, period: period?, offer })
}

fn price_of(offer: &Offer) -> Option<&'static str> {
    price_fault(offer.price, offer.small_price, offer.dish.small_portion_g.is_some())
}

/// One dish told in two ways, a dish twice on one menu, a menu that is too long.
fn contradictions(lines: &[Line]) -> Vec<RowError> {
    let mut errors = Vec::new();
    let mut offers: HashMap<(&str, &str), &Line> = HashMap::new();
    let mut menus: HashMap<(&str, NaiveDate, MealPeriod), HashSet<&str>> = HashMap::new();
    for line in lines {
        let code = line.offer.dish.code.as_str();
        let first = offers.entry((&line.canteen, code)).or_insert(line);
        let mut wrong = |why: String| errors.push(RowError { row: line.row, column: "dish_code", why });
        if first.offer != line.offer {
            wrong(format!("the dish {code:?} differs from row {}", first.row));
        }
        let menu = menus.entry((&line.canteen, line.served_on, line.period)).or_default();
        if !menu.insert(code) {
            wrong(format!("the dish {code:?} stands twice on this menu"));
        } else if menu.len() == MENU_DISHES_MAX + 1 {
            wrong(format!("this menu has more than {MENU_DISHES_MAX} dishes"));
        }
    }
    errors
}

async fn kitchen<C: ConnectionTrait>(tx: &C, name: &str) -> Result<Result<Kitchen, String>, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        id: Uuid,
    }
    let found: Vec<Found> =
        rows(tx, "SELECT id FROM canteen WHERE name = $1 ORDER BY id LIMIT 2", [name.into()]).await?;
    let id = match found.as_slice() {
        [only] => CanteenId(only.id),
        [] => return Ok(Err(format!("there is no canteen {name:?}"))),
        _ => return Ok(Err(format!("there are several canteens {name:?}"))),
    };
    // First of all the canteen's row is locked: nobody else changes its menus until this file is done.
    bump(tx, id).await?;
    let dishes = store::dishes_of(tx, id).await?.into_iter().map(|dish| (dish.code.clone(), dish)).collect();
    Ok(Ok(Kitchen { id, dishes }))
}

/// A code that stands for another dish in this canteen.
fn other_dish(line: &Line, kitchen: &Kitchen) -> Option<RowError> {
    let known = kitchen.dishes.get(&line.offer.dish.code)?;
    let told = line.offer.dish.row(DishId(known.id), kitchen.id);
    let why =
        format!("this code is already {:?} with other portions or allergens; take a new code", known.name);
    (told != *known).then_some(RowError { row: line.row, column: "dish_code", why })
}

async fn write_dishes<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    lines: &[Line],
    kitchens: &mut HashMap<String, Kitchen>,
) -> Result<(usize, usize), ImportFailure> {
    let now = app.clock.now();
    let (mut dishes, mut prices) = (0, 0);
    let mut done = HashSet::new();
    for line in lines {
        let Some(kitchen) = kitchens.get_mut(&line.canteen) else { continue };
        let Offer { dish, price, small_price } = &line.offer;
        if !done.insert((kitchen.id, dish.code.clone())) {
            continue;
        }
        let id = match kitchen.dishes.get(&dish.code) {
            Some(known) => DishId(known.id),
            None => {
                let row = dish.row(app.ids.next(), kitchen.id);
                let id = DishId(row.id);
                store::insert_dish(tx, &row).await?;
                kitchen.dishes.insert(dish.code.clone(), row);
                dishes += 1;
                id
            }
        };
        let last = store::last_price(tx, id).await?;
        let small_price_fen = small_price.map(Fen::get);
        let holds = |last: &dish_price::Model| {
            last.price_fen == price.get() && last.small_price_fen == small_price_fen
        };
        if last.as_ref().is_some_and(holds) {
            continue;
        }
        if last.is_some_and(|last| last.published_at >= now) {
            let why = "another price of this dish was published at this very moment; try again".to_owned();
            return none_of(vec![RowError { row: line.row, column: "price_yuan", why }]).map(|()| (0, 0));
        }
        let row = dish_price::Model {
            id: app.ids.next(),
            dish_id: id.0,
            price_fen: price.get(),
            small_price_fen,
            published_at: now,
        };
        store::insert_price(tx, &row).await?;
        prices += 1;
    }
    Ok((dishes, prices))
}

async fn write_menus<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    lines: &[Line],
    kitchens: &HashMap<String, Kitchen>,
) -> Result<usize, ImportFailure> {
    let mut menus: BTreeMap<Meal, (u64, Vec<Uuid>)> = BTreeMap::new();
    for line in lines {
        let Some(kitchen) = kitchens.get(&line.canteen) else { continue };
        let dish = kitchen.dishes.get(&line.offer.dish.code);
        let dish = dish.ok_or_else(|| Fault::new("a dish of a checked file was not written"))?;
        let menu = menus.entry((kitchen.id, line.served_on, line.period)).or_insert((line.row, Vec::new()));
        menu.1.push(dish.id);
    }
    let mut errors = Vec::new();
    let mut events = Vec::new();
    for (meal, (row, dishes)) in &menus {
        if replace(tx, *meal, dishes).await?.is_some() {
            let why = "a dish that somebody has ordered would leave this menu".to_owned();
            errors.push(RowError { row: *row, column: "dish_code", why });
        }
        let (canteen, day, period) = meal;
        events.push(Event {
            subject: "canteen",
            subject_id: canteen.0,
            name: "menu_publish",
            reason: Some(format!("import {day} {}: {} dishes", period.as_str(), dishes.len())),
            is_quiet: true,
            ..Event::default()
        });
    }
    none_of(errors)?;
    for chunk in events.chunks(500) {
        record(tx, &app.ids, app.clock.now(), chunk.to_vec()).await?;
    }
    Ok(menus.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(rows: &[&str]) -> Result<Vec<Line>, Vec<String>> {
        let text = format!("{}\n{}\n", COLUMNS.join(","), rows.join("\n"));
        let sheet = Sheet::read(text.as_bytes(), COLUMNS).unwrap();
        let mut errors = Vec::new();
        let mut lines = Vec::new();
        for mut row in sheet.rows() {
            lines.extend(read(&mut row, "2026-06-01".parse().unwrap()));
            errors.append(&mut row.errors);
        }
        errors.extend(contradictions(&lines));
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        if told.is_empty() { Ok(lines) } else { Err(told) }
    }

    #[test]
    fn a_menu_keeps_the_order_of_its_rows() {
        let found = lines(&[
            "示例食堂,2026-06-02,午餐,L1,红烧肉套餐,是,650,450,大豆;小麦,12.00,9",
            "示例食堂,2026-06-02,LUNCH,S1,炒时蔬,no,200,,,4,",
        ])
        .unwrap();
        let codes: Vec<_> = found.iter().map(|line| line.offer.dish.code.as_str()).collect();
        assert_eq!(codes, ["L1", "S1"]);
        assert_eq!(found[0].offer.price, Fen::new(1_200));
        assert_eq!(found[0].offer.dish.allergens, ["大豆", "小麦"]);
        assert_eq!(found[1].offer.small_price, None);
    }

    #[test]
    fn one_dish_cannot_be_told_in_two_ways_or_stand_twice() {
        let errors = lines(&[
            "示例食堂,2026-06-02,LUNCH,L1,红烧肉套餐,yes,650,,,12.00,",
            "示例食堂,2026-06-02,LUNCH,L1,红烧肉套餐,yes,650,,,13.00,",
            "示例食堂,2026-05-31,LUNCH,L2,清蒸鱼套餐,yes,650,,,12.00,9",
        ])
        .unwrap_err();
        let expected = [
            "row 3 column dish_code: the dish \"L1\" differs from row 2",
            "row 3 column dish_code: the dish \"L1\" stands twice",
            "row 4 column served_on",
            "row 4 column small_price_yuan",
        ];
        for text in expected {
            assert!(errors.iter().any(|error| error.starts_with(text)), "{text}: {errors:?}");
        }
    }
}
