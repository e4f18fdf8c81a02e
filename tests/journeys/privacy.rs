//! All that is known of an elder: the copy that he can have of it, and how it is erased.

use entities::enums::Role;
use nuanyang::kit::db::execute;
use nuanyang::kit::ids::ElderId;
use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::acts::id_of;
use crate::world::care::visit_input;
use crate::world::client::{Person, refusal};
use crate::world::contract::fresh_key;
use crate::world::place::{Canteen, HOME, order_input};
use crate::world::scene::Scene;
use crate::world::voucher::holder;

const REQUEST: &str =
    "request { id kind state askedAs askedAt dueAt endedAt reason deleted kept { what untilOn rule } }";

/// An elder with an account, a daughter who may decide for her, a visit of 4 June and a meal of 5 June.
struct Life {
    scene: Scene,
    elder: ElderId,
    herself: Person,
    guardian: Person,
    canteen: Canteen,
    visit: String,
    meal: String,
}

impl Life {
    async fn new(world: &World) -> Self {
        let scene = Scene::new(world).await;
        let elder = scene.elder;
        let herself = world.with_role("elder1", Role::Elder, (None, None)).await;
        let phone = world.app.seal.seal("13800001234").unwrap();
        let sql = "UPDATE elder SET person_id = $2, phone_sealed = $3, phone_index = $4 WHERE id = $1";
        let index = world.app.seal.index("phone", "13800001234");
        let values = [elder.0.into(), herself.said.person.0.into(), phone.into(), index.into()];
        execute(world.app.db.write(), sql, values).await.unwrap();
        let guardian = world.login("daughter2").await;
        world.bond(&guardian, elder, 31).await;
        world.known(elder, &[("household_type", "空巢")]).await;
        world.assessed(elder, "2026-03-10", 70).await;
        world.say_yes(&herself, elder, "PROVIDER_NOTES", json!({})).await;
        let visit = scene.done(world).await;
        let confirmed = world.on_visit(&scene.daughter, "serviceOrderConfirm", &visit, json!({})).await;
        assert_eq!(confirmed["order"]["state"], "CONFIRMED", "{confirmed}");
        let canteen = world.canteen().await;
        let meal = Self::eaten(world, (elder, &scene.daughter), &canteen).await;
        world.grant(vec![holder(elder, 10_000)]).await;
        Self { scene, elder, herself, guardian, canteen, visit, meal }
    }

    /// Ordered on 4 June with a note, brought on 5 June, rated.
    async fn eaten(world: &World, (elder, daughter): (ElderId, &Person), canteen: &Canteen) -> String {
        let slot = world.lunch(canteen, "2026-06-05", (4, 40)).await;
        let cook = world.manager("canteen1", canteen).await;
        world.at("2026-06-04 20:00").await;
        let mut input = order_input("1", elder, slot, ("DELIVERY", canteen.lunch));
        input["note"] = json!("少盐少油");
        let meal = world.paid(daughter, input).await;
        world.at("2026-06-05 09:00").await;
        let document = "query($id: ID!) { mealOrder(id: $id) { handOver { dietaryNeeds } } }";
        world.data(&cook, document, json!({ "id": meal })).await;
        world.depart(&cook, &meal).await;
        let ended = world.deliver_meal(&cook, &meal, ("handedOver", "本人")).await;
        assert_eq!(ended["order"]["state"], "SERVED", "{ended}");
        let rating =
            json!({ "requestKey": fresh_key(), "orderId": meal, "stars": 5, "text": "饭菜软烂可口" });
        let rated = world.act(daughter, "ratingCreate", rating, "rating { id }").await;
        assert_eq!(refusal(&rated), "", "{rated}");
        world.work().await;
        meal
    }

    async fn export(&self, world: &World, who: &Person, more: Value) -> Value {
        act(world, who, "privacyExport", (self.elder, more)).await
    }

    async fn erase(&self, world: &World, who: &Person, more: Value) -> Value {
        act(world, who, "privacyErasureAsk", (self.elder, more)).await
    }

    async fn take_back(&self, world: &World, who: &Person, request: &Value) -> Value {
        let input = json!({ "requestId": request["request"]["id"] });
        world.act(who, "privacyErasureWithdraw", input, REQUEST).await
    }

    async fn requests(&self, world: &World, who: &Person) -> Vec<Value> {
        let document =
            "query($id: ID!) { privacyRequests(elderId: $id) { kind state reason kept { what untilOn } } }";
        let seen = world.data(who, document, json!({ "id": self.elder.to_string() })).await;
        seen["privacyRequests"].as_array().unwrap().clone()
    }
}

