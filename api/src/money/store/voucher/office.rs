//! Rows of vouchers as an office sees and shuts them, and as a family looks at them.

use chrono::{DateTime, Utc};
use entities::enums::FreezeReason;
use entities::{voucher_grant, voucher_use};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::kit::db::{execute, row, rows};
use crate::kit::fen::Fen;
use crate::kit::page::Page;
use crate::money::rules::voucher::posting::Purser;
use crate::money::store::ledger;

/// A voucher as it stands now, locked against others on PostgreSQL.
pub async fn current<C: ConnectionTrait>(tx: &C, id: Uuid) -> Result<Option<voucher_grant::Model>, DbErr> {
    let lock = if tx.get_database_backend() == DbBackend::Postgres { " FOR UPDATE" } else { "" };
    row(tx, &format!("SELECT * FROM voucher_grant WHERE id = $1{lock}"), [id.into()]).await
}

/// No orders for the time being; a frozen one has another reason from now on. False: it is over, or frozen for this already.
pub async fn freeze<C: ConnectionTrait>(tx: &C, id: Uuid, reason: FreezeReason) -> Result<bool, DbErr> {
    let sql = "UPDATE voucher_grant SET state = 'FROZEN', frozen_for = $2, version = version + 1 \
        WHERE id = $1 AND (state = 'ISSUED' OR (state = 'FROZEN' AND frozen_for <> $2))";
    Ok(execute(tx, sql, [id.into(), reason.as_str().into()]).await? == 1)
}

/// Orders again. False: it is not FROZEN.
pub async fn unfreeze<C: ConnectionTrait>(tx: &C, id: Uuid) -> Result<bool, DbErr> {
    let sql = "UPDATE voucher_grant SET state = 'ISSUED', frozen_for = NULL, version = version + 1 \
        WHERE id = $1 AND state = 'FROZEN'";
    Ok(execute(tx, sql, [id.into()]).await? == 1)
}

/// Takes back what nobody has ordered of a voucher that was locked with `current`. False: it is over, or has changed.
pub async fn revoke<C: ConnectionTrait>(
    tx: &C,
    grant: &voucher_grant::Model,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE voucher_grant SET state = 'REVOKED', returned_fen = returned_fen + $2, \
        available_fen = available_fen - $2, version = version + 1 \
        WHERE id = $1 AND state IN ('ISSUED', 'FROZEN') AND available_fen = $2";
    if execute(tx, sql, [grant.id.into(), grant.available_fen.into()]).await? != 1 {
        return Ok(false);
    }
    let purser = Purser { programme: grant.programme.clone(), region_code: grant.region_code.clone() };
    ledger::post(tx, &[purser.revoked(grant.id, Fen::new(grant.available_fen))], now).await?;
    Ok(true)
}

/// Vouchers of an elder, the newest first.
pub async fn of_elder<C: ConnectionTrait>(
    db: &C,
    elder: Uuid,
    page: Page,
) -> Result<Vec<voucher_grant::Model>, DbErr> {
    let limit = i64::try_from(page.limit()).unwrap_or(i64::MAX);
    let sql = "SELECT * FROM voucher_grant WHERE elder_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    rows(db, sql, [elder.into(), page.after.unwrap_or(Uuid::max()).into(), limit.into()]).await
}

/// Most uses of one voucher that are shown: more orders than a month has meals.
const USES_MAX: u64 = 200;

/// What orders took of a voucher, the newest first.
pub async fn uses<C: ConnectionTrait>(db: &C, grant: Uuid) -> Result<Vec<voucher_use::Model>, DbErr> {
    use voucher_use::Column;
    voucher_use::Entity::find()
        .filter(Column::GrantId.eq(grant))
        .order_by_desc(Column::ReservedAt)
        .order_by_desc(Column::OrderId)
        .limit(USES_MAX)
        .all(db)
        .await
}
