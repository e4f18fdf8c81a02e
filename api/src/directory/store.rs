//! Rows of places, and a cache of what changes rarely: a canteen and its menus, versioned by the canteen's stamp.

pub mod carer;
pub mod certificate;
pub mod dish;
pub mod nearby;
pub mod offering;
pub mod place;
pub mod provider;
pub mod timetable;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, NaiveDate, Utc};
use entities::canteen;
use entities::enums::{MealPeriod, Role};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, FromQueryResult, Value};
use uuid::Uuid;

use self::timetable::Timetable;
use super::rules::{DeliveryArea, is_rural};
use crate::kit::db::{execute, marks, row, rows};
use crate::kit::ids::CanteenId;
use crate::kit::page::Page;
use crate::kit::viewer::{Grant, SignedIn};
use crate::people::store::words::shown;

/// A canteen with what belongs to it and changes rarely.
#[derive(Clone, Debug)]
pub struct Canteen {
    /// The row.
    pub row: canteen::Model,
    /// Where it delivers.
    pub area: DeliveryArea,
}

/// A dish on a menu with its published price.
#[derive(Clone, Debug, FromQueryResult)]
pub struct MenuDish {
    /// Which dish.
    pub id: Uuid,
    /// Whose menu.
    pub canteen_id: Uuid,
    /// Day of the menu.
    pub served_on: NaiveDate,
    /// Period of the menu.
    pub period: MealPeriod,
    /// Name in Chinese.
    pub name: String,
    /// Whether it is a whole meal and takes a place.
    pub is_meal: bool,
    /// Weight of a portion in grams.
    pub portion_g: i32,
    /// Weight of a small portion in grams; null when there is none.
    pub small_portion_g: Option<i32>,
    /// Names joined by commas.
    pub allergens: String,
    /// Price of a portion in fen.
    pub price_fen: i64,
    /// Price of a small portion in fen; null when there is none.
    pub small_price_fen: Option<i64>,
    /// Whether the kitchen has run out of it.
    pub is_sold_out: bool,
}

/// Dishes of one day and period, in the order of the menu.
pub type Menu = Arc<Vec<MenuDish>>;

/// Days of a canteen as of its stamp.
pub type Days<'d> = ((Uuid, i64), &'d [NaiveDate]);

#[derive(Default)]
struct Known {
    stamp: i64,
    canteen: Option<Arc<Canteen>>,
    timetable: Option<Arc<Timetable>>,
    menus: HashMap<(NaiveDate, MealPeriod), Menu>,
    /// Days whose menus have been read: a day without a menu is known too.
    days: std::collections::HashSet<NaiveDate>,
}

/// What this process knows of canteens.
#[derive(Default)]
pub struct Cards {
    known: Mutex<HashMap<Uuid, Known>>,
}

impl Cards {
    fn with<T>(&self, canteen: Uuid, stamp: i64, act: impl FnOnce(&mut Known) -> T) -> T {
        let mut known = self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let entry = known.entry(canteen).or_default();
        if entry.stamp != stamp {
            *entry = Known { stamp, ..Known::default() };
        }
        act(entry)
    }

    /// The canteen as of the stamp read with a slot or an order.
    pub async fn canteen<C: ConnectionTrait>(
        &self,
        db: &C,
        id: Uuid,
        stamp: i64,
    ) -> Result<Option<Arc<Canteen>>, DbErr> {
        if let Some(card) = self.with(id, stamp, |known| known.canteen.clone()) {
            return Ok(Some(card));
        }
        let Some(card) = load_canteen(db, CanteenId(id)).await? else { return Ok(None) };
        let (card, stamp) = (Arc::new(card.clone()), card.row.stamp);
        self.with(id, stamp, |known| known.canteen = Some(Arc::clone(&card)));
        Ok(Some(card))
    }

    /// Timetables of canteens given with their stamps. Two statements when one of them is not known yet.
    pub async fn timetables<C: ConnectionTrait>(
        &self,
        db: &C,
        canteens: &[(Uuid, i64)],
    ) -> Result<HashMap<Uuid, Arc<Timetable>>, DbErr> {
        let known = |(id, stamp): &(Uuid, i64)| self.with(*id, *stamp, |known| known.timetable.clone());
        let mut found: HashMap<_, _> =
            canteens.iter().filter_map(|key| known(key).map(|table| (key.0, table))).collect();
        let missing: Vec<_> = canteens.iter().filter(|(id, _)| !found.contains_key(id)).collect();
        let ids: Vec<_> = missing.iter().map(|(id, _)| *id).collect();
        let mut loaded = timetable::timetables(db, &ids).await?;
        for (id, stamp) in missing {
            let table = Arc::new(loaded.remove(id).unwrap_or_default());
            self.with(*id, *stamp, |known| known.timetable = Some(Arc::clone(&table)));
            found.insert(*id, table);
        }
        Ok(found)
    }

