//! Rows of contracts: what a district buys of a provider for one region in one year.

use chrono::{DateTime, NaiveDate, Utc};
use entities::procurement_contract::{Entity, Model};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, EntityTrait, FromQueryResult, IntoActiveModel as _, Value};
use uuid::Uuid;

use crate::directory::store::provider::officer_pattern;
use crate::kit::db::{execute, row, rows};
use crate::kit::fen::Fen;
use crate::kit::ids::ContractId;
use crate::kit::page::Page;
use crate::kit::viewer::SignedIn;

/// An order takes its part. False: the contract does not bear it any more; nothing has changed.
pub async fn take<C: ConnectionTrait>(tx: &C, contract: Uuid, fen: Fen) -> Result<bool, DbErr> {
    let sql = "UPDATE procurement_contract SET used_fen = used_fen + $2 WHERE id = $1 AND used_fen + $2 <= cap_fen \
         AND cancelled_at IS NULL";
    Ok(execute(tx, sql, [contract.into(), fen.get().into()]).await? == 1)
}

/// Of what an order took, so much was not spent.
pub async fn free<C: ConnectionTrait>(tx: &C, contract: Uuid, fen: Fen) -> Result<(), DbErr> {
    let sql = "UPDATE procurement_contract SET used_fen = used_fen - $2 WHERE id = $1 AND used_fen >= $2";
    match execute(tx, sql, [contract.into(), fen.get().into()]).await? {
        1 => Ok(()),
        _ => Err(DbErr::Custom(format!("contract {contract} does not hold what an order took of it"))),
    }
}

/// What names a contract.
#[derive(Clone, Debug)]
pub struct Name {
    /// Code of the programme.
    pub programme: String,
    /// With whom.
    pub provider: Uuid,
    /// For the elders of this region.
    pub region_code: String,
    /// First day.
    pub begins_on: NaiveDate,
}

/// Locks a provider, so that two offices do not agree with him at once, and finds the contract of this name.
pub async fn current<C: ConnectionTrait>(tx: &C, name: &Name) -> Result<Option<Model>, DbErr> {
    let lock = if tx.get_database_backend() == DbBackend::Postgres { " FOR UPDATE" } else { "" };
    execute(tx, &format!("SELECT id FROM provider WHERE id = $1{lock}"), [name.provider.into()]).await?;
    let sql = format!(
        "SELECT * FROM procurement_contract WHERE provider_id = $1 AND programme = $2 AND begins_on = $3 \
         AND region_code = $4{lock}"
    );
    row(tx, &sql, key(name)).await
}

fn key(name: &Name) -> [Value; 4] {
    [
        name.provider.into(),
        name.programme.as_str().into(),
        name.begins_on.into(),
        name.region_code.as_str().into(),
    ]
}

/// Whether another contract of the same programme, provider and year is for a part of the region, or for more of it.
pub async fn overlaps<C: ConnectionTrait>(tx: &C, name: &Name) -> Result<bool, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        #[allow(dead_code, reason = "that there is one is enough")]
        id: Uuid,
    }
    let sql = "SELECT id FROM procurement_contract WHERE provider_id = $1 AND programme = $2 AND begins_on = $3 \
        AND cancelled_at IS NULL AND region_code <> $4 AND (region_code LIKE $4 || '%' OR $4 LIKE region_code || '%') LIMIT 1";
    let found: Option<Found> = row(tx, sql, key(name)).await?;
    Ok(found.is_some())
}

