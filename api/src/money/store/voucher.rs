//! Rows of vouchers. Every movement is one guarded statement, never a sum that was read before and is written back; its
//! posting in the ledger stands in the same transaction.

pub mod books;
pub mod month;
pub mod office;

use chrono::{DateTime, Utc};
use entities::enums::VoucherState;
use entities::{voucher_grant, voucher_use};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, FromQueryResult, IntoActiveModel as _};
use uuid::Uuid;

use crate::kit::db::row;
use crate::kit::fen::Fen;
use crate::money::rules::voucher::posting::Purser;
use crate::money::store::{contract, ledger};

#[derive(FromQueryResult)]
struct Borne {
    programme: String,
    region_code: String,
}

impl Borne {
    fn purser(self) -> Purser {
        Purser { programme: self.programme, region_code: self.region_code }
    }
}

/// What an order takes, of which voucher, under which contract.
#[derive(Clone, Copy, Debug)]
pub struct Taking {
    /// Which voucher.
    pub grant: Uuid,
    /// The contract that bears it.
    pub contract: Option<Uuid>,
    /// How much.
    pub fen: Fen,
}

/// Takes a part of a voucher for an order. False: it, or the contract, does not hold this amount any more; the caller ends
/// its transaction.
pub async fn reserve<C: ConnectionTrait>(
    tx: &C,
    order: Uuid,
    Taking { grant, contract, fen }: Taking,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE voucher_grant SET available_fen = available_fen - $2, reserved_fen = reserved_fen + $2, \
        version = version + 1 WHERE id = $1 AND state = 'ISSUED' AND available_fen >= $2 AND closes_at > $3 \
        RETURNING programme, region_code";
    let borne: Option<Borne> = row(tx, sql, [grant.into(), fen.get().into(), now.into()]).await?;
    let Some(borne) = borne else { return Ok(false) };
    let new = voucher_use::Model {
        order_id: order,
        grant_id: grant,
        taken_fen: fen.get(),
        reserved_fen: fen.get(),
        redeemed_fen: 0,
        released_fen: 0,
        returned_fen: 0,
        reserved_at: now,
        settled_at: None,
        contract_id: contract,
    };
    voucher_use::Entity::insert(new.into_active_model()).exec_without_returning(tx).await?;
    ledger::post(tx, &[borne.purser().reserved(order, fen)], now).await?;
    match contract {
        Some(contract) => contract::take(tx, contract, fen).await,
        None => Ok(true),
    }
}

/// What an order has of a voucher.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Use {
    /// Which voucher.
    pub grant_id: Uuid,
    /// Not decided yet.
    pub reserved_fen: i64,
    /// Carried out.
    pub redeemed_fen: i64,
    /// Where the voucher stands.
    pub state: VoucherState,
    programme: String,
    region_code: String,
}

impl Use {
    /// Who bears it.
    pub fn purser(&self) -> Purser {
        Purser { programme: self.programme.clone(), region_code: self.region_code.clone() }
    }
}

/// What an order has of a voucher; `None` when it took none. The caller has locked the order.
pub async fn use_of<C: ConnectionTrait>(tx: &C, order: Uuid) -> Result<Option<Use>, DbErr> {
    let sql = "SELECT u.grant_id, u.reserved_fen, u.redeemed_fen, g.state, g.programme, g.region_code FROM voucher_use u \
        JOIN voucher_grant g ON g.id = u.grant_id WHERE u.order_id = $1";
    row(tx, sql, [order.into()]).await
}

/// How a voucher stands after a movement.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct Moved {
    /// Whether what was given free may be used again.
    pub is_open: bool,
    /// Its state now.
    pub state: VoucherState,
}

