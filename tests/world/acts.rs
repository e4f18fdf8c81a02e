//! Acts and looks that several journeys share.

use std::collections::BTreeMap;

use entities::enums::Role;
use nuanyang::directory::store::bump;
use nuanyang::kit::db::row;
use nuanyang::kit::ids::{DishId, OrderId, SlotId};
use sea_orm::{EntityTrait, FromQueryResult, IntoActiveModel as _};
use serde_json::{Value, json};

use super::World;
use super::client::Person;
use super::place::Canteen;

/// The age rule of the shipped packs, as the ledger names its account.
pub const PUBLIC: &str = "public/xishan_xiyuan_meal_subsidy@2024-10-17";

/// How many rows there are of each kind, and how often they were changed: what a refusal must leave as it was.
pub type Footprint = BTreeMap<&'static str, i64>;

const FOOTPRINT: [&str; 67] = [
    "count(*) FROM bill_case WHERE state = 'OPEN'",
    "count(*) FROM complaint WHERE state = 'OPEN'",
    "count(*) FROM complaint_answer",
    "count(*) FROM complaint WHERE state = 'COMPLETED'",
    "coalesce(sum(presses), 0) FROM help_call",
    "count(*) FROM help_call WHERE state = 'OPEN'",
    "coalesce(sum(used_fen), 0) FROM procurement_contract",
    "count(*) FROM meal_order",
    "coalesce(sum(version), 0) FROM meal_order",
    "count(*) FROM meal_order_item",
    "coalesce(sum(taken), 0) FROM meal_slot",
    "count(*) FROM payment_attempt",
    "count(*) FROM refund",
    "count(*) FROM refund WHERE replaced_by IS NOT NULL",
    "count(*) FROM refund WHERE stuck_at IS NOT NULL",
    "count(*) FROM ledger_entry",
    "count(*) FROM event",
    "count(*) FROM family_bond",
    "coalesce(sum(version), 0) FROM family_bond",
    "count(*) FROM bond_code",
    "count(*) FROM rating",
    "coalesce(sum(version), 0) FROM rating",
    "count(*) FROM rating_version",
    "count(*) FROM text_check WHERE decided_by IS NOT NULL",
    "count(*) FROM welfare_check",
    "count(*) FROM elder",
    "count(*) FROM provider",
    "coalesce(sum(version), 0) FROM provider",
    "count(*) FROM provider_licence",
    "count(*) FROM carer",
    "coalesce(sum(version), 0) FROM carer",
    "count(*) FROM carer_certificate",
    "count(*) FROM carer_leave",
    "count(*) FROM offering",
    "coalesce(sum(version), 0) FROM offering",
    "count(*) FROM offering_price",
    "count(*) FROM service_order",
    "coalesce(sum(version), 0) FROM service_order",
    "count(*) FROM assignment WHERE state = 'ACCEPTED'",
    "count(*) FROM carer_time",
    "count(*) FROM visit_proof",
    "count(*) FROM visit_fault",
    "count(*) FROM visit_wait",
    "count(*) FROM settlement_line",
    "coalesce(sum(version), 0) FROM settlement_line",
    "count(*) FROM visit_exception",
    "count(*) FROM visit_exception WHERE review <> 'OPEN'",
    "count(*) FROM visit_queue_entry",
    "count(*) FROM visit_device",
    "count(*) FROM call_back WHERE state = 'DONE'",
    "count(*) FROM assessment",
    "count(*) FROM consent",
    "count(*) FROM consent WHERE withdrawn_at IS NOT NULL",
    "coalesce(sum(version), 0) FROM bathing_check",
    "count(*) FROM vital_sign",
    "count(*) FROM incident",
    "count(*) FROM elder_fact",
    "count(*) FROM elder_fact WHERE superseded_by IS NOT NULL",
    "count(*) FROM fact_correction WHERE state = 'OPEN'",
    "count(*) FROM fact_correction",
    "count(*) FROM programme_enrolment WHERE ended_at IS NULL",
    "count(*) FROM voucher_grant",
    "coalesce(sum(version), 0) FROM voucher_grant",
    "count(*) FROM voucher_use",
    "count(*) FROM privacy_request",
    "count(*) FROM message WHERE read_at IS NOT NULL",
    "coalesce(sum(remaining), 0) FROM message_consent",
];

/// Id of the order in a payload.
pub fn id_of(payload: &Value) -> String {
    payload["order"]["id"].as_str().unwrap_or_else(|| panic!("{payload}")).to_owned()
}

impl World {
    /// One number out of the database, such as `count(*) FROM meal_order`.
    pub async fn number(&self, expression: &str) -> i64 {
        #[derive(FromQueryResult)]
        struct Number {
            number: i64,
        }
        let (what, from) = expression.split_once(" FROM ").unwrap();
        let sql = format!("SELECT CAST({what} AS bigint) AS number FROM {from}");
        let found: Option<Number> = row(self.app.db.write(), &sql, []).await.unwrap();
        found.unwrap().number
    }

