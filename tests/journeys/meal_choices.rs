//! Where an elder can eat next: the nearest canteens with what they serve.

use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::client::Person;
use crate::world::place::Canteen;

async fn choices(world: &World, who: &Person, elder: &str) -> Value {
    let document = "query($id: ID!) { mealChoices(elderId: $id) { canteen { id periods { period } } distanceMetres \
        slots { servedOn period portionsLeft dishes { name } } } }";
    world.data(who, document, json!({ "id": elder })).await["mealChoices"].clone()
}

/// A canteen so many metres north of the usual one.
async fn moved(world: &World, canteen: &Canteen, (region, metres_north): (&str, Option<i32>)) {
    world.region(region).await;
    let place = metres_north.map_or("NULL".to_owned(), |metres| (25_010_000 + metres * 9).to_string());
    let sql = format!("UPDATE canteen SET region_code = '{region}', latitude_e6 = {place} WHERE id = $1");
    nuanyang::kit::db::execute(world.app.db.write(), &sql, [canteen.id.0.into()]).await.unwrap();
}

on_both! {
    async fn the_nearest_canteens_come_first_with_their_next_meals(world: World) {
        world.at("2026-06-04 06:00").await;
        let (near, beyond, unplaced, far) =
            (world.canteen().await, world.canteen().await, world.canteen().await, world.canteen().await);
        moved(&world, &beyond, ("530102001", Some(1_500))).await;
        moved(&world, &unplaced, ("530111001", None)).await;
        moved(&world, &far, ("530102001", Some(9_000))).await;
        world.lunch(&near, "2026-06-04", (4, 5)).await;
        world.lunch(&near, "2026-06-05", (4, 0)).await;
        world.lunch(&near, "2026-06-09", (4, 5)).await;
        world.lunch(&beyond, "2026-06-05", (7, 2)).await;
        let elder = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", elder).await;
        let found = choices(&world, &daughter, &elder.to_string()).await;
        let ids: Vec<_> = found.as_array().unwrap().iter().map(|choice| choice["canteen"]["id"].as_str().unwrap()).collect();
        assert_eq!(ids, [near.id.to_string(), beyond.id.to_string(), unplaced.id.to_string()], "too far is not offered");
        let metres: Vec<_> = found.as_array().unwrap().iter().map(|choice| choice["distanceMetres"].as_i64()).collect();
        assert!(metres[0] < metres[1] && metres[1].is_some() && metres[2].is_none(), "{metres:?}");
        let days = |choice: &Value| -> Vec<String> {
            let slots = choice["slots"].as_array().unwrap().iter();
            slots.map(|slot| slot["servedOn"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(days(&found[0]), ["2026-06-04", "2026-06-05"], "the coming three days");
        assert_eq!((days(&found[1]).len(), days(&found[2]).len()), (1, 0));
        assert_eq!(found[0]["slots"][0]["dishes"][0]["name"], "软烂午餐", "{found}");
        // Past the cut-off of today's lunch only tomorrow's is left.
        world.at("2026-06-04 10:30").await;
        let later = choices(&world, &daughter, &elder.to_string()).await;
        assert_eq!(days(&later[0]), ["2026-06-05"]);
    }

    async fn an_elder_without_a_place_is_led_by_his_region(world: World) {
        world.at("2026-06-04 06:00").await;
        let (street, next) = (world.canteen().await, world.canteen().await);
        moved(&world, &next, ("530111002", Some(10))).await;
        let elder = world.elder("王桂芬", "1944-03-01").await;
        let sql = "UPDATE elder SET latitude_e6 = NULL, longitude_e6 = NULL WHERE id = $1";
        nuanyang::kit::db::execute(world.app.db.write(), sql, [elder.0.into()]).await.unwrap();
        let daughter = world.family_of("daughter1", elder).await;
        let found = choices(&world, &daughter, &elder.to_string()).await;
        let ids: Vec<_> = found.as_array().unwrap().iter().map(|choice| choice["canteen"]["id"].clone()).collect();
        assert_eq!(ids, [json!(street.id.to_string()), json!(next.id.to_string())]);
        assert_eq!(found[0]["distanceMetres"], json!(null));
        let stranger = world.family_of("daughter2", world.elder("李秀英", "1944-03-01").await).await;
        assert_eq!(choices(&world, &stranger, &elder.to_string()).await, json!([]), "out of reach");
    }
}
