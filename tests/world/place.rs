//! Places and people, written straight into the rows.

use chrono::NaiveDate;
use entities::enums::{MealPeriod, ProviderKind, RegionLevel, Role, Sex};
use entities::{canteen, dish, dish_price, meal_slot, menu_dish, region};
use nuanyang::directory::store::place::{insert_provider, standing_provider};
use nuanyang::kit::due::{Due, schedule};
use nuanyang::kit::ids::{CanteenId, DishId, ElderId, SlotId};
use nuanyang::kit::viewer::Grant;
use nuanyang::people::service::elder::{NewElder, insert};
use nuanyang::people::service::session::person_by_openid;
use nuanyang::people::store::grant;
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, IntoActiveModel as _};
use serde_json::{Value, json};
use uuid::Uuid;

use super::client::Person;
use super::{World, shanghai};

/// A street of Guandu; every test lives there unless it says otherwise.
pub const HOME: &str = "530111004009";

/// A canteen with one set meal.
#[derive(Clone, Debug)]
pub struct Canteen {
    pub id: CanteenId,
    pub provider: Uuid,
    pub lunch: DishId,
    pub dinner: DishId,
}

/// The level of a code by its digits.
const fn level_of(digits: usize) -> RegionLevel {
    match digits {
        2 => RegionLevel::Province,
        4 => RegionLevel::City,
        6 => RegionLevel::District,
        9 => RegionLevel::Street,
        _ => RegionLevel::Community,
    }
}

impl World {
    /// Regions on the way to `code`.
    pub async fn region(&self, code: &str) {
        let mut parent: Option<String> = None;
        for length in [2, 4, 6, 9, 12].into_iter().filter(|length| *length <= code.len()) {
            let own = code[..length].to_owned();
            let row = region::Model {
                code: own.clone(),
                name: format!("演示地区{own}"),
                name_en: own.clone(),
                level: level_of(length),
                parent_code: parent,
            };
            let insert = region::Entity::insert(row.into_active_model())
                .on_conflict(OnConflict::column(region::Column::Code).do_nothing().to_owned());
            insert.exec_without_returning(self.app.db.write()).await.ok();
            parent = Some(own);
        }
    }

    /// A canteen in `HOME` that delivers there: lunch 12.00, dinner 10.00, delivery 2.00.
    pub async fn canteen(&self) -> Canteen {
        self.region(HOME).await;
        let db = self.app.db.write();
        let provider_id: Uuid = self.app.ids.next();
        let kind = ProviderKind::Canteen;
        let new = standing_provider(provider_id.into(), "演示食堂公司", kind, HOME, true);
        insert_provider(db, &new).await.unwrap();
        let id: CanteenId = self.app.ids.next();
        let new = canteen::Model {
            id: id.0,
            provider_id,
            name: "演示食堂".into(),
            region_code: HOME.into(),
            address: "演示路 1 号".into(),
            phone: None,
            latitude_e6: Some(25_010_000),
            longitude_e6: Some(102_750_000),
            delivery_fee_fen: 200,
            delivery_radius_m: Some(3_000),
            is_demo: true,
            stamp: 1,
            stars_1: 0,
            stars_2: 0,
            stars_3: 0,
            stars_4: 0,
            stars_5: 0,
        };
        canteen::Entity::insert(new.into_active_model()).exec_without_returning(db).await.unwrap();
        let area =
            entities::canteen_delivery_region::Model { canteen_id: id.0, region_code: "530111".into() };
        entities::canteen_delivery_region::Entity::insert(area.into_active_model())
            .exec_without_returning(db)
            .await
            .unwrap();
        let lunch = self.dish(id, ("L1", "软烂午餐"), (1_200, true)).await;
        let dinner = self.dish(id, ("D1", "清淡晚餐"), (1_000, true)).await;
        Canteen { id, provider: provider_id, lunch, dinner }
    }

    /// A dish with a published price.
    pub async fn dish(
        &self,
        canteen: CanteenId,
        (code, name): (&str, &str),
        (fen, is_meal): (i64, bool),
    ) -> DishId {
        let db = self.app.db.write();
        let id: DishId = self.app.ids.next();
        let new = dish::Model {
            id: id.0,
            canteen_id: canteen.0,
            code: code.into(),
            name: name.into(),
            is_meal,
            portion_g: 450,
            small_portion_g: Some(300),
            allergens: "花生".into(),
        };
        dish::Entity::insert(new.into_active_model()).exec_without_returning(db).await.unwrap();
        let price = dish_price::Model {
            id: self.app.ids.next(),
            dish_id: id.0,
            price_fen: fen,
            small_price_fen: Some(fen * 3 / 4),
            published_at: shanghai("2026-01-01 00:00"),
        };
        dish_price::Entity::insert(price.into_active_model()).exec_without_returning(db).await.unwrap();
        id
    }

    /// A lunch slot (cut-off 09:00, served 11:00-13:00) with the set meal on the menu. `ways` are bits: 1 dine-in,
    /// 2 pick-up, 4 delivery.
    pub async fn lunch(&self, canteen: &Canteen, day: &str, (ways, capacity): (i16, i32)) -> SlotId {
        let times = ["09:00", "11:00", "13:00"];
        self.slot(canteen, (day, MealPeriod::Lunch, times), (ways, capacity), canteen.lunch).await
    }

