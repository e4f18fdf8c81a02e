//! The drill of the README: every key of WeChat Pay is changed while families pay, step by step as it is written there.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::acts::id_of;
use crate::world::client::Person;
use crate::world::place::{Canteen, order_input};

type Settings = BTreeMap<String, String>;

/// A house whose keys are changed, and families that pay meanwhile.
struct Drill {
    world: World,
    sheet: Value,
    canteen: Canteen,
    slot: nuanyang::kit::ids::SlotId,
    daughter: Person,
    orders: Vec<String>,
}

impl Drill {
    async fn new(world: World) -> Self {
        let sheet = world.sim_get("/sim/merchant.json").await;
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-06", (1, 100)).await;
        let daughter = world.login("daughter1").await;
        world.at("2026-06-04 12:00").await;
        Self { world, sheet, canteen, slot, daughter, orders: Vec::new() }
    }

    fn text(&self, pointer: &str) -> String {
        self.sheet.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer}")).to_owned()
    }

    /// Everything that the simulator would tell by itself, as an operator sets it.
    fn basis(&self) -> Settings {
        let mut settings = Settings::new();
        for (setting, pointer) in [
            ("wechat_appid", "/appid"),
            ("wechat_secret", "/app_secret"),
            ("wechat_mchid", "/mchid"),
            ("wechat_merchant_serial", "/merchant_serial"),
            ("wechat_merchant_key", "/merchant_key_pem"),
            ("wechat_apiv3_key", "/apiv3_key"),
        ] {
            settings.insert(setting.into(), self.text(pointer));
        }
        for host in ["wechat_pay_hosts", "wechat_api_host"] {
            settings.insert(host.into(), self.world.sim.clone());
        }
        settings
    }

    /// Every process starts again with these settings.
    async fn set(&mut self, pairs: &[(&str, String)]) {
        let mut change = self.basis();
        change.extend(pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let changed: Vec<&str> = change.keys().map(String::as_str).collect();
        let stale = [
            "wechat_platform_key_id",
            "wechat_platform_key",
            "wechat_platform_keys_also",
            "wechat_platform_certificates",
            "wechat_answer_key",
            "wechat_merchant_keys_also",
            "wechat_apiv3_keys_also",
        ];
        let stale = stale.into_iter().filter(|name| !changed.contains(name)).collect::<Vec<_>>();
        self.world = self
            .world
            .rolled(|settings| {
                settings.retain(|name, _| !stale.contains(&name.as_str()));
                settings.extend(change);
            })
            .await;
    }

    /// What the platform does, as its console says.
    async fn console(&self, policy: Value) {
        self.world.sim_post("/sim/keys", &policy).await;
    }

    /// Somebody orders and opens the payment sheet; order and number of the payment. The phone believes the page.
    async fn opened(&mut self) -> (String, String) {
        let elder = self.world.elder(&format!("王{}", self.orders.len()), "1944-03-01").await;
        self.world.bond(&self.daughter, elder, 15).await;
        let key = (self.orders.len() + 1).to_string();
        let order = id_of(
            &self
                .world
                .place(&self.daughter, order_input(&key, elder, self.slot, ("DINE_IN", self.canteen.lunch)))
                .await,
        );
        self.orders.push(order.clone());
        let number = self.world.start_payment(&self.daughter, &order).await.unwrap();
        assert!(self.sheet_of(&order).await.contains("确认支付"));
        (order, number)
    }

    /// The payment sheet that the phone shows.
    async fn sheet_of(&self, order: &str) -> String {
        let fields = "params { timeStamp nonceStr package signType paySign }";
        let payload =
            self.world.act(&self.daughter, "paymentStart", json!({ "orderId": order }), fields).await;
        let query: Vec<(String, String)> = ["timeStamp", "nonceStr", "package", "signType", "paySign"]
            .iter()
            .map(|name| {
                (
                    (*name).to_owned(),
                    payload["params"][*name].as_str().unwrap_or_else(|| panic!("{payload}")).to_owned(),
                )
            })
            .chain([("appId".to_owned(), self.text("/appid"))])
            .collect();
        let page = self.world.http.get(format!("{}/sim/pay", self.world.sim)).query(&query);
        page.send().await.unwrap().text().await.unwrap()
    }

    /// Three families order and pay; every notification is believed and every order confirmed.
    async fn families_pay(&mut self) {
        for _ in 0..3 {
            let opened = self.opened().await;
            self.paid(opened).await;
        }
    }

    async fn paid(&self, (order, number): (String, String)) {
        assert_eq!(self.world.press(&self.daughter, &number, "ok").await, "ok");
        let told = self.world.sim_post("/sim/notifications/flush?all=true", &json!({})).await;
        let all = told["delivered"].as_array().unwrap();
        assert!(!all.is_empty() && all.iter().all(|one| one["is_delivered"] == true), "{told}");
        assert_eq!(self.world.state(&self.daughter, &order).await, "CONFIRMED");
    }

    /// Paid under a key that is no longer believed: refused, told again under the good one, and not lost.
    async fn refused_under(&mut self, (old, good): (Value, Value), verdict: &str) {
        let (order, number) = self.opened().await;
        assert_eq!(self.world.press(&self.daughter, &number, "ok").await, "ok");
        self.console(old).await;
        let before = self.world.verdicts(verdict).await;
        let told = self.world.sim_post("/sim/notifications/flush?all=true", &json!({})).await;
        assert!(told["delivered"].as_array().unwrap().iter().all(|one| one["status"] == 400), "{told}");
        assert_eq!(self.world.verdicts(verdict).await, before + 1, "{verdict}");
        assert_eq!(self.world.state(&self.daughter, &order).await, "HELD");
        self.console(good).await;
        let told = self.world.sim_post("/sim/notifications/flush?all=true", &json!({})).await;
        assert!(
            told["delivered"].as_array().unwrap().iter().all(|one| one["is_delivered"] == true),
            "{told}"
        );
        assert_eq!(self.world.state(&self.daughter, &order).await, "CONFIRMED");
    }

    /// Everything was paid once, on both sides.
    async fn nothing_is_lost(&self) {
        for order in &self.orders {
            assert_eq!(self.world.state(&self.daughter, order).await, "CONFIRMED");
        }
        self.world.assert_money().await;
        let fen = i64::try_from(self.orders.len()).unwrap() * 900;
        assert_eq!(self.world.platform_fen().await, (fen, 0));
    }
}

