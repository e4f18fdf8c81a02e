//! The identities, each as one statement that reads its tables once and gives the first place where it does not hold.
//!
//! Two sides are put under each other and added up by what they are about: a database that is optimistic about finding a
//! violation soon has no other way to carry that out, where it would look up a join row by row.

/// Something that must be true of all money.
#[derive(Clone, Copy, Debug)]
pub struct Identity {
    /// In words.
    pub name: &'static str,
    /// Rows of `id`, `name` (which part of it), `wanted`, `found` in fen and what `unless` asks for; they are added up by the first two.
    rows: &'static str,
    /// Where a difference is none, beside sums that agree: a condition on sums of the rows.
    unless: &'static str,
}

impl Identity {
    const fn of(name: &'static str, rows: &'static str) -> Self {
        Self { name, rows, unless: "1 = 0" }
    }

    const fn but(name: &'static str, rows: &'static str, unless: &'static str) -> Self {
        Self { name, rows, unless }
    }

    /// Gives `id`, `name`, `wanted` and `found` in fen, of at most one violation.
    pub fn sql(&self) -> String {
        format!(
            "SELECT id, name, CAST(sum(wanted) AS bigint) AS wanted, CAST(sum(found) AS bigint) AS found FROM ({}) r \
             GROUP BY id, name HAVING sum(wanted) <> sum(found) AND NOT ({}) ORDER BY id, name LIMIT 1",
            self.rows, self.unless
        )
    }
}

