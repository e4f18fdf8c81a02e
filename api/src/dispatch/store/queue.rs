//! Rows of carers' phones, and of what they have handed in.

use entities::{visit_device, visit_queue_entry};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, FromQueryResult, IntoActiveModel as _};
use uuid::Uuid;

use crate::kit::db::row;
use crate::kit::ids::DeviceId;
use crate::kit::viewer::SignedIn;

/// Writes a device; the same key of the same carer gives the one that is there.
pub async fn add<C: ConnectionTrait>(
    tx: &C,
    device: visit_device::Model,
) -> Result<Option<visit_device::Model>, DbErr> {
    let (carer, key) = (device.carer_id, device.request_key.clone());
    let written = visit_device::Entity::insert(device.into_active_model())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(tx)
        .await;
    match written {
        Ok(_) | Err(DbErr::RecordNotInserted) => {}
        Err(error) => return Err(error),
    }
    let sql = "SELECT * FROM visit_device WHERE carer_id = $1 AND request_key = $2";
    row(tx, sql, [carer.into(), key.into()]).await
}

/// A device of the carer who asks; `None` for any other.
pub async fn device_of<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    id: DeviceId,
) -> Result<Option<visit_device::Model>, DbErr> {
    let sql = "SELECT d.* FROM visit_device d JOIN carer c ON c.id = d.carer_id \
        WHERE d.id = $1 AND c.person_id = $2";
    row(db, sql, [id.0.into(), who.person.0.into()]).await
}

/// The largest number that a device has used; 0 before the first.
pub async fn last_sequence<C: ConnectionTrait>(db: &C, device: Uuid) -> Result<i32, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        last: Option<i32>,
    }
    let sql = "SELECT max(sequence) AS last FROM visit_queue_entry WHERE device_id = $1";
    let found: Option<Found> = row(db, sql, [device.into()]).await?;
    Ok(found.and_then(|found| found.last).unwrap_or(0))
}

/// What a device has handed in under a number.
pub async fn entry<C: ConnectionTrait>(
    db: &C,
    device: Uuid,
    sequence: i32,
) -> Result<Option<visit_queue_entry::Model>, DbErr> {
    let sql = "SELECT * FROM visit_queue_entry WHERE device_id = $1 AND sequence = $2";
    row(db, sql, [device.into(), sequence.into()]).await
}

/// Keeps what was handed in with its answer. An answer that is there stays.
pub async fn keep<C: ConnectionTrait>(db: &C, entry: visit_queue_entry::Model) -> Result<(), DbErr> {
    let written = visit_queue_entry::Entity::insert(entry.into_active_model())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(db)
        .await;
    match written {
        Ok(_) | Err(DbErr::RecordNotInserted) => Ok(()),
        Err(error) => Err(error),
    }
}
