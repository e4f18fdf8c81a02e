//! Live updates: what changes is told, in order and once, to those who may see it.

use serde_json::{Value, json};

use crate::on_both;
use crate::world::acts::id_of;
use crate::world::live::Live;
use crate::world::place::{Canteen, order_input};

const DAY: &str = "2026-06-05";

async fn watch_kitchen(live: &mut Live, canteen: &Canteen) {
    let query = "subscription($id: ID!, $day: Date!) { \
        kitchenSheetUpdated(canteenId: $id, servedOn: $day, period: LUNCH) \
        { portions deliveryPortions orders { state } } }";
    live.subscribe("k", query, json!({ "id": canteen.id.to_string(), "day": DAY })).await;
}

/// The sheet in the next message: portions, of which delivered, and the states of the orders.
async fn sheet(live: &mut Live) -> (i64, i64, Vec<String>) {
    let message = live.next().await;
    let sheet = &message["payload"]["data"]["kitchenSheetUpdated"];
    let number = |name: &str| sheet[name].as_i64().unwrap_or_else(|| panic!("{message}"));
    let states = sheet["orders"].as_array().unwrap().iter();
    let states = states.map(|order| order["state"].as_str().unwrap().to_owned()).collect();
    (number("portions"), number("deliveryPortions"), states)
}

fn states(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The code of a refused operation; anything else is a failure.
fn refused(message: &Value, id: &str) -> String {
    assert_eq!((message["type"].as_str(), message["id"].as_str()), (Some("error"), Some(id)), "{message}");
    message["payload"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("{message}")).to_owned()
}

on_both! {
    async fn a_daughter_hears_every_step_of_a_delivery_in_order_and_once(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, DAY, (4, 5)).await;
        let manager = world.manager("canteen1", &canteen).await;
        let elder = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", elder).await;
        world.at("2026-06-04 20:00").await;
        let order = id_of(&world.place(&daughter, order_input("1", elder, slot, ("DELIVERY", canteen.lunch))).await);
        world.work().await;
        let mut live = world.live(&daughter).await;
        live.watch_order("o", &order).await;
        assert_eq!(live.state("o").await, "HELD", "first what is");
        world.pay(&daughter, &order).await;
        assert_eq!(live.state("o").await, "CONFIRMED");
        world.at("2026-06-05 09:00").await;
        assert_eq!(live.state("o").await, "LOCKED");
        world.prepare(&manager, &canteen, (DAY, "LUNCH")).await;
        world.work().await;
        assert_eq!(live.state("o").await, "READY");
        world.depart(&manager, &order).await;
        world.work().await;
        assert_eq!(live.state("o").await, "OUT_FOR_DELIVERY");
        // Refused acts and repeated ones are no news.
        world.depart(&manager, &order).await;
        world.cancel(&daughter, &order).await;
        world.work().await;
        live.assert_quiet().await;
        world.deliver_meal(&manager, &order, ("handedOver", "本人")).await;
        world.work().await;
        assert_eq!(live.state("o").await, "SERVED");
        live.assert_quiet().await;
        world.assert_books().await;
    }

    async fn a_stranger_gets_an_error_and_nothing_else(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, DAY, (3, 5)).await;
        let elder = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", elder).await;
        let stranger = world.manager("canteen2", &world.canteen().await).await;
        world.at("2026-06-04 20:00").await;
        let order = id_of(&world.place(&daughter, order_input("1", elder, slot, ("DINE_IN", canteen.lunch))).await);
        let mut live = world.live(&stranger).await;
        live.watch_order("o", &order).await;
        assert_eq!(refused(&live.next().await, "o"), "BAD_REQUEST");
        watch_kitchen(&mut live, &canteen).await;
        assert_eq!(refused(&live.next().await, "k"), "BAD_REQUEST");
        // A family is no staff; nobody without a token is anybody.
        let mut hers = world.live(&daughter).await;
        watch_kitchen(&mut hers, &canteen).await;
        assert_eq!(refused(&hers.next().await, "k"), "FORBIDDEN");
        let mut nobody = world.live_with(json!({})).await;
        assert_eq!(nobody.next().await["type"], "connection_ack");
        nobody.watch_order("o", &order).await;
        assert_eq!(refused(&nobody.next().await, "o"), "UNAUTHENTICATED");
        let mut forged = world.live_with(json!({ "token": "x.y.z" })).await;
        assert_eq!(forged.next().await, json!({ "type": "closed", "code": 4403 }));

        world.pay(&daughter, &order).await;
        world.at("2026-06-05 09:00").await;
        for socket in [&mut live, &mut hers, &mut nobody] {
            socket.assert_quiet().await;
        }
    }

    async fn the_kitchen_sees_its_sheet_grow_and_shrink(world: World) {
        let canteen = world.canteen().await;
        let slots = [world.lunch(&canteen, DAY, (3, 5)).await, world.lunch(&canteen, DAY, (4, 5)).await];
        let manager = world.manager("canteen1", &canteen).await;
        let (one, two) = (world.elder("王桂芬", "1944-03-01").await, world.elder("李秀英", "1944-03-01").await);
        let daughter = world.family_of("daughter1", one).await;
        world.bond(&daughter, two, 15).await;
        world.at("2026-06-04 20:00").await;
        let table = world.paid(&daughter, order_input("1", one, slots[0], ("DINE_IN", canteen.lunch))).await;
        let home = world.paid(&daughter, order_input("2", two, slots[1], ("DELIVERY", canteen.lunch))).await;
        let mut live = world.live(&manager).await;
        watch_kitchen(&mut live, &canteen).await;
        assert_eq!(sheet(&mut live).await, (0, 0, vec![]), "nothing before the cut-off");
        world.at("2026-06-05 09:00").await;
        assert_eq!(sheet(&mut live).await, (2, 1, states(&["LOCKED", "LOCKED"])));
        world.prepare(&manager, &canteen, (DAY, "LUNCH")).await;
        world.work().await;
        assert_eq!(sheet(&mut live).await, (2, 1, states(&["READY", "READY"])), "two meals cooked, one piece of news");
        world.depart(&manager, &home).await;
        world.work().await;
        assert_eq!(sheet(&mut live).await, (2, 1, states(&["READY", "OUT_FOR_DELIVERY"])));
        world.at("2026-06-05 13:00").await;
        assert_eq!(sheet(&mut live).await, (2, 1, states(&["NO_SHOW", "OUT_FOR_DELIVERY"])));
        live.assert_quiet().await;
        assert_eq!(world.state(&daughter, &table).await, "NO_SHOW");

        // Another day of the same kitchen is other news.
        let tomorrow = world.lunch(&canteen, "2026-06-06", (3, 5)).await;
        world.paid(&daughter, order_input("3", one, tomorrow, ("DINE_IN", canteen.lunch))).await;
        live.assert_quiet().await;
        world.assert_books().await;
    }
}
