use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::import::{Kind, import};
use crate::kit::clock::Clock;
use crate::kit::ids::{ProviderId, SessionId};
use crate::kit::viewer::{SignedIn, Viewer};
use crate::{schema, start};

async fn open(url: &str) -> App {
    let key = "8f1c2b3a4d5e6f708192a3b4c5d6e7f80a1b2c3d4e5f60718293a4b5c6d7e8f9";
    let pem = include_str!("../../../wechat/simulator/keys/throwaway-merchant-private.pem");
    let public = include_str!("../../../wechat/simulator/keys/throwaway-merchant-public-key.pem");
    let field = format!("k1:{key}");
    let token = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(crate::people::service::token::random_key().unwrap())
    };
    let pairs = [
        ("database_url", url),
        ("field_keys", &field),
        ("index_key", key),
        ("token_key", &token),
        ("wechat_appid", "wxsim"),
        ("wechat_secret", "x"),
        ("wechat_mchid", "1"),
        ("wechat_merchant_serial", "1"),
        ("wechat_merchant_key", pem),
        ("wechat_apiv3_key", "0123456789abcdef0123456789abcdef"),
        ("wechat_platform_key_id", "PUB_KEY_ID_1"),
        ("wechat_platform_key", public),
    ];
    let config = crate::config::Config::from_pairs(
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<BTreeMap<_, _>>(),
    )
    .unwrap();
    let app = start::open(config, Clock::frozen("2026-06-01T00:30:00Z".parse().unwrap())).await.unwrap();
    start::migrate(&app).await.unwrap();
    app
}

async fn ask(app: &App, who: Option<PersonId>, text: &str) -> Value {
    let viewer = match who {
        None => Viewer::default(),
        Some(person) => Viewer {
            signed_in: Some(SignedIn {
                person,
                session: SessionId(person.0),
                roles: Arc::new(crate::people::store::roles_of(app.db.read(), person).await.unwrap()),
            }),
        },
    };
    let answer = schema::over(app.clone()).execute(async_graphql::Request::new(text).data(viewer)).await;
    let value = serde_json::to_value(&answer).unwrap();
    println!("{text}\n  -> {value}");
    value
}

async fn counts(app: &App) -> Vec<i64> {
    use sea_orm::{ConnectionTrait, Statement};
    let mut found = Vec::new();
    for table in [
        "region",
        "provider",
        "canteen",
        "dish",
        "dish_price",
        "menu_dish",
        "meal_slot",
        "due_work",
        "event",
        "elder",
        "person",
        "person_role",
        "family_bond",
        "canteen_period",
        "canteen_calendar",
    ] {
        let s =
            Statement::from_string(app.db.backend(), format!("SELECT count(*) AS n, '{table}' FROM {table}"));
        let n: i64 = app.db.read().query_one_raw(s).await.unwrap().unwrap().try_get("", "n").unwrap();
        println!("{table} {n}");
        found.push(n);
    }
    found
}

