//! The identities, each as the statement that finds the first place where it does not hold.

/// Something that must be true of all money.
#[derive(Clone, Copy, Debug)]
pub struct Identity {
    /// In words.
    pub name: &'static str,
    /// Gives `name`, `id` or both, and `wanted` and `found` in fen, of at most one violation.
    pub sql: &'static str,
}

/// All of them but those of vouchers, whose books stand in `money/store/voucher/books.rs`.
pub const IDENTITIES: [Identity; 19] = [
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
            (SELECT id, CASE WHEN taken_back_at IS NOT NULL THEN 0 WHEN state = 'SERVED' THEN subsidy_fen + voucher_fen + cash_fen \
              WHEN state = 'NO_SHOW' THEN cash_fen ELSE 0 END AS wanted FROM meal_order) o \
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
            (SELECT id, CASE WHEN state = 'SERVED' AND taken_back_at IS NULL THEN subsidy_fen + voucher_fen ELSE 0 END \
              AS wanted FROM meal_order \
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
    Identity {
        name: "ledger: every posting is about an order, a voucher or a statement",
        sql: "SELECT l.order_id AS id, l.posting_key AS name, CAST(0 AS bigint) AS wanted, l.amount_fen AS found \
            FROM ledger_entry l LEFT JOIN meal_order m ON m.id = l.order_id LEFT JOIN service_order s ON s.id = l.order_id \
            LEFT JOIN voucher_grant v ON v.id = l.order_id LEFT JOIN statement t ON t.id = l.order_id \
            WHERE m.id IS NULL AND s.id IS NULL AND v.id IS NULL AND t.id IS NULL ORDER BY 2 LIMIT 1",
    },
    Identity {
        name: "refunds: what WeChat or a till has handed back is in the ledger",
        sql: "SELECT coalesce(r.order_id, l.order_id) AS id, CAST(NULL AS text) AS name, \
            CAST(coalesce(r.fen, 0) AS bigint) AS wanted, CAST(coalesce(l.fen, 0) AS bigint) AS found FROM \
            (SELECT order_id, sum(amount_fen) AS fen FROM refund WHERE state = 'SUCCESS' GROUP BY order_id) r FULL JOIN \
            (SELECT order_id, -sum(amount_fen) AS fen FROM ledger_entry WHERE posting_key LIKE 'refunded/%' \
              AND account <> 'refund_payable' GROUP BY order_id) l ON l.order_id = r.order_id \
            WHERE coalesce(r.fen, 0) <> coalesce(l.fen, 0) ORDER BY 1 LIMIT 1",
    },
    Identity {
        name: "refunds: none is larger than its payment",
        sql: "SELECT r.id AS id, CAST(NULL AS text) AS name, a.amount_fen AS wanted, r.amount_fen AS found FROM refund r \
            JOIN payment_attempt a ON a.id = r.attempt_id WHERE r.amount_fen > a.amount_fen ORDER BY 1 LIMIT 1",
    },
    Identity {
        name: "visits: what is kept of one that was called off is in the ledger",
        sql: "SELECT s.id AS id, CAST(NULL AS text) AS name, coalesce(s.kept_fen, 0) AS wanted, \
            CAST(coalesce(l.fen, 0) AS bigint) AS found FROM service_order s LEFT JOIN \
            (SELECT order_id, -sum(amount_fen) AS fen FROM ledger_entry WHERE posting_key LIKE 'kept/%' \
              AND account <> 'escrow' GROUP BY order_id) l ON l.order_id = s.id \
            WHERE s.decided_at IS NULL AND coalesce(s.kept_fen, 0) <> coalesce(l.fen, 0) ORDER BY 1 LIMIT 1",
    },
    Identity {
        name: "visits: a line that nobody decided about has the parts of its order",
        sql: "SELECT id, name, wanted, found FROM (\
              SELECT t.order_id AS id, 'subsidy' AS name, s.subsidy_fen AS wanted, t.subsidy_fen AS found \
              FROM settlement_line t JOIN service_order s ON s.id = t.order_id \
              WHERE t.reviewed_at IS NULL AND s.kept_fen IS NULL AND s.decided_at IS NULL \
              UNION ALL SELECT t.order_id, 'voucher', s.voucher_fen, t.voucher_fen \
              FROM settlement_line t JOIN service_order s ON s.id = t.order_id \
              WHERE t.reviewed_at IS NULL AND s.kept_fen IS NULL AND s.decided_at IS NULL) o \
            WHERE wanted <> found ORDER BY 1, 2 LIMIT 1",
    },
    Identity {
        name: "statements: a statement is the sum of its lines",
        sql: "SELECT id, name, wanted, found FROM (\
              SELECT t.id, p.name, CAST(CASE p.name WHEN 'subsidy' THEN coalesce(l.subsidy, 0) \
                WHEN 'voucher' THEN coalesce(l.voucher, 0) WHEN 'cash' THEN coalesce(l.cash, 0) \
                ELSE coalesce(l.lines, 0) END AS bigint) AS wanted, \
                CAST(CASE p.name WHEN 'subsidy' THEN t.subsidy_fen WHEN 'voucher' THEN t.voucher_fen \
                WHEN 'cash' THEN t.cash_fen ELSE t.line_count END AS bigint) AS found \
              FROM statement t CROSS JOIN (SELECT 'subsidy' AS name UNION ALL SELECT 'voucher' UNION ALL SELECT 'cash' \
                UNION ALL SELECT 'number of lines') p LEFT JOIN \
              (SELECT statement_id, sum(subsidy_fen) AS subsidy, sum(voucher_fen) AS voucher, sum(cash_fen) AS cash, \
                count(*) AS lines FROM statement_line GROUP BY statement_id) l ON l.statement_id = t.id) o \
            WHERE wanted <> found ORDER BY 1, 2 LIMIT 1",
    },
    Identity {
        // What was taken back since may wait for the next statement.
        name: "statements: their lines tell of each order what its provider earned",
        sql: "SELECT id, name, wanted, found FROM (\
              SELECT o.id, p.name, o.is_taken_back, \
                CASE p.name WHEN 'subsidy' THEN o.subsidy WHEN 'voucher' THEN o.voucher ELSE o.cash END AS before, \
                CASE WHEN o.is_taken_back THEN 0 ELSE \
                  CASE p.name WHEN 'subsidy' THEN o.subsidy WHEN 'voucher' THEN o.voucher ELSE o.cash END END AS wanted, \
                CAST(CASE p.name WHEN 'subsidy' THEN l.subsidy WHEN 'voucher' THEN l.voucher ELSE l.cash END AS bigint) AS found \
              FROM (SELECT order_id, sum(subsidy_fen) AS subsidy, sum(voucher_fen) AS voucher, sum(cash_fen) AS cash \
                FROM statement_line GROUP BY order_id) l JOIN \
              (SELECT id, CASE state WHEN 'SERVED' THEN subsidy_fen ELSE 0 END AS subsidy, \
                CASE state WHEN 'SERVED' THEN voucher_fen ELSE 0 END AS voucher, cash_fen AS cash, \
                taken_back_at IS NOT NULL AS is_taken_back FROM meal_order \
               UNION ALL SELECT t.order_id, CASE t.state WHEN 'CLAWED_BACK' THEN s.subsidy_fen ELSE t.subsidy_fen END, \
                CASE t.state WHEN 'CLAWED_BACK' THEN s.voucher_fen ELSE t.voucher_fen END, \
                CASE t.state WHEN 'CLAWED_BACK' THEN coalesce(s.kept_fen, s.cash_fen) ELSE t.cash_fen END, \
                t.state = 'CLAWED_BACK' FROM settlement_line t JOIN service_order s ON s.id = t.order_id) o \
              ON o.id = l.order_id CROSS JOIN (SELECT 'subsidy' AS name UNION ALL SELECT 'voucher' UNION ALL SELECT 'cash') p) o \
            WHERE found <> wanted AND NOT (is_taken_back AND found = before) ORDER BY 1, 2 LIMIT 1",
    },
    Identity {
        name: "statements: what was paid out is in the ledger, and nothing else is",
        sql: "SELECT coalesce(t.id, l.order_id) AS id, CAST(NULL AS text) AS name, \
            CAST(coalesce(t.fen, 0) AS bigint) AS wanted, CAST(coalesce(l.fen, 0) AS bigint) AS found FROM \
            (SELECT id, subsidy_fen + voucher_fen + cash_fen AS fen FROM statement WHERE paid_at IS NOT NULL) t FULL JOIN \
            (SELECT order_id, -sum(amount_fen) AS fen FROM ledger_entry WHERE account = 'payout' GROUP BY order_id) l \
            ON l.order_id = t.id WHERE coalesce(t.fen, 0) <> coalesce(l.fen, 0) ORDER BY 1 LIMIT 1",
    },
    Identity {
        name: "vouchers: a month's issue is the sum of what it gave",
        sql: "SELECT CAST(NULL AS uuid) AS id, r.programme AS name, CAST(coalesce(g.fen, 0) AS bigint) AS wanted, \
            r.granted_fen AS found FROM voucher_run r LEFT JOIN \
            (SELECT programme, month_on, sum(granted_fen) AS fen FROM voucher_grant GROUP BY programme, month_on) g \
            ON g.programme = r.programme AND g.month_on = r.month_on \
            WHERE r.granted_fen <> coalesce(g.fen, 0) ORDER BY r.programme, r.month_on LIMIT 1",
    },
];