async fn act(world: &World, who: &Person, name: &str, (elder, more): (ElderId, Value)) -> Value {
    let mut input = json!({ "requestKey": fresh_key(), "elderId": elder.to_string() });
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    world.act(who, name, input, REQUEST).await
}

async fn copy(world: &World, who: &Person, request: &Value) -> Option<String> {
    let document = "query($id: ID!) { privacyCopy(requestId: $id) { fileName content } }";
    let seen = world.data(who, document, json!({ "id": request["request"]["id"] })).await;
    seen["privacyCopy"]["content"].as_str().map(str::to_owned)
}

fn paper() -> Value {
    json!({ "paperSignedAs": "ELDER", "paperReference": "关上社区 3 号柜 9" })
}

on_both! {
    async fn a_guardians_paper_counts_only_where_a_guardian_decides(world: World) {
        let it = Life::new(&world).await;
        let desk = world.desk("desk1").await;
        let before = world.footprint().await;
        for key in ["privacy-paper-0001", "privacy-paper-0002"] {
            let more = json!({ "requestKey": key, "paperSignedAs": "GUARDIAN", "paperReference": "3 号柜" });
            let said = if key.ends_with('1') { it.erase(&world, &desk, more).await } else { it.export(&world, &desk, more).await };
            assert_eq!(refusal(&said), "GUARDIAN_NOT_ENTITLED", "{said}");
        }
        assert_eq!(world.footprint().await, before);
    }

    async fn the_copy_holds_an_elders_whole_life_and_nothing_of_anybody_else(world: World) {
        let it = Life::new(&world).await;
        let other = world.elder_like("李秀兰", "1945-05-05", |new| {
            new.address = Some("别处小区 9 栋".to_owned());
            new.dietary = Some("不吃海鲜".to_owned());
        }).await;
        let son = world.family_of("daughter3", other).await;
        world.known(other, &[("household_type", "与家人同住")]).await;
        let slot = world.lunch(&it.canteen, "2026-06-06", (1, 40)).await;
        let theirs = id_of(&world.place(&son, order_input("9", other, slot, ("DINE_IN", it.canteen.lunch))).await);

        let asked = it.export(&world, &it.herself, json!({})).await;
        assert_eq!((&asked["request"]["kind"], &asked["request"]["state"], &asked["request"]["dueAt"]),
            (&json!("EXPORT"), &json!("DONE"), &json!("2026-06-12T01:00:00Z")), "{asked}");
        let text = copy(&world, &it.herself, &asked).await.unwrap();
        let all: Value = serde_json::from_str(&text).unwrap();
        let own = &all["基本资料"];
        assert_eq!((&own["姓名"], &own["出生日期"], &own["性别"], &own["电话"], &own["地址"], &own["忌口和过敏"]),
            (&json!("王桂芬"), &json!("1944-03-01"), &json!("女"), &json!("13800001234"), &json!("演示小区 2 栋 301"), &json!("不吃花生")));
        assert_eq!(all["家属关系"].as_array().unwrap().len(), 2);
        assert_eq!(all["家属关系"][1]["可以"], json!(["看订单", "下单", "付款", "看健康资料", "代为决定"]));
        assert_eq!((&all["档案"][0]["内容"], &all["档案"][0]["现行"]), (&json!("空巢"), &json!(true)), "{}", all["档案"]);
        assert_eq!((&all["能力评估"][0]["等级"], &all["能力评估"][0]["备注"]), (&json!("轻度受损"), &json!("演示")));
        assert_eq!((&all["同意"][0]["用途"], &all["同意"][0]["意见"]), (&json!("照护备注传给服务方"), &json!("同意")));
        assert_eq!((&all["服务券"][0]["月份"], &all["服务券"][0]["发放（元）"]), (&json!("2026-06"), &json!("100.00")));
        let meal = &all["助餐"][0];
        assert_eq!((&meal["订单编号"], &meal["状态"], &meal["备注"], &meal["菜品"][0]["菜品"]),
            (&json!(it.meal), &json!("已用餐"), &json!("少盐少油"), &json!("软烂午餐")));
        let money = ["菜价（元）", "送餐费（元）", "补贴（元）", "服务券（元）", "自付（元）"].map(|name| meal["金额"][name].as_str().unwrap());
        assert_eq!(money, ["12.00", "2.00", "3.00", "0.00", "11.00"]);
        assert_eq!((&meal["金额"]["付款"][0]["金额（元）"], &meal["金额"]["付款"][0]["状态"]), (&json!("11.00"), &json!("已付款")));
        let visit = &all["上门服务"][0];
        assert_eq!((&visit["订单编号"], &visit["状态"], &visit["护理员"], &visit["地址"], &visit["金额"]["自付（元）"]),
            (&json!(it.visit), &json!("已确认"), &json!(["李**"]), &json!("演示小区 2 栋 301"), &json!("80.00")));
        assert_eq!(visit["到达和离开"].as_array().unwrap().len(), 2);
        assert!(visit["做了什么"].as_array().unwrap().iter().any(|task| task["说明"] == "老人正在用"));
        assert_eq!((&all["评价"][0]["现在的评价"]["文字"], &all["评价"][0]["现在的评价"]["星级"]), (&json!("饭菜软烂可口"), &json!(5)));
        let seen: Vec<&str> = all["谁看过我的资料"].as_array().unwrap().iter().map(|row| row["看了什么"].as_str().unwrap()).collect();
        assert!(seen.contains(&"全部资料的副本") && seen.iter().any(|what| what.starts_with("取餐送餐信息")), "{seen:?}");
        let orders = ["助餐", "上门服务", "评价"].map(|name| all[name].as_array().unwrap().len());
        assert_eq!(orders, [1, 1, 1]);
        for strange in ["李秀兰", "别处小区", "不吃海鲜", &other.to_string(), &theirs] {
            assert!(!text.contains(strange), "{strange} is somebody else's");
        }
        assert_eq!(world.number("count(*) FROM event WHERE name = 'ask_copy'").await, 1);
        assert_eq!(world.number("count(*) FROM data_access WHERE field = 'everything'").await, 1);
    }

    async fn a_copy_is_for_the_elder_who_decides_for_him_and_the_desk_with_a_paper(world: World) {
        let it = Life::new(&world).await;
        let (desk, far) = (world.desk("desk1").await, world.desk_of("desk2", "5302").await);
        let before = world.footprint().await;
        for stranger in [&it.scene.daughter, &far] {
            assert_eq!(refusal(&it.export(&world, stranger, paper()).await), "ELDER_NOT_FOUND");
            assert_eq!(it.requests(&world, stranger).await, Vec::<Value>::new());
        }
        assert_eq!(refusal(&it.export(&world, &desk, json!({})).await), "REFERENCE_MISSING");
        assert_eq!(world.footprint().await, before);
        let own = it.export(&world, &it.guardian, json!({})).await;
        assert_eq!(own["request"]["askedAs"], "GUARDIAN", "{own}");
        assert_eq!(copy(&world, &desk, &own).await, None, "nothing on paper");
        let key = json!({ "requestKey": "privacy-export-01", "paperSignedAs": "ELDER", "paperReference": "3 号柜" });
        let on_paper = it.export(&world, &desk, key.clone()).await;
        assert_eq!(it.export(&world, &desk, key).await, on_paper, "pressed twice");
        for who in [&desk, &it.guardian, &it.herself] {
            assert!(copy(&world, who, &on_paper).await.is_some(), "{}", who.name);
        }
        for stranger in [&it.scene.daughter, &far] {
            assert_eq!(copy(&world, stranger, &on_paper).await, None);
        }
        assert_eq!(it.requests(&world, &it.herself).await.len(), 2);
        world.at("2026-06-12 09:00").await;
        assert_eq!(copy(&world, &it.herself, &on_paper).await, None, "seven days are over");
    }

    async fn nothing_is_erased_while_something_is_open_and_a_wish_can_be_taken_back(world: World) {
        let it = Life::new(&world).await;
        let before = world.footprint().await;
        assert_eq!(refusal(&it.erase(&world, &it.herself, json!({})).await), "MONEY_OPEN", "the visit is not settled");
        assert_eq!(refusal(&it.erase(&world, &it.scene.daughter, json!({})).await), "ELDER_NOT_FOUND");
        assert_eq!(world.footprint().await, before);
        world.at("2026-07-13 10:00").await;
        assert_eq!(it.scene.state(&world, &it.visit).await, "SETTLED");
        let slot = world.lunch(&it.canteen, "2026-07-25", (1, 40)).await;
        let lunch = order_input("2", it.elder, slot, ("DINE_IN", it.canteen.lunch));
        let lunch = world.paid(&it.scene.daughter, lunch).await;
        assert_eq!(refusal(&it.erase(&world, &it.herself, json!({})).await), "ORDER_OPEN");
        world.cancel(&it.scene.daughter, &lunch).await;
        assert_eq!(refusal(&it.erase(&world, &it.herself, json!({})).await), "MONEY_OPEN", "a refund is on its way");
        world.drain().await;

        let asked = it.erase(&world, &it.guardian, json!({})).await;
        assert_eq!(asked["request"]["state"], "ASKED", "{asked}");
        assert_eq!(it.erase(&world, &it.herself, json!({})).await, asked, "one is open already");
        let back = it.take_back(&world, &it.herself, &asked).await;
        assert_eq!(back["request"]["state"], "WITHDRAWN", "{back}");
        assert_eq!(it.take_back(&world, &it.herself, &asked).await, back, "pressed twice");
        world.at("2026-07-22 10:00").await;
        assert_eq!(world.number("count(*) FROM elder WHERE closed_at IS NOT NULL").await, 0);

        // A meal that is ordered in the seven days keeps the elder where he is.
        let again = it.erase(&world, &it.herself, json!({})).await;
        let slot = world.lunch(&it.canteen, "2026-07-30", (1, 40)).await;
        let lunch = order_input("3", it.elder, slot, ("DINE_IN", it.canteen.lunch));
        world.paid(&it.scene.daughter, lunch).await;
        world.at("2026-07-29 12:00").await;
        let told = it.requests(&world, &it.herself).await;
        assert_eq!((&told[0]["state"], &told[0]["reason"]),
            (&json!("REFUSED"), &json!("还有没办完的订餐、上门服务或关怀回访，办完或取消后再申请删除")), "{told:?}");
        assert_eq!(refusal(&it.take_back(&world, &it.herself, &again).await), "TOO_LATE");
        assert_eq!(world.number("count(*) FROM family_bond").await, 2);
        world.assert_books().await;
    }

    async fn an_elder_is_erased_and_what_a_law_keeps_is_kept_until_its_day(world: World) {
        let it = Life::new(&world).await;
        world.at("2026-07-13 10:00").await;
        let other = world.elder("李秀兰", "1945-05-05").await;
        world.known(other, &[("household_type", "空巢")]).await;
        world.family_of("daughter3", other).await;
        let asked = it.erase(&world, &it.herself, json!({})).await;
        assert_eq!(asked["request"]["deleted"].as_array().unwrap().len(), 6);
        let kept: Vec<(&str, &str)> = asked["request"]["kept"].as_array().unwrap().iter()
            .map(|kept| (kept["untilOn"].as_str().unwrap(), kept["what"].as_str().unwrap())).collect();
        let days: Vec<&str> = kept.iter().map(|(day, _)| *day).collect();
        // A visit of 4 June, health data behind the last service of 5 June, the end on 20 July, public money of 5 June.
        assert_eq!(days, ["2029-06-04", "2029-06-05", "2029-07-20", "2041-06-05", "2041-06-05"], "{kept:?}");
        assert!(asked["request"]["kept"][3]["rule"].as_str().unwrap().contains("十五年"), "{asked}");
        let (balances, before) = (world.balances().await, world.footprint().await);

        world.at("2026-07-20 10:00").await;
        assert_eq!(world.number("count(*) FROM elder WHERE closed_at IS NOT NULL").await, 1);
        let slot = world.lunch(&it.canteen, "2026-07-25", (1, 40)).await;
        let lunch = order_input("2", it.elder, slot, ("DINE_IN", it.canteen.lunch));
        assert_eq!(refusal(&world.place(&it.scene.daughter, lunch.clone()).await), "ELDER_NOT_FOUND", "closed");
        let visit = visit_input("2", it.elder, it.scene.cleaning, "2026-07-27 10:00");
        let visit = world.act(&it.scene.daughter, "serviceOrderPlace", visit, "order { id }").await;
        assert_eq!(refusal(&visit), "ELDER_NOT_FOUND");
        assert_eq!(world.number("count(*) FROM elder_fact").await, 2, "nothing is gone before all is at rest");
        world.at("2026-07-20 10:10").await;
        erased(&world, &it).await;
        assert_eq!(world.balances().await, balances);
        world.assert_books().await;
        let after = world.footprint().await;
        for kept in ["count(*) FROM meal_order", "count(*) FROM service_order", "count(*) FROM ledger_entry",
            "count(*) FROM visit_proof", "count(*) FROM rating", "count(*) FROM consent", "count(*) FROM assessment",
            "coalesce(sum(version), 0) FROM meal_order", "coalesce(sum(version), 0) FROM service_order"] {
            assert_eq!(after[kept], before[kept], "{kept}");
        }
        assert_eq!((after["count(*) FROM elder_fact"], after["count(*) FROM family_bond"]), (1, 1), "the other elder's stay");
        periods(&world).await;
        world.assert_books().await;
        assert_eq!(world.balances().await, balances);
        assert_eq!(world.number("count(*) FROM due_work WHERE kind = 'erasure'").await, 0, "there is nothing left to do");
    }
}

