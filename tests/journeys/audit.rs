//! What `nuanyang audit` proves, and how it names what is wrong.

use nuanyang::audit::audit;
use nuanyang::kit::db::execute;
use nuanyang_kit::environment::amount;
use serde_json::json;

use crate::on_both;
use crate::world::World;
use crate::world::acts::id_of;
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
        assert_eq!(found.len(), 2, "the visit, and its provider: {found:?}");
        assert!(found[0].starts_with("visits: a provider earns what its statement says: "), "{found:?}");
        let paid = |sign: &str| format!("UPDATE payment_attempt SET amount_fen = amount_fen {sign} 1");
        let found = planted(&world, &paid("+"), &paid("-")).await;
        assert!(found[0].starts_with("payments: what arrived is in the ledger: "), "{found:?}");
        assert_eq!(broken(&world).await, Vec::<String>::new(), "mended again");
    }

    async fn statements_payouts_refunds_and_issues_are_looked_at(world: World) {
        let it = Scene::new(&world).await;
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-05", (1, 40)).await;
        world.grant(vec![holder(it.elder, 5_000)]).await;
        let order = it.done(&world).await;
        world.on_visit(&it.daughter, "serviceOrderConfirm", &order, json!({})).await;
        let late = id_of(&it.book(&world, "7", "2026-06-04 14:00").await);
        world.pay(&it.daughter, &late).await;
        world.on_visit(&it.daughter, "serviceOrderCancel", &late, json!({})).await;
        let meal = world.paid(&it.daughter, order_input("2", it.elder, slot, ("DINE_IN", canteen.lunch))).await;
        world.cancel(&it.daughter, &meal).await;
        world.rest().await;
        world.at("2026-07-03 06:00").await;
        world.work().await;
        let officer = world.officer("officer1", "530111").await;
        let found = world.data(&officer, "{ statements { nodes { id } } }", json!({})).await;
        let paying = json!({ "statementId": found["statements"]["nodes"][0]["id"], "reference": "T-1" });
        world.act(&officer, "statementPay", paying, "statement { id }").await;
        assert_eq!(broken(&world).await, Vec::<String>::new());
        for (table, column, of, identity) in [
            ("statement", "voucher_fen", "", "statements: a statement is the sum of its lines: voucher of "),
            ("statement", "cash_fen", "", "statements: a statement is the sum of its lines: cash of "),
            ("statement", "line_count", "", "statements: a statement is the sum of its lines: number of lines of "),
            ("statement_line", "voucher_fen", "WHERE voucher_fen > 0", "statements: their lines tell of each order what its provider earned: voucher of "),
            ("statement_line", "cash_fen", "WHERE voucher_fen > 0", "statements: their lines tell of each order what its provider earned: cash of "),
            ("ledger_entry", "amount_fen", "WHERE account = 'payout'", "statements: what was paid out is in the ledger, and nothing else is: "),
            ("refund", "amount_fen", "WHERE id = (SELECT id FROM refund WHERE state = 'SUCCESS' ORDER BY id LIMIT 1)",
             "refunds: what WeChat or a till has handed back is in the ledger: "),
            ("service_order", "kept_fen", "WHERE kept_fen IS NOT NULL", "visits: what is kept of one that was called off is in the ledger: "),
            ("settlement_line", "subsidy_fen", "WHERE voucher_fen > 0", "visits: a line that nobody decided about has the parts of its order: subsidy of "),
            ("voucher_run", "granted_fen", "WHERE month_on = '2026-06-01'", "vouchers: a month's issue is the sum of what it gave: guandu_home_care_voucher"),
        ] {
            let change = |sign: &str| format!("UPDATE {table} SET {column} = {column} {sign} 1 {of}");
            let found = planted(&world, &change("+"), &change("-")).await;
            assert!(found.iter().any(|line| line.starts_with(identity)), "{table}.{column}: {found:?}");
        }
        // What one has earned stands with another, and every sum is as it was.
        let other = "UPDATE ledger_entry SET account = 'provider/00000000-0000-0000-0000-000000000000' \
            WHERE account LIKE 'provider/%' AND posting_key LIKE 'served/%'";
        let own = format!("UPDATE ledger_entry SET account = 'provider/{}' WHERE account LIKE 'provider/0000%'", it.agency.id.0);
        let found = planted(&world, other, &own).await;
        assert!(found.iter().any(|line| line.starts_with("providers: each has what its orders earned")), "{found:?}");
        // A posting about nothing, its two sides equal.
        let foreign = "UPDATE ledger_entry SET order_id = (SELECT id FROM canteen LIMIT 1) WHERE account = 'payout'";
        let back = "UPDATE ledger_entry SET order_id = (SELECT id FROM statement WHERE paid_at IS NOT NULL) WHERE account = 'payout'";
        let found = planted(&world, foreign, back).await;
        assert!(found.iter().any(|line| line.starts_with("ledger: every posting is about an order")), "{found:?}");
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
        world.at("2026-07-03 06:00").await;
        world.work().await;
        let officer = world.officer("officer1", "530111").await;
        let found = world.data(&officer, "{ statements { nodes { id } } }", json!({})).await;
        let paying = json!({ "statementId": found["statements"]["nodes"][0]["id"], "reference": "T-1" });
        world.act(&officer, "statementPay", paying, "statement { id }").await;
        world.multiply(orders / 3).await;
        for table in ["meal_order", "service_order", "statement_line", "ledger_entry"] {
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
