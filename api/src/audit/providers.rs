//! That each provider has what its own orders earned: an earning on somebody else's account leaves every sum as it was.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::Violation;
use crate::kit::db::rows;
use crate::kit::ids::ProviderId;
use crate::money::rules::Account;

/// The identity.
pub const NAME: &str = "providers: each has what its orders earned, less what was paid out to it";

/// What rows say of each provider, and under it what the ledger says of each account.
const BOTH: &str = "SELECT p.id AS provider_id, CAST(NULL AS text) AS account, CAST(sum(p.fen) AS bigint) AS fen FROM ( \
      SELECT c.provider_id AS id, CASE WHEN m.taken_back_at IS NOT NULL THEN 0 \
        WHEN m.state = 'SERVED' THEN m.subsidy_fen + m.voucher_fen + m.cash_fen WHEN m.state = 'NO_SHOW' THEN m.cash_fen ELSE 0 END AS fen \
        FROM meal_order m JOIN canteen c ON c.id = m.canteen_id \
      UNION ALL SELECT s.provider_id, t.subsidy_fen + t.voucher_fen + t.cash_fen FROM settlement_line t \
        JOIN service_order s ON s.id = t.order_id \
      UNION ALL SELECT provider_id, -(subsidy_fen + voucher_fen + cash_fen) FROM statement WHERE paid_at IS NOT NULL) p \
    GROUP BY p.id \
    UNION ALL SELECT CAST(NULL AS uuid), account, CAST(-sum(amount_fen) AS bigint) FROM ledger_entry \
      WHERE account LIKE 'provider/%' GROUP BY account";

#[derive(FromQueryResult)]
struct Sum {
    provider_id: Option<Uuid>,
    account: Option<String>,
    fen: i64,
}

/// The first provider, by account, of whom rows and ledger differ.
pub async fn first<C: ConnectionTrait>(db: &C) -> Result<Option<Violation>, DbErr> {
    let sums: Vec<Sum> = rows(db, BOTH, []).await?;
    let mut books: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for Sum { provider_id, account, fen } in sums {
        match (provider_id, account) {
            (Some(id), _) => books.entry(Account::Provider(id).name()).or_default().0 += fen,
            (None, Some(account)) => books.entry(account).or_default().1 += fen,
            (None, None) => {}
        }
    }
    let apart = books.into_iter().find(|(_, (earned, booked))| earned != booked);
    Ok(apart.map(|(account, difference)| Violation {
        identity: NAME,
        subject: match account.strip_prefix("provider/").and_then(|id| id.parse().ok()) {
            Some(id) => ProviderId(id).to_string(),
            None => account,
        },
        difference: Some(difference),
    }))
}
