//! What `nuanyang audit` proves, and how it names what is wrong.

use nuanyang::audit::audit;
use nuanyang::kit::db::execute;
use nuanyang_kit::environment::amount;
use serde_json::json;

use crate::on_both;
use crate::world::World;
use crate::world::place::order_input;
use crate::world::scene::Scene;
use crate::world::voucher::holder;

/// What does not hold, each identity by its name.
async fn broken(world: &World) -> Vec<String> {
    let proofs = audit(world.app.db.read()).await.unwrap();
    let broken = proofs.into_iter().filter_map(|proof| proof.violation);
    broken.map(|violation| violation.to_string()).collect()
}

/// Changes rows behind the back of the house and changes them back.
async fn planted(world: &World, change: &str, back: &str) -> Vec<String> {
    let rows = async |sql: &str| execute(world.app.db.write(), sql, []).await.unwrap();
    assert_eq!(rows(change).await, 1, "{change}");
    let found = broken(world).await;
    assert_eq!(rows(back).await, 1, "{back}");
    assert!(!found.is_empty(), "{change} goes unnoticed");
    found
}

on_both! {
    async fn one_fen_is_found_and_named(world: World) {
        let it = Scene::new(&world).await;
        let order = it.done(&world).await;
        world.on_visit(&it.daughter, "serviceOrderConfirm", &order, json!({})).await;
        world.rest().await;
        assert_eq!(broken(&world).await, Vec::<String>::new());
        let one = |sign: &str| format!(
            "UPDATE ledger_entry SET amount_fen = amount_fen {sign} 1 WHERE account = 'wechat' AND posting_key LIKE 'paid/%'"
        );
        let found = planted(&world, &one("+"), &one("-")).await;
        assert!(found[0].starts_with("ledger: every posting sums to zero: paid/"), "{found:?}");
        assert!(found[0].ends_with("should be 0.00 yuan and is 0.01"), "{found:?}");
        assert!(found.iter().any(|line| line.contains("payments: what arrived") && line.contains("80.00") && line.contains("80.01")), "{found:?}");
        let line = |sign: &str| format!("UPDATE settlement_line SET cash_fen = cash_fen {sign} 1");
        let found = planted(&world, &line("-"), &line("+")).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("visits: a provider earns what its statement says: "), "{found:?}");
        let paid = |sign: &str| format!("UPDATE payment_attempt SET amount_fen = amount_fen {sign} 1");
        let found = planted(&world, &paid("+"), &paid("-")).await;
        assert!(found[0].starts_with("payments: what arrived is in the ledger: "), "{found:?}");
        assert_eq!(broken(&world).await, Vec::<String>::new(), "mended again");
    }

    async fn one_fen_is_found_among_many_orders(world: World) {
        let orders = amount("NUANYANG_AUDIT_ORDERS", 3_000);
        let it = Scene::new(&world).await;
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-05", (1, 40)).await;
        let father = world.elder("王建国", "1944-03-01").await;
        let son = world.family_of("son1", father).await;
        world.grant(vec![holder(it.elder, 5_000), holder(father, 500)]).await;
        let visit = it.done(&world).await;
        world.on_visit(&it.daughter, "serviceOrderConfirm", &visit, json!({})).await;
        world.paid(&son, order_input("2", father, slot, ("DINE_IN", canteen.lunch))).await;
        let dinner = world.dinner(&canteen, "2026-06-05", (1, 40)).await;
        let gone = world.paid(&son, order_input("3", father, dinner, ("DINE_IN", canteen.dinner))).await;
        world.cancel(&son, &gone).await;
        world.rest().await;
        world.multiply(orders / 3).await;
        for table in ["meal_order", "service_order", "ledger_entry"] {
            println!("{table}: {}", world.number(&format!("count(*) FROM {table}")).await);
        }
        for proof in audit(world.app.db.read()).await.unwrap() {
            println!("{:>7} ms  {}", proof.took.as_millis(), proof.identity);
            assert_eq!(proof.violation, None);
        }
        let one = |sign: &str| format!("UPDATE ledger_entry SET amount_fen = amount_fen {sign} 1 \
            WHERE posting_key LIKE 'paid/%#777' AND account = 'escrow' AND amount_fen < -2000");
        let found = planted(&world, &one("+"), &one("-")).await;
        assert!(found[0].starts_with("ledger: every posting sums to zero: paid/") && found[0].contains("#777"), "{found:?}");
    }
}