async fn story(url: &str) {
    let app = open(url).await;
    let openid = |name: &str| format!("openid-{name}");
    let at = std::time::Instant::now();
    let first = demo(&app, &openid).await.unwrap();
    println!("seeded in {:?}", at.elapsed());
    let before = counts(&app).await;
    let again = demo(&app, &openid).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(before, counts(&app).await);
    println!("{first:?}");
    app.clock.advance(chrono::Duration::days(1));
    demo(&app, &openid).await.unwrap();
    let later = counts(&app).await;
    assert_eq!(later[6], before[6] + 36);
    let person = |key: &str| first.people.iter().find(|p| p.key == key).unwrap().id;
    let (c1, c2) = (first.canteens[0].1, first.canteens[1].1);
    let m1 = Some(person("canteen1"));

    let v = ask(&app, None, &format!("{{ canteen(id:\"{c1}\"){{ name periods{{period servesFrom servesUntil cutOffDaysBefore cutOffAt}} calendar{{weekday period ways capacity}} }} }}")).await;
    assert_eq!(v["data"]["canteen"]["periods"].as_array().unwrap().len(), 3);
    assert_eq!(v["data"]["canteen"]["calendar"].as_array().unwrap().len(), 42);
    let n = app.db.statements();
    ask(&app, None, "{ canteens(regionCode:\"530111\"){ nodes { name periods{period} } } }").await;
    println!("statements {}", app.db.statements() - n);
    let v = ask(&app, None, "{ canteensNear(latitudeE6:25013000, longitudeE6:102741000, radiusMetres:20000){ distanceMetres canteen{name periods{period}} } }").await;
    assert_eq!(v["data"]["canteensNear"][0]["canteen"]["name"], "融城春晓老年幸福食堂（演示）");
    ask(
        &app,
        None,
        "{ canteensNear(latitudeE6:25013000, longitudeE6:102741000, radiusMetres:0){ distanceMetres } }",
    )
    .await;
    let v = ask(&app, None, &format!("{{ mealSlots(canteenId:\"{c1}\", first:3){{ nodes{{ id servedOn period ways capacity portionsLeft cutOffAt dishes{{id name priceFen}} }} }} }}")).await;
    let slot = v["data"]["mealSlots"]["nodes"][0]["id"].as_str().unwrap().to_owned();

    // dishes
    let add = |key: &str, canteen: &dyn std::fmt::Display, code: &str| {
        format!(
            "mutation{{ dishAdd(input:{{requestKey:\"{key}\",canteenId:\"{canteen}\",code:\"{code}\",name:\"新菜\",isMeal:true,portionGrams:500,smallPortionGrams:300,allergens:[\"蛋\"]}}){{ dish{{id code price{{priceFen}}}} userErrors{{code message field}} }} }}"
        )
    };
    let v = ask(&app, m1, &add("key-aaaaaaaaaaaaaaaa", &c1, "N1")).await;
    let dish = v["data"]["dishAdd"]["dish"]["id"].as_str().unwrap().to_owned();
    let v = ask(&app, m1, &add("key-aaaaaaaaaaaaaaaa", &c1, "N1")).await;
    assert_eq!(v["data"]["dishAdd"]["dish"]["id"], dish.as_str());
    let code =
        |v: &Value, act: &str| v["data"][act]["userErrors"][0]["code"].as_str().unwrap_or("none").to_owned();
    assert_eq!(
        code(&ask(&app, m1, &add("key-aaaaaaaaaaaaaaaa", &c1, "N2")).await, "dishAdd"),
        "REQUEST_KEY_REUSED"
    );
    assert_eq!(code(&ask(&app, m1, &add("key-bbbbbbbbbbbbbbbb", &c1, "N1")).await, "dishAdd"), "CODE_TAKEN");
    assert_eq!(
        code(&ask(&app, m1, &add("key-cccccccccccccccc", &c2, "N1")).await, "dishAdd"),
        "CANTEEN_NOT_FOUND"
    );
    let menu = |canteen: &dyn std::fmt::Display, ids: &[&str]| {
        format!(
            "mutation{{ menuPublish(input:{{canteenId:\"{canteen}\",servedOn:\"2026-06-05\",period:LUNCH,dishIds:[{}]}}){{ menu{{servedOn period canteen{{name}} dishes{{id name priceFen isSoldOut}}}} userErrors{{code message field}} }} }}",
            ids.iter().map(|i| format!("\"{i}\"")).collect::<Vec<_>>().join(",")
        )
    };
    assert_eq!(code(&ask(&app, m1, &menu(&c1, &[&dish])).await, "menuPublish"), "DISH_WITHOUT_PRICE");
    let price = |key: &str, fen: i32| {
        format!(
            "mutation{{ dishPricePublish(input:{{requestKey:\"{key}\",dishId:\"{dish}\",priceFen:{fen},smallPriceFen:800}}){{ dish{{id price{{priceFen smallPriceFen publishedAt}}}} userErrors{{code message field}} }} }}"
        )
    };
    let v = ask(&app, m1, &price("key-dddddddddddddddd", 1100)).await;
    assert_eq!(v["data"]["dishPricePublish"]["dish"]["price"]["priceFen"], 1100);
    assert_eq!(
        code(&ask(&app, m1, &price("key-eeeeeeeeeeeeeeee", 700)).await, "dishPricePublish"),
        "PRICE_INVALID"
    );
    assert_eq!(
        code(&ask(&app, m1, &price("key-eeeeeeeeeeeeeeee", 1300)).await, "dishPricePublish"),
        "JUST_PUBLISHED"
    );
    assert_eq!(
        code(
            &ask(&app, Some(person("canteen2")), &price("key-ffffffffffffffff", 1300)).await,
            "dishPricePublish"
        ),
        "DISH_NOT_FOUND"
    );
    let v = ask(&app, m1, &menu(&c1, &[&dish])).await;
    assert_eq!(v["data"]["menuPublish"]["menu"]["dishes"].as_array().unwrap().len(), 1);
    assert_eq!(code(&ask(&app, m1, &menu(&c1, &[&dish, &dish])).await, "menuPublish"), "DISH_REPEATED");
    assert_eq!(code(&ask(&app, m1, &menu(&c2, &[&dish])).await, "menuPublish"), "CANTEEN_NOT_FOUND");
    let v = ask(&app, m1, &format!("mutation{{ menuDishSoldOut(input:{{canteenId:\"{c1}\",servedOn:\"2026-06-05\",period:LUNCH,dishId:\"{dish}\"}}){{ dish{{isSoldOut}} userErrors{{code}} }} }}")).await;
    assert_eq!(v["data"]["menuDishSoldOut"]["dish"]["isSoldOut"], true);
    let v = ask(&app, m1, &menu(&c1, &[&dish])).await;
    assert_eq!(v["data"]["menuPublish"]["menu"]["dishes"][0]["isSoldOut"], true);

    // slots
    let cap = |n: i32| {
        format!(
            "mutation{{ mealSlotCapacityChange(input:{{slotId:\"{slot}\",capacity:{n}}}){{ slot{{capacity portionsLeft dishes{{name}}}} userErrors{{code message}} }} }}"
        )
    };
    ask(&app, m1, &cap(55)).await;
    let id: crate::kit::ids::SlotId = slot.parse().unwrap();
    crate::slots::store::take(app.db.write(), id, 5, 0).await.unwrap();
    assert_eq!(code(&ask(&app, m1, &cap(4)).await, "mealSlotCapacityChange"), "BELOW_TAKEN");
    assert_eq!(
        code(&ask(&app, Some(person("canteen2")), &cap(44)).await, "mealSlotCapacityChange"),
        "SLOT_NOT_FOUND"
    );
    let span = |a: &str, b: &str| {
        format!(
            "mutation{{ mealSlotsOpen(input:{{canteenId:\"{c1}\",firstOn:\"{a}\",lastOn:\"{b}\"}}){{ opening{{createdCount closedOn}} userErrors{{code}} }} }}"
        )
    };
    let close = |d: &str| {
        format!(
            "mutation{{ canteenDayClose(input:{{canteenId:\"{c1}\",closedOn:\"{d}\",reason:\"停水\"}}){{ canteen{{name}} userErrors{{code}} }} }}"
        )
    };
    ask(&app, m1, &close("2026-06-20")).await;
    ask(&app, m1, &close("2026-06-03")).await;
    ask(&app, m1, &close("2026-06-03")).await;
    let v = ask(&app, m1, &span("2026-06-02", "2026-06-20")).await;
    assert_eq!(
        v["data"]["mealSlotsOpen"]["opening"],
        json!({"createdCount": 4 * 6, "closedOn": ["2026-06-03", "2026-06-20"]})
    );
    let v = ask(&app, m1, &span("2026-06-02", "2026-06-20")).await;
    assert_eq!(v["data"]["mealSlotsOpen"]["opening"]["createdCount"], 0);
    assert_eq!(
        code(&ask(&app, m1, &span("2026-06-01", "2026-06-20")).await, "mealSlotsOpen"),
        "SPAN_INVALID"
    );
    ask(&app, Some(person("daughter1")), &span("2026-06-02", "2026-06-20")).await;
    // timetable
    let cal = |entries: &str| {
        format!(
            "mutation{{ canteenCalendarSet(input:{{canteenId:\"{c1}\",entries:[{entries}]}}){{ canteen{{calendar{{weekday period ways capacity}}}} userErrors{{code}} }} }}"
        )
    };
    let v = ask(&app, m1, &cal("{weekday:SUNDAY,period:LUNCH,ways:[DINE_IN,DELIVERY],capacity:9}")).await;
    assert_eq!(v["data"]["canteenCalendarSet"]["canteen"]["calendar"].as_array().unwrap().len(), 1);
    assert_eq!(code(&ask(&app, m1, &cal("{weekday:SUNDAY,period:LUNCH,ways:[DINE_IN],capacity:9},{weekday:SUNDAY,period:LUNCH,ways:[DINE_IN,DELIVERY],capacity:9}")).await, "canteenCalendarSet"), "WAY_REPEATED");
    let v = ask(&app, m1, &format!("mutation{{ canteenPeriodSet(input:{{canteenId:\"{c1}\",period:LUNCH,servesFrom:\"10:30\",servesUntil:\"12:30\",cutOffDaysBefore:1,cutOffAt:\"18:00\"}}){{ canteen{{periods{{period servesFrom cutOffAt}}}} userErrors{{code}} }} }}")).await;
    println!("{v}");

    // import
    let read = |name: &str| {
        std::fs::File::open(format!("{}/data/examples/{name}.csv", env!("CARGO_MANIFEST_DIR"))).unwrap()
    };
    let n = counts(&app).await;
    for dry in [true, false] {
        for (kind, name) in [(Kind::Elders, "elders"), (Kind::Canteens, "canteens")] {
            println!("{}", import(&app, kind, read(name), dry).await.unwrap());
        }
        if dry {
            assert_eq!(n, counts(&app).await);
        }
    }
    println!("{}", import(&app, Kind::Menus, read("menus"), true).await.unwrap());
    println!("{}", import(&app, Kind::Menus, read("menus"), false).await.unwrap());
    println!("{}", import(&app, Kind::Menus, read("menus"), false).await.unwrap());
    println!("{}", import(&app, Kind::Elders, read("elders"), false).await.unwrap_err());
    println!("{}", import(&app, Kind::Canteens, read("canteens"), false).await.unwrap_err());
    counts(&app).await;
    drop(ProviderId(c1.0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite() {
    let folder = std::env::temp_dir().join(format!("seed-trial-{}", std::process::id()));
    story(&format!("sqlite:{}/x.sqlite", folder.display())).await;
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres() {
    let server = nuanyang_kit::servers::Postgres::start(nuanyang_kit::servers::Durability::Relaxed).unwrap();
    story(&server.url("postgres")).await;
}
