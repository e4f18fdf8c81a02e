//! What the phones of a run can buy: lunches of a canteen, and visits of a provider, most of which begin so soon that calling
//! them off costs a part of their price. And what every visit must have cost its family in the end.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use entities::enums::ServiceState;
use entities::{event, payment_attempt, service_order};
use nuanyang::dispatch::service::offer::accept;
use nuanyang::kit::db::execute;
use nuanyang::kit::ids::{ElderId, OfferingId, SlotId};
use nuanyang::kit::refusal::Stop;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::World;
use crate::world::care::Agency;
use crate::world::place::{Canteen, order_input};
use crate::world::workday;

/// Prices of a visit in fen; a share of neither is a whole number.
const PRICES_FEN: [i64; 2] = [8_333, 5_999];
const CARERS: usize = 40;
/// Each visit, in minutes.
const LENGTH_MIN: i32 = 15;
/// The first visits begin so many minutes from now or a little later: time enough to be booked until the run ends, too little
/// to be called off free of charge.
const SOON_MIN: i64 = 205;
/// Minutes from the first start to each other one: one soon after it, one that is called off free of charge until the run ends.
const STARTS_MIN: [i64; 3] = [0, 15, 60];
/// What is published of calling a visit off: free of charge until so many hours before, and a share of the price from then on.
const FREE_UNTIL_H: i64 = 4;
const KEPT_PERCENT: i64 = 30;

/// One thing that can be bought, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goods {
    Lunch(usize),
    Visit(usize),
}

impl Goods {
    /// The act that orders it, and the one that calls it off.
    pub(super) fn acts(self) -> (&'static str, &'static str) {
        match self {
            Self::Lunch(_) => ("mealOrderPlace", "mealOrderCancel"),
            Self::Visit(_) => ("serviceOrderPlace", "serviceOrderCancel"),
        }
    }

    /// What is said when it is sold out, or the elder has such a visit already.
    pub(super) fn is_sold_out(self, code: &str) -> bool {
        match self {
            Self::Lunch(_) => code == "SLOT_FULL",
            Self::Visit(_) => ["NOBODY_FREE", "ALREADY_BOOKED"].contains(&code),
        }
    }
}

/// What can be bought.
pub(super) struct Market {
    canteen: Canteen,
    pub(super) slots: Vec<SlotId>,
    provider: Agency,
    offerings: Vec<OfferingId>,
    starts: Vec<DateTime<Utc>>,
}

impl Market {
    /// Lunches of three days with so many places each, and visits of this day, whatever hour it is.
    pub(super) async fn open(world: &World, places: i32) -> Self {
        let canteen = world.canteen().await;
        let today = world.app.clock.today();
        let mut slots = Vec::new();
        for days in 3..6 {
            let day = (today + chrono::Days::new(days)).to_string();
            slots.push(world.lunch(&canteen, &day, (1, places)).await);
        }
        let provider = world.agency().await;
        workday::staff(&world.app, provider.id, CARERS).await.unwrap();
        let mut offerings = Vec::new();
        for fen in PRICES_FEN {
            offerings.push(world.visit_offering(provider, "cleaning_help", (fen, LENGTH_MIN), (1, 0)).await);
        }
        // The clock is the machine's: papers, prices and work hold at any hour of any year.
        let [long_ago, for_ever] = ["2000-01-01", "2099-12-31"].map(|day| day.parse::<NaiveDate>().unwrap());
        let db = world.app.db.write();
        let papers = "UPDATE carer_certificate SET valid_from = $1, valid_until = $2";
        execute(db, papers, [long_ago.into(), for_ever.into()]).await.unwrap();
        execute(db, "UPDATE offering_price SET published_at = $1", [DateTime::UNIX_EPOCH.into()])
            .await
            .unwrap();
        execute(db, "UPDATE carer_week SET from_minute = 0, until_minute = 1440", []).await.unwrap();
        execute(db, "UPDATE carer SET travel_buffer_min = 0", []).await.unwrap();
        let first = (world.app.clock.now() + Duration::minutes(SOON_MIN)).timestamp() / 900 * 900 + 900;
        let first = DateTime::from_timestamp(first, 0).unwrap();
        let starts = STARTS_MIN.map(|minutes| first + Duration::minutes(minutes)).to_vec();
        Self { canteen, slots, provider, offerings, starts }
    }

