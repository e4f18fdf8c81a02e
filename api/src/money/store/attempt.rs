//! Rows of payment attempts and of the inbox. Every change of state is one conditional statement.

use chrono::{DateTime, Utc};
use entities::payment_attempt::{self, Column, Model};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::kit::db::execute;
use crate::kit::ids::{AttemptId, OrderId};
use crate::kit::seal::sha256_hex;

/// Longest id of a notification that is kept as it came; the platform's have 36 characters.
const ID_MAX: usize = 128;

/// An attempt by its number at the platform.
pub async fn by_trade_no<C: ConnectionTrait>(db: &C, out_trade_no: &str) -> Result<Option<Model>, DbErr> {
    payment_attempt::Entity::find().filter(Column::OutTradeNo.eq(out_trade_no)).one(db).await
}

/// An attempt by id, for the worker.
pub async fn by_id<C: ConnectionTrait>(db: &C, id: AttemptId) -> Result<Option<Model>, DbErr> {
    payment_attempt::Entity::find_by_id(id.0).one(db).await
}

/// Attempts of an order, the first first.
pub async fn of_order<C: ConnectionTrait>(db: &C, order: OrderId) -> Result<Vec<Model>, DbErr> {
    payment_attempt::Entity::find()
        .filter(Column::OrderId.eq(order.0))
        .order_by_asc(Column::Number)
        .all(db)
        .await
}

/// The attempt of an order that can still be paid.
pub async fn open_of_order<C: ConnectionTrait>(db: &C, order: OrderId) -> Result<Option<Model>, DbErr> {
    let open = [entities::enums::AttemptState::Created, entities::enums::AttemptState::Prepaid];
    payment_attempt::Entity::find()
        .filter(Column::OrderId.eq(order.0))
        .filter(Column::State.is_in(open))
        .one(db)
        .await
}

/// Notes that the bytes are being sent. False: the attempt has been closed meanwhile.
pub async fn sending<C: ConnectionTrait>(db: &C, id: Uuid, at: DateTime<Utc>) -> Result<bool, DbErr> {
    let sql = "UPDATE payment_attempt SET sent_at = $2 WHERE id = $1 AND state IN ('CREATED', 'PREPAID')";
    Ok(execute(db, sql, [id.into(), at.into()]).await? == 1)
}

/// Writes a new attempt with the bytes that will be sent. False: another open attempt was quicker.
pub async fn insert<C: ConnectionTrait>(db: &C, new: &Model) -> Result<bool, DbErr> {
    let written = execute(
        db,
        "INSERT INTO payment_attempt (id, order_id, payer_id, number, out_trade_no, openid_sealed, amount_fen, \
         body_sealed, state, pay_before, checks, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'CREATED', $9, 0, $10) ON CONFLICT DO NOTHING",
        [
            new.id.into(),
            new.order_id.into(),
            new.payer_id.into(),
            new.number.into(),
            new.out_trade_no.clone().into(),
            new.openid_sealed.clone().into(),
            new.amount_fen.into(),
            new.body_sealed.clone().into(),
            new.pay_before.into(),
            new.created_at.into(),
        ],
    )
    .await?;
    Ok(written == 1)
}

/// The platform gave a prepay id, or a fresh one, for a call signed with this key.
pub async fn prepaid<C: ConnectionTrait>(
    db: &C,
    id: Uuid,
    (prepay_id, merchant_serial): (&str, &str),
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let changed = execute(
        db,
        "UPDATE payment_attempt SET state = 'PREPAID', prepay_id = $2, prepaid_at = $3, merchant_serial = $4 \
         WHERE id = $1 AND state IN ('CREATED', 'PREPAID')",
        [id.into(), prepay_id.into(), at.into(), merchant_serial.into()],
    )
    .await?;
    Ok(changed == 1)
}

/// Every payment has its own number at the platform.
const NUMBER_IS_FREE: &str =
    "NOT EXISTS (SELECT 1 FROM payment_attempt o WHERE o.transaction_id = $2 AND o.id <> $1)";

