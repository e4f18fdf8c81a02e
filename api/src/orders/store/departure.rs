//! Rows of an elder who has died or moved: his own, his vouchers, his open orders.

use chrono::{DateTime, NaiveDate, Utc};
use entities::enums::FreezeReason;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use crate::kit::db::{execute, rows};

#[derive(FromQueryResult)]
struct Id {
    id: Uuid,
}

async fn ids<C: ConnectionTrait>(db: &C, sql: &str, values: Vec<sea_orm::Value>) -> Result<Vec<Uuid>, DbErr> {
    let found: Vec<Id> = rows(db, sql, values).await?;
    Ok(found.into_iter().map(|found| found.id).collect())
}

/// Writes the day of a death, or that it was an error. False: it is written so already.
pub async fn died<C: ConnectionTrait>(tx: &C, elder: Uuid, on: Option<NaiveDate>) -> Result<bool, DbErr> {
    let sql = "UPDATE elder SET died_on = $2 WHERE id = $1 AND died_on IS DISTINCT FROM $2";
    Ok(execute(tx, sql, [elder.into(), on.into()]).await? == 1)
}

/// Where an elder lives from now on.
#[derive(Clone, Debug)]
pub struct NewHome {
    /// Code of the region.
    pub region_code: String,
    /// Address, sealed; null when unknown.
    pub address_sealed: Option<String>,
}

/// Writes where an elder lives; what was measured of the old home is gone.
pub async fn moved<C: ConnectionTrait>(tx: &C, elder: Uuid, home: NewHome) -> Result<(), DbErr> {
    let sql = "UPDATE elder SET region_code = $2, address_sealed = $3, latitude_e6 = NULL, longitude_e6 = NULL \
        WHERE id = $1";
    execute(tx, sql, [elder.into(), home.region_code.into(), home.address_sealed.into()]).await.map(|_| ())
}

/// What becomes of an elder's vouchers of one programme.
#[derive(Clone, Copy, Debug)]
pub struct Fate<'a> {
    /// Whose.
    pub elder: Uuid,
    /// Code of the programme.
    pub programme: &'a str,
    /// Why they are shut; `None`: neither death nor move shuts them.
    pub cause: Option<FreezeReason>,
}

/// Shuts vouchers whose month is not over, or gives another of the two reasons; who was shut for something else stays so.
pub async fn freeze<C: ConnectionTrait>(
    tx: &C,
    of: Fate<'_>,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, DbErr> {
    let Some(cause) = of.cause else { return Ok(Vec::new()) };
    let sql = "UPDATE voucher_grant SET state = 'FROZEN', frozen_for = $2, version = version + 1 \
        WHERE elder_id = $1 AND closes_at > $3 AND programme = $4 AND (state = 'ISSUED' \
          OR (state = 'FROZEN' AND frozen_for IN ('DEATH', 'MOVE') AND frozen_for <> $2)) RETURNING id";
    ids(tx, sql, vec![of.elder.into(), cause.as_str().into(), now.into(), of.programme.into()]).await
}

/// Opens again what was shut for a death or a move and whose month is not over. Gives which.
pub async fn unfreeze<C: ConnectionTrait>(
    tx: &C,
    of: Fate<'_>,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, DbErr> {
    if of.cause.is_some() {
        return Ok(Vec::new());
    }
    let sql = "UPDATE voucher_grant SET state = 'ISSUED', frozen_for = NULL, version = version + 1 \
        WHERE elder_id = $1 AND closes_at > $2 AND programme = $3 \
        AND state = 'FROZEN' AND frozen_for IN ('DEATH', 'MOVE') RETURNING id";
    ids(tx, sql, vec![of.elder.into(), now.into(), of.programme.into()]).await
}

/// Meals and visits of an elder that are not over, meals first.
pub async fn open_orders<C: ConnectionTrait>(db: &C, elder: Uuid) -> Result<(Vec<Uuid>, Vec<Uuid>), DbErr> {
    let meals = "SELECT id FROM meal_order WHERE elder_id = $1 AND ended_at IS NULL ORDER BY id LIMIT 500";
    let visits =
        "SELECT id FROM service_order WHERE elder_id = $1 AND ended_at IS NULL ORDER BY id LIMIT 500";
    Ok((ids(db, meals, vec![elder.into()]).await?, ids(db, visits, vec![elder.into()]).await?))
}