    /// Menus of the days asked for, as of the stamp. One statement when a day is not known yet.
    pub async fn menus<C: ConnectionTrait>(
        &self,
        db: &C,
        (id, stamp): (Uuid, i64),
        days: &[NaiveDate],
        now: DateTime<Utc>,
    ) -> Result<HashMap<(NaiveDate, MealPeriod), Menu>, DbErr> {
        self.warm_menus(db, &[((id, stamp), days)], now).await?;
        Ok(self.with(id, stamp, |known| {
            let mine = known.menus.iter().filter(|((day, _), _)| days.contains(day));
            mine.map(|(key, menu)| (*key, Arc::clone(menu))).collect()
        }))
    }

    /// Reads the menus that are not known yet of canteens given with their stamps and days, all in one statement.
    pub async fn warm_menus<C: ConnectionTrait>(
        &self,
        db: &C,
        wanted: &[Days<'_>],
        now: DateTime<Utc>,
    ) -> Result<(), DbErr> {
        let is_known = |(id, stamp): (Uuid, i64), days: &[NaiveDate]| {
            self.with(id, stamp, |known| days.iter().all(|day| known.days.contains(day)))
        };
        let missing: Vec<_> = wanted.iter().filter(|(key, days)| !is_known(*key, days)).collect();
        let days = || missing.iter().flat_map(|(_, days)| days.iter());
        let Some((first, last)) = days().min().zip(days().max()) else { return Ok(()) };
        let ids: Vec<_> = missing.iter().map(|((id, _), _)| *id).collect();
        let mut menus: HashMap<Uuid, HashMap<_, Vec<MenuDish>>> = HashMap::new();
        for dish in load_menus(db, &ids, (*first, *last), now).await? {
            let of_canteen = menus.entry(dish.canteen_id).or_default();
            of_canteen.entry((dish.served_on, dish.period)).or_default().push(dish);
        }
        for ((id, stamp), days) in missing {
            let found = menus.remove(id).unwrap_or_default();
            self.with(*id, *stamp, |known| {
                known.days.extend(*days);
                let asked = found.into_iter().filter(|((day, _), _)| days.contains(day));
                known.menus.extend(asked.map(|(key, dishes)| (key, Arc::new(dishes))));
            });
        }
        Ok(())
    }
}

/// A canteen by id, read from the database.
pub async fn load_canteen<C: ConnectionTrait>(db: &C, id: CanteenId) -> Result<Option<Canteen>, DbErr> {
    #[derive(FromQueryResult)]
    struct Code {
        region_code: String,
    }
    let Some(row) = canteen::Entity::find_by_id(id.0).one(db).await? else { return Ok(None) };
    let codes: Vec<Code> =
        rows(db, "SELECT region_code FROM canteen_delivery_region WHERE canteen_id = $1", [id.0.into()])
            .await?;
    let area = DeliveryArea {
        regions: codes.into_iter().map(|code| code.region_code).collect(),
        radius_m: row.delivery_radius_m.and_then(|metres| u32::try_from(metres).ok()),
        kitchen_e6: row.latitude_e6.zip(row.longitude_e6),
    };
    Ok(Some(Canteen { row, area }))
}

async fn load_menus<C: ConnectionTrait>(
    db: &C,
    canteens: &[Uuid],
    (first, last): (NaiveDate, NaiveDate),
    now: DateTime<Utc>,
) -> Result<Vec<MenuDish>, DbErr> {
    let at = canteens.len() + 1;
    let sql = format!(
        "SELECT d.id, m.canteen_id, m.served_on, m.period, {name} AS name, d.is_meal, d.portion_g, d.small_portion_g, \
         {allergens} AS allergens, p.price_fen, p.small_price_fen, m.is_sold_out \
         FROM menu_dish m JOIN dish d ON d.id = m.dish_id \
         JOIN dish_price p ON p.dish_id = d.id AND p.published_at = \
           (SELECT max(q.published_at) FROM dish_price q WHERE q.dish_id = d.id AND q.published_at <= ${now}) \
         WHERE m.canteen_id IN ({}) AND m.served_on BETWEEN ${at} AND ${last} \
         ORDER BY m.served_on, m.period, m.position, d.id",
        marks(1, canteens.len()),
        last = at + 1,
        now = at + 2,
        name = shown("d.name", "d.id", "name"),
        allergens = shown("d.allergens", "d.id", "allergens"),
    );
    let ids = canteens.iter().map(|id| Value::from(*id));
    rows(db, &sql, ids.chain([first.into(), last.into(), now.into()])).await
}

/// Says that menu, price, calendar or area of the canteen have changed: cached cards are thrown away everywhere.
pub async fn bump<C: ConnectionTrait>(db: &C, id: CanteenId) -> Result<u64, DbErr> {
    execute(db, "UPDATE canteen SET stamp = stamp + 1 WHERE id = $1", [id.0.into()]).await
}

/// Moves one star from one count to another; 0 means none.
pub async fn count_stars<C: ConnectionTrait>(
    db: &C,
    id: CanteenId,
    taken: i16,
    given: i16,
) -> Result<(), DbErr> {
    let mut sets = vec!["stamp = stamp + 1".to_owned()];
    for stars in 1..=5 {
        let change = i16::from(given == stars) - i16::from(taken == stars);
        if change != 0 {
            sets.push(format!("stars_{stars} = stars_{stars} + ({change})"));
        }
    }
    let sql = format!("UPDATE canteen SET {} WHERE id = $1", sets.join(", "));
    execute(db, &sql, [id.0.into()]).await.map(|_| ())
}

/// Canteens of a branch of the region tree, by id.
pub async fn canteens_in<C: ConnectionTrait>(
    db: &C,
    region: &str,
    page: Page,
) -> Result<Vec<canteen::Model>, DbErr> {
    let limit = i64::try_from(page.limit()).unwrap_or(i64::MAX);
    let values: [Value; 3] =
        [format!("{region}%").into(), page.after.unwrap_or(Uuid::nil()).into(), limit.into()];
    rows(db, "SELECT * FROM canteen WHERE region_code LIKE $1 AND id > $2 ORDER BY id LIMIT $3", values).await
}

/// A canteen that the person manages, with its stamp grown, so that its row is locked until the transaction ends and
/// cached cards are thrown away everywhere. `None` for any other id: a foreign canteen is like a missing one.
pub async fn canteen_to_change<C: ConnectionTrait>(
    tx: &C,
    who: &SignedIn,
    id: CanteenId,
) -> Result<Option<canteen::Model>, DbErr> {
    let manages = |grant: &&Grant| grant.role == Role::ProviderManager;
    let Some(provider) = who.roles.iter().find(manages).and_then(|grant| grant.provider) else {
        return Ok(None);
    };
    row(
        tx,
        "UPDATE canteen SET stamp = stamp + 1 WHERE id = $1 AND provider_id = $2 RETURNING *",
        [id.0.into(), provider.into()],
    )
    .await
}

/// A canteen of the provider for which somebody works; `None` for any other.
pub async fn canteen_of_provider<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    id: CanteenId,
) -> Result<Option<canteen::Model>, DbErr> {
    let found: Option<canteen::Model> = row(db, "SELECT * FROM canteen WHERE id = $1", [id.0.into()]).await?;
    Ok(found.filter(|canteen| who.is_staff_of(canteen.provider_id.into())))
}