/// Writes a new contract.
pub async fn insert<C: ConnectionTrait>(tx: &C, new: Model) -> Result<(), DbErr> {
    Entity::insert(new.into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// Lets a cancelled contract count again, with its new cap and paper.
pub async fn revive<C: ConnectionTrait>(tx: &C, anew: &Model) -> Result<(), DbErr> {
    let sql = "UPDATE procurement_contract SET cap_fen = $2, reference = $3, cancelled_at = NULL \
        WHERE id = $1 AND cancelled_at IS NOT NULL";
    let values = [anew.id.into(), anew.cap_fen.into(), anew.reference.as_str().into()];
    execute(tx, sql, values).await.map(|_| ())
}

/// A contract, locked against others on PostgreSQL.
pub async fn by_id<C: ConnectionTrait>(tx: &C, id: ContractId) -> Result<Option<Model>, DbErr> {
    let lock = if tx.get_database_backend() == DbBackend::Postgres { " FOR UPDATE" } else { "" };
    row(tx, &format!("SELECT * FROM procurement_contract WHERE id = $1{lock}"), [id.0.into()]).await
}

/// A contract counts no more: what orders took is free for another contract.
pub async fn cancel<C: ConnectionTrait>(tx: &C, id: ContractId, now: DateTime<Utc>) -> Result<(), DbErr> {
    let sql = "UPDATE procurement_contract SET cancelled_at = $2, used_fen = 0 WHERE id = $1";
    execute(tx, sql, [id.0.into(), now.into()]).await?;
    let sql = "UPDATE voucher_use SET contract_id = NULL WHERE contract_id = $1";
    execute(tx, sql, [id.0.into()]).await.map(|_| ())
}

/// Changes cap and paper of a contract. False: more is used already.
pub async fn change<C: ConnectionTrait>(tx: &C, id: Uuid, cap: Fen, reference: &str) -> Result<bool, DbErr> {
    let sql = "UPDATE procurement_contract SET cap_fen = $2, reference = $3 WHERE id = $1 AND used_fen <= $2";
    Ok(execute(tx, sql, [id.into(), cap.get().into(), reference.into()]).await? == 1)
}

/// What orders took before the contract was agreed counts for it. False: that is more than its cap.
pub async fn count_earlier<C: ConnectionTrait>(tx: &C, contract: &Model) -> Result<bool, DbErr> {
    let sql = "UPDATE voucher_use SET contract_id = $1 WHERE contract_id IS NULL \
        AND grant_id IN (SELECT id FROM voucher_grant WHERE programme = $2 AND month_on BETWEEN $3 AND $4) \
        AND order_id IN ( \
          SELECT m.id FROM meal_order m JOIN canteen c ON c.id = m.canteen_id JOIN elder e ON e.id = m.elder_id \
            WHERE c.provider_id = $5 AND e.region_code LIKE $6 UNION ALL \
          SELECT s.id FROM service_order s WHERE s.provider_id = $5 AND s.region_code LIKE $6)";
    let values = [
        contract.id.into(),
        contract.programme.as_str().into(),
        contract.begins_on.into(),
        contract.ends_on.into(),
        contract.provider_id.into(),
        format!("{}%", contract.region_code).into(),
    ];
    execute(tx, sql, values).await?;
    let sql = "UPDATE procurement_contract SET used_fen = u.fen FROM (SELECT CAST(coalesce(sum(reserved_fen + redeemed_fen), 0) \
        AS bigint) AS fen FROM voucher_use WHERE contract_id = $1) u WHERE id = $1 AND u.fen <= cap_fen";
    Ok(execute(tx, sql, [contract.id.into()]).await? == 1)
}

/// Contracts in reach, the newest first: of the provider whom somebody manages, or of the regions of an office.
pub async fn list<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    (year_on, provider): (Option<NaiveDate>, Option<Uuid>),
    page: Page,
) -> Result<Vec<Model>, DbErr> {
    let mine = who.managed_provider().map(|own| own.0);
    let limit = i64::try_from(page.limit()).unwrap_or(i64::MAX);
    let sql = "SELECT * FROM procurement_contract WHERE (provider_id = $1 OR region_code LIKE $2) AND id < $3 \
        AND ($5 IS NULL OR begins_on = $5) AND ($6 IS NULL OR provider_id = $6) ORDER BY id DESC LIMIT $4";
    let values = [
        mine.into(),
        officer_pattern(who).into(),
        page.after.unwrap_or(Uuid::max()).into(),
        limit.into(),
        year_on.into(),
        provider.into(),
    ];
    rows(db, sql, values).await
}