    /// A dinner slot (cut-off 15:00, served 17:00-18:30).
    pub async fn dinner(&self, canteen: &Canteen, day: &str, (ways, capacity): (i16, i32)) -> SlotId {
        let times = ["15:00", "17:00", "18:30"];
        self.slot(canteen, (day, MealPeriod::Dinner, times), (ways, capacity), canteen.dinner).await
    }

    async fn slot(
        &self,
        canteen: &Canteen,
        (day, period, times): (&str, MealPeriod, [&str; 3]),
        (ways, capacity): (i16, i32),
        dish: DishId,
    ) -> SlotId {
        let db = self.app.db.write();
        let id: SlotId = self.app.ids.next();
        let served_on: NaiveDate = day.parse().unwrap();
        let [cut_off_at, starts_at, ends_at] = times.map(|time| shanghai(&format!("{day} {time}")));
        let new = meal_slot::Model {
            id: id.0,
            canteen_id: canteen.id.0,
            served_on,
            period,
            ways,
            capacity,
            taken: 0,
            is_open: true,
            cut_off_at,
            starts_at,
            ends_at,
        };
        meal_slot::Entity::insert(new.into_active_model()).exec_without_returning(db).await.unwrap();
        let due = [(Due::CutOff, id.0, cut_off_at), (Due::PeriodEnd, id.0, ends_at)];
        schedule(db, &self.app.ids, due).await.unwrap();
        let menu = menu_dish::Model {
            canteen_id: canteen.id.0,
            served_on,
            period,
            dish_id: dish.0,
            position: 0,
            is_sold_out: false,
        };
        let insert = menu_dish::Entity::insert(menu.into_active_model())
            .on_conflict(OnConflict::new().do_nothing().to_owned());
        insert.exec_without_returning(db).await.ok();
        nuanyang::directory::store::bump(db, canteen.id).await.unwrap();
        id
    }

    /// An elder in `HOME`.
    pub async fn elder(&self, name: &str, birth_on: &str) -> ElderId {
        self.elder_like(name, birth_on, |_| {}).await
    }

    /// An elder in `HOME` who differs from the others in something.
    pub async fn elder_like(
        &self,
        name: &str,
        birth_on: &str,
        change: impl FnOnce(&mut NewElder),
    ) -> ElderId {
        self.region(HOME).await;
        let id: ElderId = self.app.ids.next();
        let mut new = NewElder {
            name: name.to_owned(),
            birth_on: birth_on.parse().unwrap(),
            sex: Sex::Female,
            region_code: HOME.to_owned(),
            phone: None,
            id_number: None,
            card_number: Some(format!("CARD-{id}")),
            address: Some("演示小区 2 栋 301".to_owned()),
            position_e6: Some((25_012_000, 102_751_000)),
            dietary: Some("不吃花生".to_owned()),
        };
        change(&mut new);
        let tx = self.app.db.begin().await.unwrap();
        insert::<_, ()>(&self.app, &tx, id, &new).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// A person with a live bond of all scopes but DECIDE (bits 15).
    pub async fn family_of(&self, name: &str, elder: ElderId) -> Person {
        let person = self.login(name).await;
        self.bond(&person, elder, 15).await;
        person
    }

    /// A bond written straight into its row.
    pub async fn bond(&self, person: &Person, elder: ElderId, scopes: i16) {
        let id = self.person_id(&person.name).await;
        let new = entities::family_bond::Model {
            id: self.app.ids.next(),
            elder_id: elder.0,
            person_id: id,
            relation: entities::enums::Relation::Child,
            state: entities::enums::BondState::Active,
            scopes,
            started_at: self.app.clock.now(),
            ended_at: None,
            version: 0,
        };
        let insert = entities::family_bond::Entity::insert(new.into_active_model());
        insert.exec_without_returning(self.app.db.write()).await.unwrap();
    }

    /// A person with one more role, signed in.
    pub async fn with_role(
        &self,
        name: &str,
        role: Role,
        (provider, region): (Option<Uuid>, Option<&str>),
    ) -> Person {
        let id = self.person_id(name).await;
        let given = Grant { role, provider, region: region.map(str::to_owned) };
        grant(self.app.db.write(), id.into(), &given, self.app.clock.now()).await.unwrap();
        self.login(name).await
    }

    /// The manager of a canteen's provider.
    pub async fn manager(&self, name: &str, canteen: &Canteen) -> Person {
        self.with_role(name, Role::ProviderManager, (Some(canteen.provider), None)).await
    }

    /// The row of a person by login name.
    pub async fn person_id(&self, name: &str) -> Uuid {
        let openid = wechat_simulator::openid_of(name);
        let tx = self.app.db.begin().await.unwrap();
        let id = person_by_openid(&self.app, &tx, &openid, self.app.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        id.0
    }
}

/// Input of `mealOrderPlace` for one set meal.
pub fn order_input(key: &str, elder: ElderId, slot: SlotId, (way, dish): (&str, DishId)) -> Value {
    json!({
        "requestKey": format!("test-key-{key:0>16}"), "elderId": elder.to_string(), "slotId": slot.to_string(),
        "way": way, "items": [{ "dishId": dish.to_string() }]
    })
}