/// The payment that has a number of the platform's.
pub async fn by_transaction<C: ConnectionTrait>(db: &C, transaction: &str) -> Result<Option<Model>, DbErr> {
    payment_attempt::Entity::find().filter(Column::TransactionId.eq(transaction)).one(db).await
}

/// Takes a number from a payment whose it is not. False: it has another one already.
pub async fn release<C: ConnectionTrait>(db: &C, id: Uuid, transaction: &str) -> Result<bool, DbErr> {
    let sql = "UPDATE payment_attempt SET transaction_id = NULL WHERE id = $1 AND transaction_id = $2";
    Ok(execute(db, sql, [id.into(), transaction.into()]).await? == 1)
}

/// Paid while it was open. False: it was not open any more, or another payment has the number.
pub async fn paid<C: ConnectionTrait>(
    db: &C,
    id: Uuid,
    transaction: &str,
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = format!(
        "UPDATE payment_attempt SET state = 'PAID', transaction_id = $2, ended_at = $3 \
         WHERE id = $1 AND state IN ('CREATED', 'PREPAID') AND {NUMBER_IS_FREE}"
    );
    Ok(execute(db, &sql, [id.into(), transaction.into(), at.into()]).await? == 1)
}

/// Paid, but too late for its order: on an attempt that was closed, or one just marked paid whose order is gone. False: it is
/// neither, or another payment has the number.
pub async fn late_paid<C: ConnectionTrait>(
    db: &C,
    id: Uuid,
    transaction: &str,
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = format!(
        "UPDATE payment_attempt SET state = 'LATE_PAID', transaction_id = $2, ended_at = $3 \
         WHERE id = $1 AND state IN ('CLOSED', 'PAID') AND {NUMBER_IS_FREE}"
    );
    Ok(execute(db, &sql, [id.into(), transaction.into(), at.into()]).await? == 1)
}

/// Takes another number of the platform's for what was paid, or one for what has lost its own. False: it has it already, is not
/// paid there, or another payment has it.
pub async fn renumber<C: ConnectionTrait>(db: &C, id: Uuid, transaction: &str) -> Result<bool, DbErr> {
    let sql = format!(
        "UPDATE payment_attempt SET transaction_id = $2 WHERE id = $1 AND state IN ('PAID', 'LATE_PAID') \
         AND till_region IS NULL AND (transaction_id IS NULL OR transaction_id <> $2) AND {NUMBER_IS_FREE}"
    );
    Ok(execute(db, &sql, [id.into(), transaction.into()]).await? == 1)
}

/// Closed at the platform: it can never be paid.
pub async fn closed<C: ConnectionTrait>(db: &C, id: Uuid, at: DateTime<Utc>) -> Result<bool, DbErr> {
    let changed = execute(
        db,
        "UPDATE payment_attempt SET state = 'CLOSED', ended_at = $2 WHERE id = $1 AND state IN ('CREATED', 'PREPAID')",
        [id.into(), at.into()],
    )
    .await?;
    Ok(changed == 1)
}

/// Counts that the platform was asked once more.
pub async fn checked<C: ConnectionTrait>(db: &C, id: Uuid) -> Result<(), DbErr> {
    execute(db, "UPDATE payment_attempt SET checks = checks + 1 WHERE id = $1", [id.into()]).await.map(|_| ())
}

/// Writes a notification into the inbox. False: it was there.
pub async fn receive<C: ConnectionTrait>(
    db: &C,
    (id, event_type): (&str, &str),
    out_trade_no: Option<&str>,
    verdict: &str,
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    // An index takes no text of any length.
    let known =
        if id.len() > ID_MAX { format!("sha256:{}", sha256_hex(id.as_bytes())) } else { id.to_owned() };
    let written = execute(
        db,
        "INSERT INTO wechat_inbox (id, event_type, out_trade_no, verdict, received_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT DO NOTHING",
        [known.into(), event_type.into(), out_trade_no.into(), verdict.into(), at.into()],
    )
    .await?;
    Ok(written == 1)
}
