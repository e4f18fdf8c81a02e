//! What an office notes of an elder's life: a death, a move, and that it was an error.

use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::acts::id_of;
use crate::world::client::{Person, refusal};
use crate::world::place::order_input;
use crate::world::scene::Scene;

async fn death(world: &World, who: &Person, elder: &str, day: Option<&str>) -> Value {
    let input = json!({ "elderId": elder, "diedOn": day, "source": "死亡证明 演示-1" });
    world.act(who, "elderDeathRecord", input, "elder { diedOn }").await
}

async fn state(world: &World, it: &Scene) -> (Value, Value) {
    let newest = world.vouchers(&it.daughter, it.elder).await[0].clone();
    (newest["state"].clone(), newest["freezeReason"].clone())
}

on_both! {
    async fn a_death_freezes_vouchers_ends_bookings_and_brings_no_more(world: World) {
        let it = Scene::new(&world).await;
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-05", (1, 40)).await;
        world.enrolled(it.elder, &json!({ "household_type": "empty_nest" }), ("2026-06-01", None)).await;
        world.app.nudge.notify_one();
        nuanyang::money::service::voucher::month::issue_whole(&world.app).await.unwrap();
        let elder = it.elder.to_string();
        // One visit that the voucher pays in part, one meal that is paid with WeChat alone.
        let visit = id_of(&it.book(&world, "1", "2026-06-04 09:00").await);
        let meal = world.place(&it.daughter, order_input("2", it.elder, slot, ("DINE_IN", canteen.lunch))).await["order"].clone();
        let meal = meal["id"].as_str().unwrap().to_owned();
        let desk = world.desk("desk1").await;
        let elsewhere = world.desk_of("desk2", "530112").await;
        assert_eq!(refusal(&death(&world, &elsewhere, &elder, Some("2026-06-01")).await), "ELDER_NOT_FOUND");
        assert_eq!(refusal(&death(&world, &desk, &elder, Some("2026-06-02")).await), "DAY_INVALID", "still to come");
        assert_eq!(refusal(&death(&world, &desk, &elder, Some("1940-01-01")).await), "DAY_INVALID", "before birth");
        for _ in 0..2 {
            let said = death(&world, &desk, &elder, Some("2026-06-01")).await;
            assert_eq!(said["elder"]["diedOn"], "2026-06-01", "{said}");
        }
        assert_eq!(state(&world, &it).await, (json!("FROZEN"), json!("DEATH")));
        world.rest().await;
        assert_eq!(it.state(&world, &visit).await, "CANCELLED");
        assert_eq!(world.state(&it.daughter, &meal).await, "CANCELLED");
        let (paid, back) = world.platform_fen().await;
        assert_eq!(paid, back, "without a fee");
        let refused = it.book(&world, "3", "2026-06-06 09:00").await;
        assert_eq!(refusal(&refused), "ELDER_NOT_FOUND", "nothing can be booked: {refused}");
        world.at("2026-07-01 00:05").await;
        world.work().await;
        assert_eq!(world.vouchers(&it.daughter, it.elder).await.as_array().unwrap().len(), 1, "no voucher of July");
        assert_eq!(state(&world, &it).await.0, "LAPSED");
        world.assert_books().await;
    }

    async fn what_was_recorded_in_error_is_taken_back(world: World) {
        let it = Scene::new(&world).await;
        world.grant(vec![crate::world::voucher::holder(it.elder, 10_000)]).await;
        let (desk, elder) = (world.desk("desk1").await, it.elder.to_string());
        death(&world, &desk, &elder, Some("2026-06-01")).await;
        assert_eq!(state(&world, &it).await, (json!("FROZEN"), json!("DEATH")));
        for _ in 0..2 {
            assert_eq!(death(&world, &desk, &elder, None).await["elder"]["diedOn"], Value::Null);
        }
        assert_eq!(state(&world, &it).await, (json!("ISSUED"), Value::Null));
        let placed = it.book(&world, "1", "2026-06-04 09:00").await;
        assert_eq!(placed["order"]["dueFen"], 0, "{placed}");
        assert_eq!(world.number("count(*) FROM event WHERE name IN ('death', 'death_withdrawn')").await, 2);
        world.assert_books().await;
    }

    async fn no_error_taken_back_opens_what_something_else_has_shut(world: World) {
        let it = Scene::new(&world).await;
        world.region("530111009020").await;
        world.grant(vec![crate::world::voucher::holder(it.elder, 10_000)]).await;
        let (desk, officer, elder) = (world.desk("desk1").await, world.officer("officer1", "530111").await, it.elder.to_string());
        let id = world.vouchers(&it.daughter, it.elder).await[0]["id"].clone();
        let frozen = |kind: &str| (json!("FROZEN"), json!(kind));
        let moved = async |region: &str| {
            let input = json!({ "elderId": elder, "regionCode": region, "address": "", "source": "社区登记" });
            world.act(&desk, "elderMove", input, "elder { regionCode }").await
        };
        let unfreeze = async || {
            let input = json!({ "voucherId": id, "reason": "核实无误" });
            world.act(&officer, "voucherUnfreeze", input, "voucher { state }").await
        };
        for wide in ["53", "5301"] {
            assert_eq!(refusal(&moved(wide).await), "REGION_NOT_FOUND", "{wide}");
        }
        // He dies, is entered in a part of the district that takes no part, and the death was an error.
        death(&world, &desk, &elder, Some("2026-06-01")).await;
        assert_eq!(refusal(&unfreeze().await), "ELDER_GONE");
        moved("530111009020").await;
        assert_eq!(state(&world, &it).await, frozen("DEATH"));
        death(&world, &desk, &elder, None).await;
        assert_eq!(state(&world, &it).await, frozen("MOVE"));
        assert_eq!(refusal(&unfreeze().await), "ELDER_GONE");
        moved("530111004").await;
        assert_eq!(state(&world, &it).await.0, "ISSUED");
        // What an office looks into stays shut.
        let input = json!({ "voucherId": id, "reason": "核查", "cause": "FRAUD_CHECK" });
        let said = world.act(&officer, "voucherFreeze", input, "voucher { state }").await;
        assert_eq!(said["voucher"]["state"], "FROZEN", "{said}");
        death(&world, &desk, &elder, Some("2026-06-01")).await;
        death(&world, &desk, &elder, None).await;
        assert_eq!(state(&world, &it).await, frozen("FRAUD_CHECK"));
        assert_eq!(unfreeze().await["voucher"]["state"], "ISSUED");
        world.assert_books().await;
    }

    async fn who_leaves_the_district_keeps_no_voucher_of_it(world: World) {
        let it = Scene::new(&world).await;
        world.region("530112001").await;
        world.grant(vec![crate::world::voucher::holder(it.elder, 10_000)]).await;
        let officer = world.officer("officer1", "5301").await;
        let moved = async |region: &str, address: &str| {
            let input = json!({ "elderId": it.elder.to_string(), "regionCode": region, "address": address, "source": "社区登记" });
            world.act(&officer, "elderMove", input, "elder { regionCode }").await
        };
        assert_eq!(refusal(&moved("999999", "").await), "REGION_NOT_FOUND");
        for _ in 0..2 {
            assert_eq!(moved("530112001", "演示路 2 号").await["elder"]["regionCode"], "530112001");
        }
        assert_eq!(state(&world, &it).await, (json!("FROZEN"), json!("MOVE")));
        assert_eq!(world.number("count(*) FROM event WHERE name = 'move'").await, 1, "once");
        let document = "query($id: ID!) { viewer { elder(id: $id) { address } } }";
        let seen = world.data(&it.daughter, document, json!({ "id": it.elder.to_string() })).await;
        assert_eq!(seen["viewer"]["elder"]["address"], "演示路 2 号");
        moved("530111004", "").await;
        assert_eq!(state(&world, &it).await, (json!("ISSUED"), Value::Null), "he is back within the month");
        world.assert_books().await;
    }
}
