//! A database like this one, many times as large: every order with its money, copied.

use entities::{
    ledger_entry, meal_order, payment_attempt, refund, service_order, settlement_line, statement,
    statement_line, voucher_grant, voucher_use,
};
use nuanyang::kit::db::execute;
use sea_orm::{EntityTrait, IdenStatic as _, Iterable as _};

use super::{Backend, World};

/// How a column of a copy differs from that of its original; `{id}` and `{month}` are written by each database in its way.
type Change = (&'static str, &'static str);

const NUMBER: &str = "{column} || '#' || n.k";

impl World {
    /// Copies every order of this database so often, with all of its money, vouchers included.
    pub async fn multiply(&self, times: usize) {
        let id = |column| (column, "{id}");
        self.copy::<voucher_grant::Entity>("voucher_grant", &[id("id"), ("month_on", "{month}")], times)
            .await;
        let order = [id("id"), ("request_key", NUMBER), ("has_live_subsidy", "false")];
        self.copy::<meal_order::Entity>("meal_order", &order, times).await;
        self.copy::<service_order::Entity>("service_order", &order[..2], times).await;
        let attempt = [id("id"), id("order_id"), ("out_trade_no", NUMBER), ("transaction_id", NUMBER)];
        self.copy::<payment_attempt::Entity>("payment_attempt", &attempt, times).await;
        let back = [id("id"), id("order_id"), id("attempt_id"), ("out_refund_no", NUMBER)];
        self.copy::<refund::Entity>("refund", &back, times).await;
        self.copy::<settlement_line::Entity>("settlement_line", &[id("order_id")], times).await;
        let own = [id("order_id"), id("grant_id"), ("contract_id", "NULL")];
        self.copy::<voucher_use::Entity>("voucher_use", &own, times).await;
        let month = [id("id"), ("month_on", "{month}")];
        self.copy::<statement::Entity>("statement", &month, times).await;
        let told = [id("statement_id"), id("order_id")];
        self.copy::<statement_line::Entity>("statement_line", &told, times).await;
        let entry = [("posting_key", NUMBER), id("order_id")];
        self.copy::<ledger_entry::Entity>("ledger_entry", &entry, times).await;
        // Copies fall into months that have run and given nothing.
        let given = "UPDATE voucher_run SET granted_fen = (SELECT CAST(coalesce(sum(g.granted_fen), 0) AS bigint) FROM voucher_grant g \
            WHERE g.programme = voucher_run.programme AND g.month_on = voucher_run.month_on)";
        execute(self.app.db.write(), given, []).await.unwrap();
        // As a database knows itself that has grown by and by.
        execute(self.app.db.write(), "ANALYZE", []).await.unwrap();
    }

    async fn copy<E: EntityTrait>(&self, table: &str, changes: &[Change], times: usize) {
        let names: Vec<String> = E::Column::iter().map(|column| column.as_str().to_owned()).collect();
        let values: Vec<String> = names.iter().map(|name| self.copied(name, changes)).collect();
        let sql = format!(
            "WITH RECURSIVE n (k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < {times}) \
             INSERT INTO {table} ({}) SELECT {} FROM {table} CROSS JOIN n",
            names.join(", "),
            values.join(", ")
        );
        execute(self.app.db.write(), &sql, []).await.unwrap_or_else(|why| panic!("{table}: {why}"));
    }

    fn copied(&self, column: &str, changes: &[Change]) -> String {
        let is_postgres = self.backend == Backend::Postgres;
        let change = changes.iter().find(|(name, _)| *name == column).map(|(_, change)| *change);
        match change {
            None => column.to_owned(),
            Some("{id}") if is_postgres => format!("CAST(md5({column}::text || '-' || n.k) AS uuid)"),
            // The beginning of an id is its instant; the end tells it from others of the same instant.
            Some("{id}") => format!("unhex(printf('%010x', n.k) || hex(substr({column}, 6)))"),
            Some("{month}") if is_postgres => {
                format!("CAST({column} + make_interval(months => n.k) AS date)")
            }
            Some("{month}") => format!("date({column}, '+' || n.k || ' months')"),
            Some(change) => change.replace("{column}", column),
        }
    }
}
