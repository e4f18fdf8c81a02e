//! Money seen from both sides: our rows and books against the simulator's own ledger.

use std::collections::{BTreeMap, BTreeSet};

use entities::enums::{AttemptState, DueState, MealState, RefundState};
use entities::{due_work, meal_order, payment_attempt, refund};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait as _, QueryFilter};
use serde_json::{Value, json};
use uuid::Uuid;

use super::World;
use super::client::Person;

/// Fen paid and fen refunded.
pub type Flow = (i64, i64);

impl World {
    /// Starts a payment; the trade number when the platform took it.
    pub async fn start_payment(&self, who: &Person, order: &str) -> Result<String, String> {
        let input = json!({ "orderId": order });
        let payload = self.act(who, "paymentStart", input, "params { package }").await;
        if !payload["params"]["package"].is_string() {
            return Err(super::client::refusal(&payload).to_owned());
        }
        let id: nuanyang::kit::ids::OrderId = order.parse().unwrap();
        let attempts = nuanyang::money::store::attempt::of_order(self.app.db.write(), id).await.unwrap();
        let mine = attempts.iter().rfind(|attempt| attempt.payer_id == who.said.person.0);
        Ok(mine.unwrap().out_trade_no.clone())
    }

    /// Presses the button at the simulator: `ok`, `cancel`, or the platform's refusal.
    pub async fn press(&self, who: &Person, number: &str, result: &str) -> String {
        let wish = json!({ "as": who.name, "result": result });
        let answer = self.sim_post(&format!("/sim/pay/{number}"), &wish).await;
        let said = answer["result"].as_str().or(answer["error"].as_str());
        said.unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// Adds rules by which the simulator misbehaves.
    pub async fn misbehave(&self, rules: &Value) {
        self.sim_post("/sim/faults", rules).await;
    }

    /// The simulator behaves again.
    pub async fn behave(&self) {
        let cleared = self.http.delete(format!("{}/sim/faults", self.sim)).send().await.unwrap();
        assert!(cleared.status().is_success());
    }

    /// How often a verdict on a payment was counted since the start.
    pub async fn verdicts(&self, verdict: &str) -> u64 {
        let page =
            self.http.get(format!("{}/metrics", self.base)).send().await.unwrap().text().await.unwrap();
        let head = format!("nuanyang_payment_verdicts_total{{verdict=\"{verdict}\"}} ");
        page.lines().find_map(|line| line.strip_prefix(&head)).map_or(0, |count| count.parse().unwrap())
    }

    /// One gauge of the metrics page.
    pub async fn metric(&self, name: &str) -> i64 {
        let page =
            self.http.get(format!("{}/metrics", self.base)).send().await.unwrap().text().await.unwrap();
        let head = format!("nuanyang_{name} ");
        let found = page.lines().find_map(|line| line.strip_prefix(&head));
        found.unwrap_or_else(|| panic!("no {name}")).parse().unwrap()
    }

    /// Refunds that wait for a person, as somebody sees them.
    pub async fn refunds_stuck(&self, who: &Person) -> Vec<Value> {
        let document = "{ refundsStuck(first: 50) { nodes { orderId need reason stuckAt \
            refund { id state amountFen requestedAt dueOn } } } }";
        self.data(who, document, json!({})).await["refundsStuck"]["nodes"].as_array().unwrap().clone()
    }

    /// Orders that wait, attempts that are open, refunds under way: zero at rest.
    pub async fn unsettled(&self) -> u64 {
        use payment_attempt::Column as A;
        use refund::Column as R;
        let db = self.app.db.write();
        let held = meal_order::Entity::find().filter(meal_order::Column::State.eq(MealState::Held));
        let open = [AttemptState::Created, AttemptState::Prepaid];
        let open = payment_attempt::Entity::find().filter(A::State.is_in(open));
        let under_way = [RefundState::Requested, RefundState::Accepted];
        let under_way = refund::Entity::find().filter(R::State.is_in(under_way));
        held.count(db).await.unwrap() + open.count(db).await.unwrap() + under_way.count(db).await.unwrap()
    }

    /// Lets time pass, works and delivers until nothing is under way. Bounded: what never rests is a fault.
    pub async fn rest(&self) {
        for _ in 0..40 {
            self.work().await;
            self.sim_post("/sim/notifications/flush?all=true", &json!({})).await;
            self.work().await;
            if self.unsettled().await == 0 {
                return;
            }
            self.pass(301).await;
        }
        panic!("{} things never come to rest", self.unsettled().await);
    }

    /// Our books equal the simulator's, payment by payment; nobody is charged for what he does not get, nobody is
    /// refunded twice, no work was given up.
    pub async fn assert_money(&self) {
        let ledger = self.sim_get("/sim/ledger").await;
        let (theirs, ours) = (flows_of(&ledger), self.our_flows().await);
        assert_eq!(differences(&ours, &theirs), Vec::<String>::new(), "ours against the simulator's");
        self.assert_orders_fit_their_money(&ours).await;
        self.assert_books().await;
        let held_there =
            ledger["paid_total_fen"].as_i64().unwrap() - ledger["refunded_total_fen"].as_i64().unwrap();
        let balances = self.balances().await;
        assert_eq!(balances.get("wechat").copied().unwrap_or(0), held_there);
        assert_eq!(balances.get("refund_payable").copied().unwrap_or(0), 0);
        let dead = due_work::Entity::find().filter(due_work::Column::State.eq(DueState::Dead));
        assert_eq!(dead.count(self.app.db.write()).await.unwrap(), 0, "work was given up");
    }

    /// Fen paid and fen refunded of each payment, as the simulator's own ledger says.
    pub async fn their_flows(&self) -> BTreeMap<String, Flow> {
        flows_of(&self.sim_get("/sim/ledger").await)
    }

    /// Our numbers of payments and refunds of which we keep another number of the platform than its ledger has: somebody told a
    /// false one first.
    pub async fn misnumbered(&self) -> BTreeSet<String> {
        let (db, ledger) = (self.app.db.write(), self.sim_get("/sim/ledger").await);
        let orders = ledger["orders"].as_array().unwrap();
        let refunds = orders.iter().flat_map(|order| order["refunds"].as_array().unwrap());
        let pair = |one: &Value, own: &str, other: &str| {
            Some((one[own].as_str()?.to_owned(), one[other].as_str()?.to_owned()))
        };
        let paid = orders.iter().filter_map(|order| pair(order, "out_trade_no", "transaction_id"));
        let back = refunds.filter_map(|refund| pair(refund, "out_refund_no", "refund_id"));
        let theirs: BTreeMap<String, String> = paid.chain(back).collect();
        let paid = payment_attempt::Entity::find().all(db).await.unwrap();
        let back = refund::Entity::find().all(db).await.unwrap();
        let paid = paid.into_iter().map(|row| (row.out_trade_no, row.transaction_id));
        let ours = paid.chain(back.into_iter().map(|row| (row.out_refund_no, row.wechat_refund_id)));
        let is_other =
            |(own, kept): &(String, Option<String>)| kept.is_some() && kept.as_ref() != theirs.get(own);
        ours.filter(is_other).map(|(own, _)| own).collect()
    }

    async fn our_flows(&self) -> BTreeMap<String, (Uuid, Flow)> {
        let db = self.app.db.write();
        let refunds = refund::Entity::find().all(db).await.unwrap();
        let attempts = payment_attempt::Entity::find().all(db).await.unwrap();
        let flow = |attempt: &payment_attempt::Model| {
            let is_paid = matches!(attempt.state, AttemptState::Paid | AttemptState::LatePaid);
            let done = refunds.iter().filter(|refund| refund.attempt_id == attempt.id);
            let done = done.filter(|refund| refund.state == RefundState::Success);
            (if is_paid { attempt.amount_fen } else { 0 }, done.map(|refund| refund.amount_fen).sum())
        };
        attempts
            .iter()
            .map(|attempt| (attempt.out_trade_no.clone(), (attempt.order_id, flow(attempt))))
            .collect()
    }

    async fn assert_orders_fit_their_money(&self, flows: &BTreeMap<String, (Uuid, Flow)>) {
        for order in meal_order::Entity::find().all(self.app.db.write()).await.unwrap() {
            let own = flows.values().filter(|(id, _)| *id == order.id);
            let kept: i64 = own.map(|(_, (paid, refunded))| paid - refunded).sum();
            let is_charged = super::crowd::keeps_places(&order) && order.state != MealState::Held;
            let due = if is_charged { order.cash_fen } else { 0 };
            assert_eq!(
                kept, due,
                "what the family of order {} in state {:?} has paid",
                order.id, order.state
            );
        }
    }
}

fn flows_of(ledger: &Value) -> BTreeMap<String, Flow> {
    let orders = ledger["orders"].as_array().unwrap();
    let flow = |order: &Value| {
        let refunds = order["refunds"].as_array().unwrap();
        let taken = refunds.iter().filter(|refund| refund["status"] != "CLOSED").count();
        assert!(taken <= 1, "refunded more than once: {order}");
        let done = refunds.iter().filter(|refund| refund["status"] == "SUCCESS");
        let refunded: i64 = done.map(|refund| refund["fen"].as_i64().unwrap()).sum();
        let paid = if order["paid_at"].is_null() { 0 } else { order["total_fen"].as_i64().unwrap() };
        assert!(refunded <= paid, "more went back than was paid: {order}");
        (paid, refunded)
    };
    orders.iter().map(|order| (order["out_trade_no"].as_str().unwrap().to_owned(), flow(order))).collect()
}

/// One line for each payment on which the two sides do not agree.
fn differences(ours: &BTreeMap<String, (Uuid, Flow)>, theirs: &BTreeMap<String, Flow>) -> Vec<String> {
    let unknown = theirs.keys().filter(|number| !ours.contains_key(*number));
    let unknown = unknown.map(|number| format!("{number}: only the simulator knows it"));
    let differing = ours.iter().filter_map(|(number, (_, own))| {
        let other = theirs.get(number).copied().unwrap_or_default();
        (*own != other).then(|| format!("{number}: here {own:?}, there {other:?}"))
    });
    unknown.chain(differing).collect()
}