/// Canteens of the providers for which somebody works, by id.
pub async fn canteens_of_staff<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
) -> Result<Vec<canteen::Model>, DbErr> {
    let works = |grant: &&Grant| matches!(grant.role, Role::ProviderManager | Role::Carer);
    let providers: Vec<Value> =
        who.roles.iter().filter(works).filter_map(|grant| grant.provider).map(Into::into).collect();
    if providers.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT * FROM canteen WHERE provider_id IN ({}) ORDER BY id LIMIT 20",
        marks(1, providers.len())
    );
    rows(db, &sql, providers).await
}

/// One of the canteens for whose providers somebody works: the one asked for, otherwise the first. `None`: it is none of them.
pub async fn own_canteen<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    asked: Option<CanteenId>,
) -> Result<Option<canteen::Model>, DbErr> {
    match asked {
        Some(id) => canteen_of_provider(db, who, id).await,
        None => Ok(canteens_of_staff(db, who).await?.into_iter().next()),
    }
}

/// A region by its code.
pub async fn region<C: ConnectionTrait>(
    db: &C,
    code: &str,
) -> Result<Option<entities::region::Model>, DbErr> {
    entities::region::Entity::find_by_id(code.to_owned()).one(db).await
}

/// Whether a place lies in the country, by the level of the longest known region that its code begins with.
pub async fn is_rural_region<C: ConnectionTrait>(db: &C, code: &str) -> Result<bool, DbErr> {
    let sql = "SELECT * FROM region WHERE $1 LIKE code || '%' ORDER BY length(code) DESC LIMIT 1";
    let found: Option<entities::region::Model> = row(db, sql, [code.into()]).await?;
    Ok(found.is_some_and(|region| is_rural(region.level)))
}

/// Regions directly below, by code; at most 200.
pub async fn regions_below<C: ConnectionTrait>(
    db: &C,
    code: &str,
) -> Result<Vec<entities::region::Model>, DbErr> {
    rows(db, "SELECT * FROM region WHERE parent_code = $1 ORDER BY code LIMIT 200", [code.into()]).await
}

/// Whether the house knows every one of the regions; a code named twice is known once.
pub async fn knows_regions<C: ConnectionTrait>(db: &C, codes: &[String]) -> Result<bool, DbErr> {
    #[derive(FromQueryResult)]
    struct Count {
        count: i64,
    }
    if codes.is_empty() {
        return Ok(true);
    }
    let sql = format!("SELECT count(*) AS count FROM region WHERE code IN ({})", marks(1, codes.len()));
    let found: Option<Count> = row(db, &sql, codes.iter().map(|code| code.clone().into())).await?;
    let distinct: std::collections::HashSet<&String> = codes.iter().collect();
    Ok(found.is_some_and(|found| usize::try_from(found.count) == Ok(distinct.len())))
}
