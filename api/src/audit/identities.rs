//! The identities, each as the statement that finds the first place where it does not hold.

/// Something that must be true of all money.
#[derive(Clone, Copy, Debug)]
pub struct Identity {
    /// In words.
    pub name: &'static str,
    /// Gives `id` or `name`, `wanted` and `found` in fen, of at most one violation.
    pub sql: &'static str,
}

/// All of them but those of vouchers, whose books stand in `money/store/voucher/books.rs`.
pub const IDENTITIES: [Identity; 10] = [
    Identity {
        name: "ledger: every posting sums to zero",
        sql: "SELECT CAST(NULL AS uuid) AS id, posting_key AS name, CAST(0 AS bigint) AS wanted, \
            CAST(sum(amount_fen) AS bigint) AS found FROM ledger_entry GROUP BY posting_key \
            HAVING sum(amount_fen) <> 0 ORDER BY posting_key LIMIT 1",
    },
    Identity {
        name: "meals: list + delivery = subsidy + voucher + cash",
        sql: "SELECT id, CAST(NULL AS text) AS name, list_fen + delivery_fen AS wanted, \
            subsidy_fen + voucher_fen + cash_fen AS found FROM meal_order \
            WHERE list_fen + delivery_fen <> subsidy_fen + voucher_fen + cash_fen ORDER BY 1 LIMIT 1",
    },
    Identity {
        name: "visits: list = subsidy + voucher + cash",
        sql: "SELECT id, CAST(NULL AS text) AS name, list_fen AS wanted, subsidy_fen + voucher_fen + cash_fen AS found \
            FROM service_order WHERE list_fen <> subsidy_fen + voucher_fen + cash_fen ORDER BY 1 LIMIT 1",
    },
    Identity {
        name: "payments: what arrived is in the ledger",
        sql: "SELECT coalesce(a.order_id, l.order_id) AS id, CAST(NULL AS text) AS name, \
            CAST(coalesce(a.fen, 0) AS bigint) AS wanted, CAST(coalesce(l.fen, 0) AS bigint) AS found FROM \
            (SELECT order_id, sum(amount_fen) AS fen FROM payment_attempt WHERE state IN ('PAID', 'LATE_PAID') \
              GROUP BY order_id) a FULL JOIN \
            (SELECT order_id, sum(amount_fen) AS fen FROM ledger_entry WHERE posting_key LIKE 'paid/%' \
              AND account <> 'escrow' GROUP BY order_id) l ON l.order_id = a.order_id \
            WHERE coalesce(a.fen, 0) <> coalesce(l.fen, 0) ORDER BY 1 LIMIT 1",
    },
    Identity {
        name: "refunds: what was asked for and what went back is in the ledger",
        sql: "SELECT coalesce(r.order_id, l.order_id) AS id, CAST(NULL AS text) AS name, \
            CAST(coalesce(r.fen, 0) AS bigint) AS wanted, CAST(coalesce(l.fen, 0) AS bigint) AS found FROM \
            (SELECT order_id, sum(CASE WHEN state = 'SUCCESS' THEN 0 ELSE amount_fen END) AS fen FROM refund \
              GROUP BY order_id) r FULL JOIN \
            (SELECT order_id, -sum(amount_fen) AS fen FROM ledger_entry WHERE account = 'refund_payable' \
              GROUP BY order_id) l ON l.order_id = r.order_id \
            WHERE coalesce(r.fen, 0) <> coalesce(l.fen, 0) ORDER BY 1 LIMIT 1",
    },
    Identity {
        name: "escrow: holds what families paid for what is not over, and nothing else",
        sql: "SELECT o.id AS id, CAST(NULL AS text) AS name, CAST(o.wanted AS bigint) AS wanted, \
            CAST(coalesce(l.fen, 0) AS bigint) AS found FROM \
            (SELECT id, CASE WHEN state IN ('CONFIRMED', 'LOCKED', 'READY', 'OUT_FOR_DELIVERY') THEN cash_fen ELSE 0 END \
              AS wanted FROM meal_order UNION ALL \
             SELECT s.id, CASE WHEN s.state IN ('PAID', 'OFFERED', 'ACCEPTED', 'EN_ROUTE', 'CHECKED_IN', 'DONE', 'DISPUTED') \
              AND t.order_id IS NULL THEN s.cash_fen ELSE 0 END FROM service_order s \
              LEFT JOIN settlement_line t ON t.order_id = s.id) o \
            LEFT JOIN (SELECT order_id, -sum(amount_fen) AS fen FROM ledger_entry WHERE account = 'escrow' \
              GROUP BY order_id) l ON l.order_id = o.id WHERE o.wanted <> coalesce(l.fen, 0) ORDER BY 1 LIMIT 1",
    },
    Identity {
        name: "meals: a canteen earns what was served, and what a guest left behind",
        sql: "SELECT o.id AS id, CAST(NULL AS text) AS name, CAST(o.wanted AS bigint) AS wanted, \
            CAST(coalesce(l.fen, 0) AS bigint) AS found FROM \
            (SELECT id, CASE state WHEN 'SERVED' THEN subsidy_fen + voucher_fen + cash_fen WHEN 'NO_SHOW' THEN cash_fen \
              ELSE 0 END AS wanted FROM meal_order) o \
            LEFT JOIN (SELECT order_id, -sum(amount_fen) AS fen FROM ledger_entry WHERE account LIKE 'provider/%' \
              GROUP BY order_id) l ON l.order_id = o.id WHERE o.wanted <> coalesce(l.fen, 0) ORDER BY 1 LIMIT 1",
    },
    Identity {
        name: "visits: a provider earns what its statement says",
        sql: "SELECT o.id AS id, CAST(NULL AS text) AS name, CAST(o.wanted AS bigint) AS wanted, \
            CAST(coalesce(l.fen, 0) AS bigint) AS found FROM \
            (SELECT s.id, CASE WHEN t.state IN ('VOID', 'CLAWED_BACK') THEN 0 \
              ELSE coalesce(t.subsidy_fen + t.voucher_fen + t.cash_fen, 0) END AS wanted \
              FROM service_order s LEFT JOIN settlement_line t ON t.order_id = s.id) o \
            LEFT JOIN (SELECT order_id, -sum(amount_fen) AS fen FROM ledger_entry WHERE account LIKE 'provider/%' \
              GROUP BY order_id) l ON l.order_id = o.id WHERE o.wanted <> coalesce(l.fen, 0) ORDER BY 1 LIMIT 1",
    },
    Identity {
        name: "public money: claimed only for what was carried out",
        sql: "SELECT o.id AS id, CAST(NULL AS text) AS name, CAST(o.wanted AS bigint) AS wanted, \
            CAST(coalesce(l.fen, 0) AS bigint) AS found FROM \
            (SELECT id, CASE WHEN state = 'SERVED' THEN subsidy_fen + voucher_fen ELSE 0 END AS wanted FROM meal_order \
             UNION ALL SELECT s.id, CASE WHEN t.state IN ('VOID', 'CLAWED_BACK') THEN 0 \
              ELSE coalesce(t.subsidy_fen + t.voucher_fen, 0) END FROM service_order s \
              LEFT JOIN settlement_line t ON t.order_id = s.id) o \
            LEFT JOIN (SELECT order_id, sum(amount_fen) AS fen FROM ledger_entry WHERE account LIKE 'public/%' \
              GROUP BY order_id) l ON l.order_id = o.id WHERE o.wanted <> coalesce(l.fen, 0) ORDER BY 1 LIMIT 1",
    },
    Identity {
        name: "contracts: what is used is what orders took, and never above the cap",
        sql: "SELECT k.id AS id, CAST(NULL AS text) AS name, CAST(coalesce(u.fen, 0) AS bigint) AS wanted, \
            k.used_fen AS found FROM procurement_contract k LEFT JOIN \
            (SELECT contract_id, sum(reserved_fen + redeemed_fen) AS fen FROM voucher_use WHERE contract_id IS NOT NULL \
              GROUP BY contract_id) u ON u.contract_id = k.id \
            WHERE k.used_fen <> coalesce(u.fen, 0) OR k.used_fen > k.cap_fen ORDER BY 1 LIMIT 1",
    },
];