    /// What is written so far.
    pub async fn footprint(&self) -> Footprint {
        let mut print = Footprint::new();
        for expression in FOOTPRINT {
            print.insert(expression, self.number(expression).await);
        }
        print
    }

    /// Orders in a state.
    pub async fn orders_in(&self, state: &str) -> i64 {
        self.number(&format!("count(*) FROM meal_order WHERE state = '{state}'")).await
    }

    /// Places of a slot that are taken.
    pub async fn taken(&self, slot: SlotId) -> i32 {
        let found = entities::meal_slot::Entity::find_by_id(slot.0).one(self.app.db.write()).await.unwrap();
        found.unwrap().taken
    }

    /// The row of an order.
    pub async fn order_row(&self, id: &str) -> entities::meal_order::Model {
        let id: OrderId = id.parse().unwrap();
        let found = entities::meal_order::Entity::find_by_id(id.0).one(self.app.db.write()).await.unwrap();
        found.unwrap()
    }

    /// Balance of an account, in fen; what came in is positive.
    pub async fn balance(&self, account: &str) -> i64 {
        self.balances().await.get(account).copied().unwrap_or(0)
    }

    /// Paid and refunded so far, as the platform's own ledger says.
    pub async fn platform_fen(&self) -> (i64, i64) {
        let ledger = self.sim_get("/sim/ledger").await;
        let sum = |name: &str| ledger[name].as_i64().unwrap_or_else(|| panic!("{ledger}"));
        (sum("paid_total_fen"), sum("refunded_total_fen"))
    }

    /// Somebody at the telephone desk of Guandu.
    pub async fn desk(&self, name: &str) -> Person {
        self.desk_of(name, "530111").await
    }

    /// Somebody at the telephone desk of a branch of the region tree.
    pub async fn desk_of(&self, name: &str, branch: &str) -> Person {
        self.with_role(name, Role::Desk, (None, Some(branch))).await
    }

    /// A new published price from now on.
    pub async fn price(&self, canteen: &Canteen, dish: DishId, price_fen: i64) {
        let new = entities::dish_price::Model {
            id: self.app.ids.next(),
            dish_id: dish.0,
            price_fen,
            small_price_fen: None,
            published_at: self.app.clock.now(),
        };
        let insert = entities::dish_price::Entity::insert(new.into_active_model());
        insert.exec_without_returning(self.app.db.write()).await.unwrap();
        bump(self.app.db.write(), canteen.id).await.unwrap();
    }

    /// Places an order and pays it to the end; its id.
    pub async fn paid(&self, who: &Person, input: Value) -> String {
        let id = id_of(&self.place(who, input).await);
        self.pay(who, &id).await;
        assert_eq!(self.state(who, &id).await, "CONFIRMED");
        id
    }

    /// Cancels an order; the payload.
    pub async fn cancel(&self, who: &Person, order: &str) -> Value {
        self.act(who, "mealOrderCancel", json!({ "orderId": order }), "order { state }").await
    }

    /// Hands a meal over at the counter; the payload.
    pub async fn serve(&self, staff: &Person, canteen: &Canteen, by: Value) -> Value {
        let input = json!({ "canteenId": canteen.id.to_string(), "by": by });
        self.act(staff, "mealOrderServe", input, "order { id state }").await
    }

    /// Everything of a day and period is cooked; the payload.
    pub async fn prepare(&self, staff: &Person, canteen: &Canteen, (day, period): (&str, &str)) -> Value {
        let input = json!({ "canteenId": canteen.id.to_string(), "servedOn": day, "period": period });
        self.act(staff, "kitchenPrepare", input, "prepared").await
    }

    /// The courier sets out; the payload.
    pub async fn depart(&self, staff: &Person, order: &str) -> Value {
        self.act(staff, "mealOrderDepart", json!({ "orderId": order }), "order { state }").await
    }

    /// The courier says how it ended, `handedOver` or `notReached`; the payload.
    pub async fn deliver_meal(&self, staff: &Person, order: &str, (ending, words): (&str, &str)) -> Value {
        let input = json!({ "orderId": order, "ending": { ending: words } });
        self.act(staff, "mealOrderDeliver", input, "order { state }").await
    }

    /// The kitchen's sheet; null when it is not this person's canteen.
    pub async fn sheet(&self, staff: &Person, canteen: &Canteen, (day, period): (&str, &str)) -> Value {
        let document = "query($id: ID!, $day: Date!, $period: MealPeriod!) { \
            kitchenSheet(canteenId: $id, servedOn: $day, period: $period) { portions counterPortions deliveryPortions \
            counts { name isSmall quantity } orders { id state way dueFen payers { payer amountFen } } } }";
        let variables = json!({ "id": canteen.id.to_string(), "day": day, "period": period });
        self.data(staff, document, variables).await["kitchenSheet"].clone()
    }
}
