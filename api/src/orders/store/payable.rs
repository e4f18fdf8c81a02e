//! Orders of either kind as payments see them.

use chrono::{DateTime, Utc};
use entities::enums::{MealState, ServiceState};
use entities::{meal_order, service_order};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::read;
use super::service_order as service_rows;
use super::write::{self, Cause};
use crate::app::App;
use crate::kit::clock::service_day;
use crate::kit::db::row;
use crate::kit::ids::OrderId;
use crate::kit::viewer::SignedIn;
use crate::orders::rules::MealEvent;
use crate::orders::rules::service_order::ServiceEvent;
use crate::people::store::Reached;

/// An order of either kind.
#[derive(Clone, Debug)]
pub enum Payable {
    /// A meal.
    Meal(Box<meal_order::Model>),
    /// A visit at home.
    Service(Box<service_order::Model>),
}

/// How an order stands towards its payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owing {
    /// It waits for its money until then.
    Until(DateTime<Utc>),
    /// The time to pay is over.
    TooLate,
    /// It was called off.
    Cancelled,
    /// It is paid, or nothing was to pay.
    Settled,
}

impl Payable {
    /// Which order.
    pub fn id(&self) -> Uuid {
        match self {
            Self::Meal(order) => order.id,
            Self::Service(order) => order.id,
        }
    }

    /// For whom it is.
    pub fn elder_id(&self) -> Uuid {
        match self {
            Self::Meal(order) => order.elder_id,
            Self::Service(order) => order.elder_id,
        }
    }

    /// What the family pays, in fen.
    pub fn cash_fen(&self) -> i64 {
        match self {
            Self::Meal(order) => order.cash_fen,
            Self::Service(order) => order.cash_fen,
        }
    }

    /// Name of the order's events.
    pub fn subject(&self) -> &'static str {
        match self {
            Self::Meal(_) => "meal_order",
            Self::Service(_) => "service_order",
        }
    }

    /// Shown to the payer; no names of persons.
    pub fn description(&self) -> String {
        match self {
            Self::Meal(order) => format!("{} 老年幸福食堂订餐", order.served_on),
            Self::Service(order) => format!("{} 上门服务", service_day(order.starts_at)),
        }
    }

    /// How it stands towards its payment.
    pub fn owing(&self, now: DateTime<Utc>) -> Owing {
        let (is_held, pay_before, is_cancelled, is_expired) = match self {
            Self::Meal(order) => (
                order.state == MealState::Held,
                order.pay_before,
                order.state == MealState::Cancelled,
                order.state == MealState::Expired,
            ),
            Self::Service(order) => (
                order.state == ServiceState::SlotHeld,
                order.pay_before,
                matches!(order.state, ServiceState::Cancelled | ServiceState::Refunded),
                order.state == ServiceState::Expired,
            ),
        };
        match pay_before.filter(|end| *end > now) {
            Some(end) if is_held => Owing::Until(end),
            _ if is_held || is_expired => Owing::TooLate,
            _ if is_cancelled => Owing::Cancelled,
            _ => Owing::Settled,
        }
    }

    /// Whether it waits for its money, however late it is.
    pub fn waits(&self) -> bool {
        match self {
            Self::Meal(order) => order.state == MealState::Held,
            Self::Service(order) => order.state == ServiceState::SlotHeld,
        }
    }

    /// The money has come: the order goes on. False: it was in another state by now.
    pub async fn paid<C: ConnectionTrait>(&self, app: &App, tx: &C, cause: Cause) -> Result<bool, DbErr> {
        match self {
            Self::Meal(order) => Ok(write::advance(app, tx, order, MealEvent::PayOk, cause).await?.is_some()),
            Self::Service(order) => {
                Ok(service_rows::advance(app, tx, order, ServiceEvent::PayOk, cause).await?.is_some())
            }
        }
    }
}

/// The order as it stands now, locked against others on PostgreSQL.
pub async fn current<C: ConnectionTrait>(tx: &C, id: Uuid) -> Result<Option<Payable>, DbErr> {
    if let Some(order) = write::current(tx, id).await? {
        return Ok(Some(Payable::Meal(Box::new(order))));
    }
    Ok(service_rows::current(tx, id).await?.map(|order| Payable::Service(Box::new(order))))
}

/// The order as it stands now, for the worker.
pub async fn read<C: ConnectionTrait>(db: &C, id: Uuid) -> Result<Option<Payable>, DbErr> {
    if let Some(order) = read::bare(db, id.into()).await? {
        return Ok(Some(Payable::Meal(Box::new(order))));
    }
    Ok(service_rows::bare(db, id).await?.map(|order| Payable::Service(Box::new(order))))
}

/// An order with its elder as the person reaches him; `None` for any other id.
pub async fn reached<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    id: OrderId,
) -> Result<Option<(Payable, Reached)>, DbErr> {
    if let Some(seen) = read::order_of(db, who, id).await? {
        return Ok(Some((Payable::Meal(Box::new(seen.order)), seen.reached)));
    }
    let seen = service_rows::order_of(db, who, id).await?;
    Ok(seen.map(|seen| (Payable::Service(Box::new(seen.order)), seen.reached)))
}

/// The order of either kind that a person's request key made; of a bundle its first visit.
pub async fn by_key<C: ConnectionTrait>(db: &C, who: &SignedIn, key: &str) -> Result<Option<OrderId>, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        id: Uuid,
    }
    let sql = "SELECT id FROM meal_order WHERE placed_by = $1 AND request_key = $2 \
        UNION ALL SELECT id FROM service_order WHERE placed_by = $1 AND request_key = $2 LIMIT 1";
    let found: Option<Found> = row(db, sql, [who.person.0.into(), key.into()]).await?;
    Ok(found.map(|found| OrderId(found.id)))
}
