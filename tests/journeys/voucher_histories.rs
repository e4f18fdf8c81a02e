//! Random histories of one voucher against real rows, through HTTP: whatever happens in whatever order, every identity
//! holds after every step, and the rows say what the pure rules say. Ten thousand more run in memory
//! (`money/rules/voucher/purse/tests.rs`).

use entities::voucher_grant;
use nuanyang::kit::ids::{ElderId, SlotId};
use nuanyang::money::rules::voucher::purse::Purse;
use sea_orm::EntityTrait as _;
use serde_json::json;

use crate::on_both;
use crate::world::World;
use crate::world::client::Person;
use crate::world::place::{Canteen, order_input};
use crate::world::voucher::holder;

/// Histories of each database, and steps of each.
const HISTORIES: u64 = 6;
const STEPS: usize = 14;

/// Numbers that look drawn, the same every time (an LCG with Knuth's constants).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

struct History<'a> {
    world: &'a World,
    canteen: &'a Canteen,
    staff: &'a Person,
    officer: &'a Person,
    family: Person,
    elder: ElderId,
    slots: &'a [SlotId],
    orders: Vec<String>,
    keys: usize,
}

impl History<'_> {
    async fn order(&mut self, at: usize) {
        self.keys += 1;
        let key = format!("{}x{}", &self.elder.to_string()[20..], self.keys);
        let input =
            order_input(&key, self.elder, self.slots[at % self.slots.len()], ("DINE_IN", self.canteen.lunch));
        let placed = self.world.place(&self.family, input).await;
        if let Some(id) = placed["order"]["id"].as_str() {
            if placed["order"]["state"] == "HELD" && at.is_multiple_of(2) {
                self.world.pay(&self.family, id).await;
            }
            self.orders.push(id.to_owned());
        }
    }

    async fn in_office(&self, act: &str) {
        let voucher = self.world.vouchers(&self.family, self.elder).await[0]["id"].clone();
        let mut input = json!({ "voucherId": voucher, "reason": "演示" });
        if act == "voucherFreeze" {
            input["cause"] = json!("DEATH");
        }
        self.world.act(self.officer, act, input, "voucher { state }").await;
    }

    async fn step(&mut self, dice: &mut Dice) {
        let (kind, at) = (dice.below(12), dice.below(40));
        match kind {
            0..=4 => self.order(at).await,
            5..=6 => {
                if let Some(order) = self.orders.get(at % self.orders.len().max(1)) {
                    self.world.cancel(&self.family, order).await;
                }
            }
            7 => self.world.pass(16 * 60).await,
            8 => self.in_office("voucherFreeze").await,
            9..=10 => self.in_office("voucherUnfreeze").await,
            _ if at < 6 => self.in_office("voucherRevoke").await,
            _ => self.world.work().await,
        }
        self.world.work().await;
    }

    async fn prove(&self) -> Purse {
        self.world.assert_books().await;
        let all = voucher_grant::Entity::find().all(self.world.app.db.write()).await.unwrap();
        let purse = Purse::from(all.iter().find(|grant| grant.elder_id == self.elder.0).unwrap());
        assert!(purse.is_sound(), "{purse:?}");
        purse
    }

    /// The orders of the day are fetched at the counter.
    async fn eat(&self) {
        for order in &self.orders {
            let code = self.world.order(&self.family, order).await["servingCode"].clone();
            self.world.serve(self.staff, self.canteen, json!({ "code": code })).await;
        }
    }
}

on_both! {
    async fn every_history_of_a_voucher_keeps_every_identity(world: World) {
        let canteen = world.canteen().await;
        let staff = world.manager("canteen1", &canteen).await;
        let officer = world.officer("officer1", "530111").await;
        world.at("2026-06-20 08:00").await;
        let mut slots = vec![world.lunch(&canteen, "2026-06-25", (1, 300)).await];
        for day in 26..=29 {
            slots.push(world.lunch(&canteen, &format!("2026-06-{day}"), (1, 300)).await);
        }
        let mut histories = Vec::new();
        for seed in 0..HISTORIES {
            let mut dice = Dice(seed);
            let elder = world.elder("演示老人", "1944-03-01").await;
            let family = world.family_of(&format!("child{seed}"), elder).await;
            world.grant(vec![holder(elder, 1_000 + 500 * i64::try_from(seed).unwrap())]).await;
            let mut history = History {
                world: &world, canteen: &canteen, staff: &staff, officer: &officer, family, elder,
                slots: &slots, orders: Vec::new(), keys: 0,
            };
            for _ in 0..STEPS {
                history.step(&mut dice).await;
                history.prove().await;
            }
            histories.push(history);
        }
        for day in 25..=29 {
            world.at(&format!("2026-06-{day} 11:30")).await;
            for history in &histories {
                history.eat().await;
                history.prove().await;
            }
        }
        world.at("2026-06-30 23:59:59").await;
        let mut redeemed = 0;
        for history in &histories {
            let purse = history.prove().await;
            redeemed += purse.redeemed.get();
            assert!(purse.available.is_zero() && purse.reserved.is_zero(), "nothing stays open: {purse:?}");
        }
        assert!(redeemed > 0, "somebody has eaten");
        world.rest().await;
        world.assert_money().await;
    }
}