/// Nobody finds the elder any more, and nothing that no law keeps is there.
async fn erased(world: &World, it: &Life) {
    let desk = world.desk("desk1").await;
    let document = "query($id: ID!) { viewer { elder(id: $id) { name } elders { nodes { id } } } }";
    let id = json!({ "id": it.elder.to_string() });
    for who in [&it.scene.daughter, &it.guardian, &desk] {
        let seen = world.data(who, document, id.clone()).await;
        let nobody = json!({ "elder": null, "elders": { "nodes": [] } });
        assert_eq!(seen["viewer"], nobody, "{}", who.name);
    }
    let found = "{ byName: eldersFound(by: { name: \"王桂芬\" }) { id } byPhone: eldersFound(by: { phone: \"13800001234\" }) { id } }";
    assert_eq!(world.data(&desk, found, json!({})).await, json!({ "byName": [], "byPhone": [] }));
    assert_eq!(world.order(&desk, &it.meal).await, json!(null), "in no list");
    let document = "query($id: ID!) { archive(elderId: $id) { birthOn } assessments(elderId: $id) { score } \
        consents(elderId: $id) { purpose } dataAccesses(elderId: $id) { nodes { what } } }";
    let rights = world.data(&desk, document, id).await;
    let nothing =
        json!({ "archive": null, "assessments": [], "consents": [], "dataAccesses": { "nodes": [] } });
    assert_eq!(rights, nothing);
    let gone = world.ask(Some(&it.herself), "{ viewer { id } }", json!({})).await;
    assert_eq!(gone["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "her sessions are over: {gone}");
    let again = world.login("elder1").await;
    assert_ne!(again.said.person, it.herself.said.person, "WeChat leads to a new account");
    let left = "count(*) FROM elder WHERE phone_sealed IS NOT NULL AND address_sealed IS NOT NULL";
    let notes = "count(*) FROM meal_order WHERE note_sealed IS NOT NULL";
    let texts = "count(*) FROM rating WHERE text_state <> 'HIDDEN'";
    assert_eq!((world.number(left).await, world.number(notes).await, world.number(texts).await), (0, 0, 0));
    let told = it.requests(world, &desk).await;
    assert_eq!(
        (&told[0]["state"], told[0]["kept"].as_array().unwrap().len()),
        (&json!("DONE"), 5),
        "{told:?}"
    );
}

/// Each thing is there on its last day and gone on the next one.
async fn periods(world: &World) {
    let visits = "count(*) FROM service_order WHERE visit_code <> ''";
    let meals = "count(*) FROM meal_order WHERE serving_code <> ''";
    let (assessments, consents) = ("count(*) FROM assessment", "count(*) FROM consent");
    let named = "count(*) FROM elder WHERE birth_on <> '1900-01-01'";
    for (what, last, next) in [
        (visits, "2029-06-04 23:00", "2029-06-05 00:00"),
        (assessments, "2029-06-05 23:00", "2029-06-06 00:00"),
        (consents, "2029-07-20 23:00", "2029-07-21 00:00"),
        (meals, "2041-06-05 23:00", "2041-06-06 00:00"),
    ] {
        world.at(last).await;
        assert_eq!((world.number(what).await, world.number(named).await), (1, 2), "{what} on {last}");
        world.at(next).await;
        assert_eq!(world.number(what).await, 0, "{what} on {next}");
    }
    assert_eq!(world.number(named).await, 1, "nobody can tell whose it was");
    let row = entities_of_home(world).await;
    assert_eq!(row, "已删除");
}

/// The name that is left of who lived here and is closed.
async fn entities_of_home(world: &World) -> String {
    use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
    let find = entities::elder::Entity::find().filter(entities::elder::Column::RegionCode.eq(HOME));
    let closed = find.filter(entities::elder::Column::ClosedAt.is_not_null()).one(world.app.db.write()).await;
    world.app.seal.open(&closed.unwrap().unwrap().name_sealed).unwrap()
}