/// Ends what an order has reserved: so much was carried out, the rest was not. What was not is the elder's again, or the
/// public account's when the month is over or the voucher revoked (MR-6).
pub async fn settle<C: ConnectionTrait>(
    tx: &C,
    (order, own): (Uuid, &Use),
    (redeemed, released): (Fen, Fen),
    now: DateTime<Utc>,
) -> Result<Moved, DbErr> {
    let sql = "UPDATE voucher_grant SET reserved_fen = reserved_fen - $2 - $3, redeemed_fen = redeemed_fen + $2, \
        available_fen = available_fen + CASE WHEN state IN ('ISSUED', 'FROZEN') AND closes_at > $4 THEN $3 ELSE 0 END, \
        returned_fen = returned_fen + CASE WHEN state IN ('ISSUED', 'FROZEN') AND closes_at > $4 THEN 0 ELSE $3 END, \
        state = CASE WHEN lapsed_at IS NOT NULL AND reserved_fen = $2 + $3 AND state IN ('ISSUED', 'FROZEN') \
          THEN 'LAPSED' ELSE state END, version = version + 1 \
        WHERE id = $1 AND reserved_fen >= $2 + $3 \
        RETURNING state, (state IN ('ISSUED', 'FROZEN') AND closes_at > $4) AS is_open";
    let values = [own.grant_id.into(), redeemed.get().into(), released.get().into(), now.into()];
    let moved: Option<Moved> = row(tx, sql, values).await?;
    let moved = moved.ok_or_else(|| lost(order))?;
    let sql = "UPDATE voucher_use SET reserved_fen = 0, redeemed_fen = $2, \
        released_fen = CASE WHEN $4 THEN $3 ELSE 0 END, returned_fen = CASE WHEN $4 THEN 0 ELSE $3 END, settled_at = $5 \
        WHERE order_id = $1 AND reserved_fen = $2 + $3 RETURNING contract_id";
    let values =
        [order.into(), redeemed.get().into(), released.get().into(), moved.is_open.into(), now.into()];
    let under: Option<Under> = row(tx, sql, values).await?;
    under.ok_or_else(|| lost(order))?.free(tx, released).await?;
    let posting = own.purser().settled(order, (redeemed, released), moved.is_open);
    ledger::post(tx, &[posting], now).await?;
    Ok(moved)
}

/// Of what an order had redeemed, so much goes back: to the elder in the same month, else to the public account (MR-6).
pub async fn give_back<C: ConnectionTrait>(
    tx: &C,
    (order, own): (Uuid, &Use),
    fen: Fen,
    now: DateTime<Utc>,
) -> Result<Moved, DbErr> {
    let sql = "UPDATE voucher_grant SET redeemed_fen = redeemed_fen - $2, \
        available_fen = available_fen + CASE WHEN state IN ('ISSUED', 'FROZEN') AND closes_at > $3 THEN $2 ELSE 0 END, \
        returned_fen = returned_fen + CASE WHEN state IN ('ISSUED', 'FROZEN') AND closes_at > $3 THEN 0 ELSE $2 END, \
        version = version + 1 WHERE id = $1 AND redeemed_fen >= $2 \
        RETURNING state, (state IN ('ISSUED', 'FROZEN') AND closes_at > $3) AS is_open";
    let moved: Option<Moved> = row(tx, sql, [own.grant_id.into(), fen.get().into(), now.into()]).await?;
    let moved = moved.ok_or_else(|| lost(order))?;
    let sql = "UPDATE voucher_use SET redeemed_fen = redeemed_fen - $2, \
        released_fen = released_fen + CASE WHEN $3 THEN $2 ELSE 0 END, \
        returned_fen = returned_fen + CASE WHEN $3 THEN 0 ELSE $2 END WHERE order_id = $1 AND redeemed_fen >= $2 \
        RETURNING contract_id";
    let values = [order.into(), fen.get().into(), moved.is_open.into()];
    let under: Option<Under> = row(tx, sql, values).await?;
    under.ok_or_else(|| lost(order))?.free(tx, fen).await?;
    ledger::post(tx, &[own.purser().given_back(order, fen, moved.is_open)], now).await?;
    Ok(moved)
}

/// The contract that bears what an order took.
#[derive(FromQueryResult)]
struct Under {
    contract_id: Option<Uuid>,
}

impl Under {
    async fn free<C: ConnectionTrait>(self, tx: &C, fen: Fen) -> Result<(), DbErr> {
        match self.contract_id {
            Some(contract) if fen.is_positive() => contract::free(tx, contract, fen).await,
            _ => Ok(()),
        }
    }
}

fn lost(order: Uuid) -> DbErr {
    DbErr::Custom(format!("the voucher of order {order} does not hold what the order took"))
}

/// A voucher by its id.
pub async fn by_id<C: ConnectionTrait>(db: &C, id: Uuid) -> Result<Option<voucher_grant::Model>, DbErr> {
    voucher_grant::Entity::find_by_id(id).one(db).await
}