/// All of them but those of vouchers, whose books stand in `money/store/voucher/books.rs`.
pub const IDENTITIES: [Identity; 19] = [
    Identity::of(
        "ledger: every posting sums to zero",
        "SELECT CAST(NULL AS uuid) AS id, posting_key AS name, 0 AS wanted, amount_fen AS found FROM ledger_entry",
    ),
    Identity::but(
        "ledger: every posting is about an order, a voucher or a statement",
        "SELECT order_id AS id, CAST(NULL AS text) AS name, 0 AS wanted, abs(amount_fen) AS found, \
           0 AS is_known FROM ledger_entry \
         UNION ALL SELECT id, NULL, 0, 0, 1 FROM meal_order UNION ALL SELECT id, NULL, 0, 0, 1 FROM service_order \
         UNION ALL SELECT id, NULL, 0, 0, 1 FROM voucher_grant UNION ALL SELECT id, NULL, 0, 0, 1 FROM statement",
        "max(is_known) = 1",
    ),
    Identity::of(
        "meals: list + delivery = subsidy + voucher + cash",
        "SELECT id, CAST(NULL AS text) AS name, list_fen + delivery_fen AS wanted, subsidy_fen + voucher_fen + cash_fen AS found \
         FROM meal_order",
    ),
    Identity::of(
        "visits: list = subsidy + voucher + cash",
        "SELECT id, CAST(NULL AS text) AS name, list_fen AS wanted, subsidy_fen + voucher_fen + cash_fen AS found \
         FROM service_order",
    ),
    Identity::of(
        "payments: what arrived is in the ledger",
        "SELECT order_id AS id, CAST(NULL AS text) AS name, amount_fen AS wanted, 0 AS found FROM payment_attempt \
           WHERE state IN ('PAID', 'LATE_PAID') \
         UNION ALL SELECT order_id, NULL, 0, amount_fen FROM ledger_entry WHERE posting_key LIKE 'paid/%' AND account <> 'escrow'",
    ),
    Identity::of(
        "refunds: what was asked for and what went back is in the ledger",
        "SELECT order_id AS id, CAST(NULL AS text) AS name, CASE WHEN state = 'SUCCESS' THEN 0 ELSE amount_fen END AS wanted, \
           0 AS found FROM refund WHERE replaced_by IS NULL \
         UNION ALL SELECT order_id, NULL, 0, -amount_fen FROM ledger_entry WHERE account = 'refund_payable'",
    ),
    Identity::of(
        "refunds: what WeChat or a till has handed back is in the ledger",
        "SELECT order_id AS id, CAST(NULL AS text) AS name, amount_fen AS wanted, 0 AS found FROM refund WHERE state = 'SUCCESS' \
         UNION ALL SELECT order_id, NULL, 0, -amount_fen FROM ledger_entry WHERE posting_key LIKE 'refunded/%' \
           AND account <> 'refund_payable'",
    ),
    Identity::but(
        "refunds: none is larger than its payment",
        "SELECT id, CAST(NULL AS text) AS name, amount_fen AS wanted, 0 AS found FROM payment_attempt \
         UNION ALL SELECT attempt_id, NULL, 0, amount_fen FROM refund WHERE replaced_by IS NULL",
        "sum(found) <= sum(wanted)",
    ),
    Identity::of(
        "escrow: holds what families paid for what is not over, and nothing else",
        "SELECT id, CAST(NULL AS text) AS name, CASE WHEN state IN ('CONFIRMED', 'LOCKED', 'READY', 'OUT_FOR_DELIVERY') \
           THEN cash_fen ELSE 0 END AS wanted, 0 AS found FROM meal_order \
         UNION ALL SELECT s.id, NULL, CASE WHEN t.order_id IS NULL AND s.state IN ('PAID', 'OFFERED', 'ACCEPTED', 'EN_ROUTE', \
           'CHECKED_IN', 'DONE', 'DISPUTED') THEN s.cash_fen ELSE 0 END, 0 \
           FROM service_order s LEFT JOIN settlement_line t ON t.order_id = s.id \
         UNION ALL SELECT order_id, NULL, 0, -amount_fen FROM ledger_entry WHERE account = 'escrow'",
    ),
    Identity::but(
        "meals: a canteen earns what was served, and what a guest left behind",
        "SELECT id, CAST(NULL AS text) AS name, CASE WHEN taken_back_at IS NOT NULL THEN 0 \
           WHEN state = 'SERVED' THEN subsidy_fen + voucher_fen + cash_fen WHEN state = 'NO_SHOW' THEN cash_fen ELSE 0 END \
           AS wanted, 0 AS found, 1 AS is_meal FROM meal_order \
         UNION ALL SELECT order_id, NULL, 0, -amount_fen, 0 FROM ledger_entry WHERE account LIKE 'provider/%'",
        "max(is_meal) = 0",
    ),
    Identity::but(
        "visits: a provider earns what its statement says",
        "SELECT s.id, CAST(NULL AS text) AS name, coalesce(t.subsidy_fen + t.voucher_fen + t.cash_fen, 0) AS wanted, 0 AS found, 1 AS is_visit \
           FROM service_order s LEFT JOIN settlement_line t ON t.order_id = s.id \
         UNION ALL SELECT order_id, NULL, 0, -amount_fen, 0 FROM ledger_entry WHERE account LIKE 'provider/%'",
        "max(is_visit) = 0",
    ),
    Identity::of(
        "public money: claimed only for what was carried out",
        "SELECT id, CAST(NULL AS text) AS name, CASE WHEN state = 'SERVED' AND taken_back_at IS NULL \
           THEN subsidy_fen + voucher_fen ELSE 0 END AS wanted, 0 AS found FROM meal_order \
         UNION ALL SELECT s.id, NULL, coalesce(t.subsidy_fen + t.voucher_fen, 0), 0 \
           FROM service_order s LEFT JOIN settlement_line t ON t.order_id = s.id \
         UNION ALL SELECT order_id, NULL, 0, amount_fen FROM ledger_entry WHERE account LIKE 'public/%'",
    ),
    Identity::but(
        "visits: what is kept of one that was called off is in the ledger",
        "SELECT id, CAST(NULL AS text) AS name, coalesce(kept_fen, 0) AS wanted, 0 AS found, \
           CASE WHEN decided_at IS NULL THEN 0 ELSE 1 END AS is_decided FROM service_order \
         UNION ALL SELECT order_id, NULL, 0, -amount_fen, 0 FROM ledger_entry WHERE posting_key LIKE 'kept/%' \
           AND account <> 'escrow'",
        "max(is_decided) = 1",
    ),
    Identity::of(
        "visits: a line that nobody decided about has the parts of its order",
        "SELECT t.order_id AS id, p.name, CASE p.name WHEN 'subsidy' THEN s.subsidy_fen ELSE s.voucher_fen END AS wanted, \
           CASE p.name WHEN 'subsidy' THEN t.subsidy_fen ELSE t.voucher_fen END AS found \
         FROM settlement_line t JOIN service_order s ON s.id = t.order_id \
         CROSS JOIN (SELECT 'subsidy' AS name UNION ALL SELECT 'voucher') p \
         WHERE t.reviewed_at IS NULL AND s.kept_fen IS NULL AND s.decided_at IS NULL",
    ),
    Identity::of(
        "contracts: what is used is what orders took, and never above the cap",
        "SELECT id, CAST(NULL AS text) AS name, 0 AS wanted, used_fen AS found FROM procurement_contract \
         UNION ALL SELECT id, 'cap', cap_fen, CASE WHEN used_fen > cap_fen THEN used_fen ELSE cap_fen END FROM procurement_contract \
         UNION ALL SELECT contract_id, NULL, reserved_fen + redeemed_fen, 0 FROM voucher_use WHERE contract_id IS NOT NULL",
    ),
    Identity::of(
        "statements: a statement is the sum of its lines",
        "SELECT t.id, p.name, 0 AS wanted, CASE p.name WHEN 'subsidy' THEN t.subsidy_fen WHEN 'voucher' THEN t.voucher_fen \
           WHEN 'cash' THEN t.cash_fen ELSE t.line_count END AS found FROM statement t CROSS JOIN (SELECT 'subsidy' AS name \
           UNION ALL SELECT 'voucher' UNION ALL SELECT 'cash' UNION ALL SELECT 'number of lines') p \
         UNION ALL SELECT l.statement_id, p.name, CASE p.name WHEN 'subsidy' THEN l.subsidy_fen WHEN 'voucher' THEN l.voucher_fen \
           WHEN 'cash' THEN l.cash_fen ELSE 1 END, 0 FROM statement_line l CROSS JOIN (SELECT 'subsidy' AS name \
           UNION ALL SELECT 'voucher' UNION ALL SELECT 'cash' UNION ALL SELECT 'number of lines') p",
    ),
    Identity::but(
        "statements: their lines tell of each order what its provider earned",
        "SELECT order_id AS id, p.name, 0 AS wanted, CASE p.name WHEN 'subsidy' THEN subsidy_fen WHEN 'voucher' THEN voucher_fen \
           ELSE cash_fen END AS found, 0 AS earlier, 1 AS is_told, 0 AS is_taken_back FROM statement_line \
           CROSS JOIN (SELECT 'subsidy' AS name UNION ALL SELECT 'voucher' UNION ALL SELECT 'cash') p \
         UNION ALL SELECT id, p.name, CASE WHEN taken_back_at IS NOT NULL THEN 0 WHEN p.name = 'cash' THEN cash_fen \
           WHEN state <> 'SERVED' THEN 0 WHEN p.name = 'subsidy' THEN subsidy_fen ELSE voucher_fen END, 0, \
           CASE WHEN p.name = 'cash' THEN cash_fen WHEN p.name = 'subsidy' THEN subsidy_fen ELSE voucher_fen END, 0, \
           CASE WHEN taken_back_at IS NULL THEN 0 ELSE 1 END FROM meal_order \
           CROSS JOIN (SELECT 'subsidy' AS name UNION ALL SELECT 'voucher' UNION ALL SELECT 'cash') p \
         UNION ALL SELECT t.order_id, p.name, CASE WHEN t.state IN ('VOID', 'CLAWED_BACK') THEN 0 \
           WHEN p.name = 'subsidy' THEN t.subsidy_fen WHEN p.name = 'voucher' THEN t.voucher_fen ELSE t.cash_fen END, 0, \
           CASE p.name WHEN 'subsidy' THEN s.subsidy_fen WHEN 'voucher' THEN s.voucher_fen ELSE s.cash_fen END, 0, \
           CASE WHEN t.state = 'CLAWED_BACK' THEN 1 ELSE 0 END FROM settlement_line t JOIN service_order s ON s.id = t.order_id \
           CROSS JOIN (SELECT 'subsidy' AS name UNION ALL SELECT 'voucher' UNION ALL SELECT 'cash') p",
        // What was taken back since may wait for the next statement.
        "max(is_told) = 0 OR (max(is_taken_back) = 1 AND sum(found) = sum(earlier))",
    ),
    Identity::of(
        "statements: what was paid out is in the ledger, and nothing else is",
        "SELECT id, CAST(NULL AS text) AS name, subsidy_fen + voucher_fen + cash_fen AS wanted, 0 AS found FROM statement \
           WHERE paid_at IS NOT NULL \
         UNION ALL SELECT order_id, NULL, 0, -amount_fen FROM ledger_entry WHERE account = 'payout'",
    ),
    Identity::of(
        "vouchers: a month's issue is the sum of what it gave",
        "SELECT CAST(NULL AS uuid) AS id, r.programme || ' ' || r.month_on AS name, 0 AS wanted, r.granted_fen AS found \
           FROM voucher_run r \
         UNION ALL SELECT NULL, r.programme || ' ' || r.month_on, g.granted_fen, 0 FROM voucher_grant g \
           JOIN voucher_run r ON r.programme = g.programme AND r.month_on = g.month_on",
    ),
];
