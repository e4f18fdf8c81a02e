//! Where a carer on the way is. Kept only while the way lasts.

use chrono::{DateTime, Utc};
use entities::carer_way::Model;
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use crate::kit::db::{execute, row};

/// Writes where the carer is now; only for an order that is EN_ROUTE. False: it is not.
pub async fn tell<C: ConnectionTrait>(
    db: &C,
    (order, carer): (Uuid, Uuid),
    (latitude_e6, longitude_e6): (i32, i32),
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "INSERT INTO carer_way (order_id, carer_id, latitude_e6, longitude_e6, told_at) \
        SELECT o.id, $2, $3, $4, $5 FROM service_order o WHERE o.id = $1 AND o.state = 'EN_ROUTE' \
        ON CONFLICT (order_id) DO UPDATE SET carer_id = excluded.carer_id, latitude_e6 = excluded.latitude_e6, \
          longitude_e6 = excluded.longitude_e6, told_at = excluded.told_at";
    let values = [order.into(), carer.into(), latitude_e6.into(), longitude_e6.into(), at.into()];
    Ok(execute(db, sql, values).await? == 1)
}

/// Where the carer was last.
pub async fn last<C: ConnectionTrait>(db: &C, order: Uuid) -> Result<Option<Model>, DbErr> {
    row(db, "SELECT * FROM carer_way WHERE order_id = $1", [order.into()]).await
}