    /// How many kinds of lunches and of visits there are.
    pub(super) fn count(&self) -> (usize, usize) {
        (self.slots.len(), self.offerings.len() * self.starts.len())
    }

    /// The input that orders something for an elder.
    pub(super) fn input(&self, goods: Goods, key: &str, elder: ElderId) -> Value {
        match goods {
            Goods::Lunch(slot) => order_input(key, elder, self.slots[slot], ("DINE_IN", self.canteen.lunch)),
            Goods::Visit(which) => {
                let offering = self.offerings[which % self.offerings.len()];
                let starts_at = self.starts[which / self.offerings.len()];
                json!({
                    "requestKey": format!("test-visit-{key:0>16}"), "startsAt": starts_at.to_rfc3339(),
                    "want": { "elderId": elder.to_string(), "offeringId": offering.to_string() },
                })
            }
        }
    }

    /// Every carer who is asked says yes.
    pub(super) async fn carers_say_yes(&self, world: &World) {
        for asked in workday::asked(&world.app).await.unwrap() {
            match accept(&world.app, &asked.carer, asked.order).await {
                // Called off a moment ago.
                Ok(_) | Err(Stop::Refused(_)) => {}
                Err(Stop::Fault(fault)) => panic!("a carer cannot say yes: {fault}"),
            }
        }
    }

    /// Visits that wait for their payment or for a carer.
    pub(super) async fn open_visits(&self, world: &World) -> i64 {
        world.number("count(*) FROM service_order WHERE state IN ('SLOT_HELD', 'PAID', 'OFFERED')").await
    }

    /// On the platform's own ledger every family has paid for each visit what was published, payment by payment, and the
    /// provider has earned what was kept. Gives how many refunds were a part of their payment.
    pub(super) async fn assert_visits_cost_what_was_published(&self, world: &World) -> usize {
        let (db, flows) = (world.app.db.write(), world.their_flows().await);
        let orders = service_order::Entity::find().all(db).await.unwrap();
        let attempts = payment_attempt::Entity::find().all(db).await.unwrap();
        let ends = event::Entity::find().filter(event::Column::Subject.eq("service_order"));
        let ends = ends.filter(event::Column::Name.eq("cancel")).all(db).await.unwrap();
        let ends: BTreeMap<Uuid, event::Model> = ends.into_iter().map(|end| (end.subject_id, end)).collect();
        let (mut parts, mut earned) = (0, 0);
        for order in &orders {
            let bears = borne(order, ends.get(&order.id));
            let own = attempts.iter().filter(|attempt| attempt.order_id == order.id);
            let own = own.filter_map(|attempt| flows.get(&attempt.out_trade_no));
            let left: Vec<i64> = own.map(|(paid, back)| paid - back).filter(|left| *left != 0).collect();
            let wanted: Vec<i64> = [bears].into_iter().filter(|fen| *fen > 0).collect();
            assert_eq!(left, wanted, "what the payments of visit {} leave, {:?}", order.id, order.state);
            if order.state == ServiceState::Cancelled && bears > 0 {
                assert_eq!(order.kept_fen, Some(bears), "what is kept of visit {}", order.id);
                (parts, earned) = (parts + 1, earned + bears);
            }
        }
        let account = format!("provider/{}", self.provider.id.0);
        assert_eq!(-world.balance(&account).await, earned, "what the provider has of visits called off late");
        parts
    }
}

/// What a visit costs its family in the end, computed from what is published.
fn borne(order: &service_order::Model, cancelled: Option<&event::Model>) -> i64 {
    match (order.state, cancelled) {
        (ServiceState::Paid | ServiceState::Offered | ServiceState::Accepted, None) => order.cash_fen,
        (ServiceState::Expired, None) => 0,
        (ServiceState::Cancelled, Some(end)) => {
            let is_late = end.happened_at > order.starts_at - Duration::hours(FREE_UNTIL_H);
            let is_paid = end.from_state.as_deref() != Some(ServiceState::SlotHeld.as_str());
            if is_late && is_paid { order.cash_fen * KEPT_PERCENT / 100 } else { 0 }
        }
        (state, end) => panic!("visit {} is {state:?} after {end:?}", order.id),
    }
}