on_both! {
    async fn the_platforms_keys_change_from_certificates_to_a_public_key_to_the_next(world: World) {
        let mut it = Drill::new(world).await;
        let certificate = it.text("/platform_certificates/0/certificate_pem");
        let (first_id, first) = (it.text("/platform_public_key_id"), it.text("/platform_public_key_pem"));
        let (next_id, next) = (it.text("/next_platform_public_key/id"), it.text("/next_platform_public_key/pem"));
        let by_certificate = ("wechat_platform_certificates", certificate);
        let by_first = [("wechat_platform_key_id", first_id.clone()), ("wechat_platform_key", first.clone())];
        let by_next = [("wechat_platform_key_id", next_id), ("wechat_platform_key", next)];

        it.console(json!({ "mode": "certificate" })).await;
        it.set(std::slice::from_ref(&by_certificate)).await;
        it.families_pay().await;
        // Step 1: both kinds are known, answers stay under the certificate.
        let answers = ("wechat_answer_key", "certificate".to_owned());
        it.set(&[by_first[0].clone(), by_first[1].clone(), by_certificate.clone(), answers]).await;
        it.families_pay().await;
        // Step 2: switched on in the console; the share grows over seven days.
        for permille in [1, 10, 50, 100, 200, 500, 1000] {
            it.console(json!({ "mode": "migration", "permille": permille })).await;
            it.families_pay().await;
        }
        // Step 3: answers too.
        it.set(&[by_first[0].clone(), by_first[1].clone(), by_certificate]).await;
        it.families_pay().await;
        it.console(json!({ "mode": "public_key", "permille": 0 })).await;
        // Step 4: the certificate goes.
        it.set(&by_first).await;
        it.families_pay().await;
        let modes = (json!({ "mode": "certificate" }), json!({ "mode": "public_key" }));
        it.refused_under(modes, "unknown_serial").await;

        // The same again from one public key to the next.
        let beside = ("wechat_platform_keys_also", format!("{first_id}:{first}"));
        it.set(&[by_next[0].clone(), by_next[1].clone(), beside]).await;
        it.families_pay().await;
        for permille in [10, 500, 1000] {
            it.console(json!({ "public_keys": [1, 2], "permille": permille })).await;
            it.families_pay().await;
        }
        let page = it.world.http.get(format!("{}/metrics", it.world.base)).send().await.unwrap().text().await.unwrap();
        assert!(page.contains(&format!("nuanyang_wechat_signatures{{key=\"{first_id}\"}}")), "{page}");
        it.console(json!({ "public_keys": [2] })).await;
        it.set(&by_next).await;
        it.families_pay().await;
        it.refused_under((json!({ "public_keys": [1] }), json!({ "public_keys": [2] })), "unknown_serial").await;
        it.nothing_is_lost().await;
    }

    async fn the_merchants_keys_change_and_no_open_payment_is_stranded(world: World) {
        let mut it = Drill::new(world).await;
        let platform =
            [("wechat_platform_key_id", it.text("/platform_public_key_id")), ("wechat_platform_key", it.text("/platform_public_key_pem"))];
        let old = (it.text("/merchant_serial"), it.text("/merchant_key_pem"));
        let new = (it.text("/next_merchant/merchant_serial"), it.text("/next_merchant/merchant_key_pem"));
        let with = |mine: &[(&'static str, String)]| [&platform[..], mine].concat();
        let now_new = [("wechat_merchant_serial", new.0.clone()), ("wechat_merchant_key", new.1.clone())];
        let beside = |(serial, pem): &(String, String)| ("wechat_merchant_keys_also", format!("{serial}:{pem}"));

        // Step 1: the new certificate is made in the console and known everywhere, not used yet.
        it.set(&with(&[beside(&new)])).await;
        it.console(json!({ "merchant": [1, 2] })).await;
        it.families_pay().await;
        let early = it.opened().await;
        // Step 2: the new one signs. A sheet that was opened before is signed as its order was.
        it.set(&with(&[now_new[0].clone(), now_new[1].clone(), beside(&old)])).await;
        let prepaid = |serial: &str| format!("count(*) FROM payment_attempt WHERE merchant_serial = '{serial}'");
        assert!(it.sheet_of(&early.0).await.contains("确认支付"));
        it.families_pay().await;
        assert_eq!(it.world.number(&prepaid(&old.0)).await, 4);
        assert_eq!(it.world.number(&prepaid(&new.0)).await, 3);
        // Step 3: the old one goes. A sheet opened still earlier is ordered anew with the same bytes.
        it.set(&with(&now_new)).await;
        it.console(json!({ "merchant": [2] })).await;
        assert!(it.sheet_of(&early.0).await.contains("确认支付"));
        assert_eq!(it.world.number(&prepaid(&new.0)).await, 4, "the same attempt, under the new key");
        it.paid(early).await;
        it.families_pay().await;

        // The APIv3 key: the new one first, the old one beside it, then gone.
        let (first, next) = (it.text("/apiv3_key"), it.text("/next_apiv3_key"));
        let next = ("wechat_apiv3_key", next);
        it.set(&with(&[now_new[0].clone(), now_new[1].clone(), next.clone(), ("wechat_apiv3_keys_also", first)])).await;
        it.families_pay().await;
        it.console(json!({ "apiv3": 2 })).await;
        it.families_pay().await;
        it.set(&with(&[now_new[0].clone(), now_new[1].clone(), next])).await;
        it.families_pay().await;
        it.refused_under((json!({ "apiv3": 1 }), json!({ "apiv3": 2 })), "undecryptable").await;
        // With the former key of the merchant nobody is let in any more.
        it.set(&with(&[("wechat_apiv3_key", it.text("/next_apiv3_key"))])).await;
        let refused = it.world.app.pay.query("N0000000000000000000000000").await.unwrap_err();
        assert_eq!(refused.advice(), wechat::pay::Advice::CheckKeysAndClock, "{refused:?}");
        it.set(&with(&[now_new[0].clone(), now_new[1].clone(), ("wechat_apiv3_key", it.text("/next_apiv3_key"))])).await;
        it.nothing_is_lost().await;
    }
}
