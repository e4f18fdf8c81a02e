//! Reading orders. Every query of a person starts from who asks.

use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, Utc};
use entities::enums::{MealPeriod, MealState};
use entities::{elder, event, meal_order, meal_order_item, voucher_grant};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, Iterable, QueryFilter, QueryOrder,
    QueryResult, Statement, Value,
};
use uuid::Uuid;

use crate::kit::db::{row, rows};
use crate::kit::fen::Fen;
use crate::kit::ids::{CanteenId, ElderId, OrderId, PersonId, SlotId};
use crate::kit::page::Page;
use crate::kit::viewer::SignedIn;
use crate::money::rules::voucher::quote::Limit;
use crate::people::rules::Scopes;
use crate::people::store::words::hidden;
use crate::people::store::{Reached, desk_pattern};
use crate::slots::store::Slot;

/// An order with its elder as the asking person reaches him, and the stamp of the canteen.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The order.
    pub order: meal_order::Model,
    /// The elder; staff of the canteen have no scopes.
    pub reached: Reached,
    /// Stamp of the canteen, which versions its cached card.
    pub stamp: i64,
    /// Provider that runs the canteen.
    pub provider_id: Uuid,
    /// Last moment for cancelling free of charge.
    pub cut_off_at: DateTime<Utc>,
    /// Serving begins.
    pub starts_at: DateTime<Utc>,
    /// Serving ends.
    pub ends_at: DateTime<Utc>,
}

pub(super) fn aliases<E: EntityTrait>(table: &str, prefix: &str) -> String {
    let named = |column: E::Column| {
        let name = sea_orm::IdenStatic::as_str(&column).to_owned();
        format!("{table}.{name} AS {prefix}{name}")
    };
    E::Column::iter().map(named).collect::<Vec<_>>().join(", ")
}

/// `$1` is the person, `$2` the desk's branch, `$3` a comma-joined list of providers he works for.
static SEEN: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {}, {}, b.scopes AS scopes, c.stamp AS stamp, c.provider_id AS provider_id, \
         s.cut_off_at AS cut_off_at, s.starts_at AS starts_at, s.ends_at AS ends_at FROM meal_order o \
         JOIN elder e ON e.id = o.elder_id JOIN canteen c ON c.id = o.canteen_id JOIN meal_slot s ON s.id = o.slot_id \
         LEFT JOIN family_bond b ON b.elder_id = e.id AND b.person_id = $1 AND b.state = 'ACTIVE'",
        aliases::<meal_order::Entity>("o", "o_"),
        aliases::<elder::Entity>("e", "e_"),
    )
});

/// Whoever may act on an order reaches it: family with VIEW_ORDERS, BOOK or PAY (bits 1, 2, 4), the elder, the desk
/// of his region. What is shown of it still follows the scopes.
pub(super) const MAY_REACH: &str =
    "(e.closed_at IS NULL AND (e.person_id = $1 OR (b.scopes & 7) <> 0 OR e.region_code LIKE $2))";

/// Family with VIEW_ORDERS (bit 1), the elder, the desk of his region.
pub(super) const MAY_SEE: &str =
    "(e.closed_at IS NULL AND (e.person_id = $1 OR (b.scopes & 1) = 1 OR e.region_code LIKE $2))";

#[derive(FromQueryResult)]
struct Beside {
    scopes: Option<i16>,
    stamp: i64,
    provider_id: Uuid,
    cut_off_at: DateTime<Utc>,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
}

async fn seen_rows<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    tail: &str,
    more: Vec<Value>,
) -> Result<Vec<Seen>, DbErr> {
    seen_by(db, who, &format!("{} WHERE {tail}", *SEEN), more).await
}

async fn seen_by<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    sql: &str,
    more: Vec<Value>,
) -> Result<Vec<Seen>, DbErr> {
    let values = [vec![who.person.0.into(), desk_pattern(who).into()], more].concat();
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let found = db.query_all_raw(statement).await?;
    found
        .iter()
        .map(|found| {
            let beside = Beside::from_query_result(found, "")?;
            let elder = elder::Model::from_query_result(found, "e_")?;
            Ok(Seen {
                order: meal_order::Model::from_query_result(found, "o_")?,
                reached: Reached::new(elder, Scopes::from_bits(beside.scopes.unwrap_or(0)), who),
                stamp: beside.stamp,
                provider_id: beside.provider_id,
                cut_off_at: beside.cut_off_at,
                starts_at: beside.starts_at,
                ends_at: beside.ends_at,
            })
        })
        .collect()
}

/// One order that the person may see or act on as family, elder or desk; `None` for any other id.
pub async fn order_of<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    id: OrderId,
) -> Result<Option<Seen>, DbErr> {
    static ONE: LazyLock<String> = LazyLock::new(|| format!("{} WHERE o.id = $3 AND {MAY_REACH}", *SEEN));
    Ok(seen_by(db, who, &ONE, vec![id.0.into()]).await?.pop())
}

/// One order of a canteen for whose provider the person works; `None` for any other id.
pub async fn order_for_staff<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    id: OrderId,
) -> Result<Option<Seen>, DbErr> {
    // `$2` is named so that both databases see every parameter used.
    let found = seen_rows(db, who, "o.id = $3 AND $2 = $2", vec![id.0.into()]).await?.pop();
    Ok(found.filter(|seen| who.is_staff_of(seen.provider_id.into())))
}

/// Orders of an elder that the person may see, the newest first.
pub async fn orders_of_elder<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    elder: ElderId,
    page: Page,
) -> Result<Vec<Seen>, DbErr> {
    let limit = i64::try_from(page.limit()).unwrap_or(i64::MAX);
    let tail = format!("o.elder_id = $3 AND {MAY_SEE} AND o.id < $4 ORDER BY o.id DESC LIMIT $5");
    let after = page.after.unwrap_or(Uuid::max());
    seen_rows(db, who, &tail, vec![elder.0.into(), after.into(), limit.into()]).await
}

/// Orders that the person may see for all his elders, the newest first.
pub async fn orders_of_viewer<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    page: Page,
) -> Result<Vec<Seen>, DbErr> {
    let limit = i64::try_from(page.limit()).unwrap_or(i64::MAX);
    let tail =
        "(e.person_id = $1 OR (b.scopes & 1) = 1) AND $2 = $2 AND o.id < $3 ORDER BY o.id DESC LIMIT $4";
    seen_rows(db, who, tail, vec![page.after.unwrap_or(Uuid::max()).into(), limit.into()]).await
}

/// Orders of a kitchen sheet: everything of the day and period that is to be cooked or was.
pub async fn sheet<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    canteen: CanteenId,
    (day, period): (NaiveDate, MealPeriod),
) -> Result<Vec<Seen>, DbErr> {
    let tail = "o.canteen_id = $3 AND o.served_on = $4 AND o.period = $5 AND $2 = $2 \
        AND o.state IN ('LOCKED', 'READY', 'OUT_FOR_DELIVERY', 'SERVED', 'UNDELIVERED', 'NO_SHOW') ORDER BY o.id";
    seen_rows(db, who, tail, vec![canteen.0.into(), day.into(), period.as_str().into()]).await
}

/// Orders of a day that are fetched at a counter, served ones too, found by one column of the order or the elder.
pub async fn shown_at_counter<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    (canteen, day): (CanteenId, NaiveDate),
    (column, value): (&'static str, &str),
) -> Result<Vec<Seen>, DbErr> {
    let tail = format!(
        "o.canteen_id = $3 AND o.served_on = $4 AND $2 = $2 AND {column} = $5 AND o.state IN ('CONFIRMED', 'LOCKED', 'READY', 'SERVED') \
         AND o.way <> 'DELIVERY' ORDER BY o.id LIMIT 10"
    );
    seen_rows(db, who, &tail, vec![canteen.0.into(), day.into(), value.into()]).await
}

/// The bare order, for the house itself: worker and payments.
pub async fn bare<C: ConnectionTrait>(db: &C, id: OrderId) -> Result<Option<meal_order::Model>, DbErr> {
    meal_order::Entity::find_by_id(id.0).one(db).await
}

/// Orders of a slot in one of the states, for the house itself.
pub async fn of_slot<C: ConnectionTrait>(
    db: &C,
    slot: SlotId,
    states: Vec<MealState>,
) -> Result<Vec<meal_order::Model>, DbErr> {
    use meal_order::Column;
    meal_order::Entity::find()
        .filter(Column::SlotId.eq(slot.0))
        .filter(Column::State.is_in(states))
        .order_by_asc(Column::Id)
        .all(db)
        .await
}

/// Lines of an order.
pub async fn items<C: ConnectionTrait>(db: &C, id: OrderId) -> Result<Vec<meal_order_item::Model>, DbErr> {
    rows(db, "SELECT * FROM meal_order_item WHERE order_id = $1 ORDER BY position", [id.0.into()]).await
}

/// Lines of several orders.
pub async fn items_of<C: ConnectionTrait>(
    db: &C,
    orders: Vec<Uuid>,
) -> Result<Vec<meal_order_item::Model>, DbErr> {
    use meal_order_item::Column;
    meal_order_item::Entity::find()
        .filter(Column::OrderId.is_in(orders))
        .order_by_asc(Column::OrderId)
        .order_by_asc(Column::Position)
        .all(db)
        .await
}

/// Timeline of an order, the first first; at most 100.
pub async fn timeline<C: ConnectionTrait>(db: &C, id: OrderId) -> Result<Vec<event::Model>, DbErr> {
    use sea_orm::QuerySelect as _;
    event::Entity::find()
        .filter(event::Column::SubjectId.eq(id.0))
        .order_by_asc(event::Column::Id)
        .limit(100)
        .all(db)
        .await
}

/// The event of a carer's no.
const DECLINED: &str = "decline_or_timeout";

/// The timeline as somebody reads it: reasons that the platform has hidden are left out for everybody but their author.
pub async fn timeline_for<C: ConnectionTrait>(
    db: &C,
    id: OrderId,
    reader: PersonId,
) -> Result<Vec<event::Model>, DbErr> {
    let mut rows = timeline(db, id).await?;
    // A carer's no is told without his name.
    let is_said = |row: &event::Model| row.actor_id.is_some() || row.name == DECLINED;
    if rows.iter().any(|row| row.reason.is_some() && is_said(row)) {
        let hidden = hidden(db, id.0, Some(reader.0)).await?;
        rows.iter_mut().filter(|row| hidden.contains(&row.name)).for_each(|row| row.reason = None);
    }
    Ok(rows)
}

/// What one statement brings for a quote: elder in reach, slot, stamp, and whether a subsidised meal exists.
#[derive(Clone, Debug)]
pub struct Basis {
    /// The elder as the person reaches him.
    pub reached: Reached,
    /// The slot; `None` when the id is nobody's.
    pub slot: Option<Slot>,
    /// Whether the elder has a subsidised meal in the slot's period.
    pub has_subsidised_meal: bool,
    /// The elder's vouchers of this month and later ones.
    pub vouchers: Vec<voucher_grant::Model>,
    /// What is left of the canteen's contracts under which they pay.
    pub limits: Vec<Limit>,
}

/// Columns of a contract beside its voucher, and how they meet: never more than one for a voucher.
pub(super) const LIMIT: (&str, &str) = (
    "k.id AS k_id, k.cap_fen - k.used_fen AS k_left",
    "LEFT JOIN procurement_contract k ON k.cancelled_at IS NULL AND k.programme = v.programme AND v.month_on BETWEEN k.begins_on AND k.ends_on \
     AND e.region_code LIKE k.region_code || '%' AND k.provider_id",
);

static BASIS: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {}, {}, {}, b.scopes AS scopes, s.id AS s_id, s.canteen_id AS s_canteen_id, s.served_on AS s_served_on, \
         s.period AS s_period, s.ways AS s_ways, s.capacity AS s_capacity, s.taken AS s_taken, s.is_open AS s_is_open, \
         s.cut_off_at AS s_cut_off_at, s.starts_at AS s_starts_at, s.ends_at AS s_ends_at, c.stamp AS s_stamp, \
         EXISTS (SELECT 1 FROM meal_order o WHERE o.elder_id = e.id AND o.served_on = s.served_on \
           AND o.period = s.period AND o.has_live_subsidy) AS has_subsidised_meal \
         FROM elder e LEFT JOIN family_bond b ON b.elder_id = e.id AND b.person_id = $1 AND b.state = 'ACTIVE' \
         LEFT JOIN meal_slot s ON s.id = $4 LEFT JOIN canteen c ON c.id = s.canteen_id \
         LEFT JOIN voucher_grant v ON v.elder_id = e.id AND v.month_on >= $5 {} = c.provider_id WHERE e.id = $3 \
         AND e.closed_at IS NULL AND e.died_on IS NULL",
        aliases::<elder::Entity>("e", "e_"),
        aliases::<voucher_grant::Entity>("v", "v_"),
        LIMIT.0,
        LIMIT.1,
    )
});

/// Reads everything a quote needs in one statement, vouchers from the month of `month_on` on. `is_staff`: the canteen sells
/// to any elder at its counter.
pub async fn basis<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    (elder, slot): (ElderId, SlotId),
    (month_on, is_staff): (NaiveDate, bool),
) -> Result<Option<Basis>, DbErr> {
    #[derive(FromQueryResult)]
    struct Beside {
        scopes: Option<i16>,
        has_subsidised_meal: bool,
    }
    let reach =
        if is_staff { "$2 = $2" } else { "(e.person_id = $1 OR b.id IS NOT NULL OR e.region_code LIKE $2)" };
    let sql = format!("{} AND {reach}", *BASIS);
    let values =
        [who.person.0.into(), desk_pattern(who).into(), elder.0.into(), slot.0.into(), month_on.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let all = db.query_all_raw(statement).await?;
    let Some(found) = all.first() else { return Ok(None) };
    let beside = Beside::from_query_result(found, "")?;
    let elder = elder::Model::from_query_result(found, "e_")?;
    Ok(Some(Basis {
        reached: Reached::new(elder, Scopes::from_bits(beside.scopes.unwrap_or(0)), who),
        slot: Slot::from_query_result_optional(found, "s_")?,
        has_subsidised_meal: beside.has_subsidised_meal,
        vouchers: vouchers(&all)?,
        limits: limits(&all)?,
    }))
}

/// The vouchers that the rows of a quote bring, one on each; none when the elder has none.
pub(super) fn vouchers(rows: &[QueryResult]) -> Result<Vec<voucher_grant::Model>, DbErr> {
    let read = |row| voucher_grant::Model::from_query_result_optional(row, "v_").transpose();
    rows.iter().filter_map(read).collect()
}

/// What is left of the contracts that the rows of a quote bring beside their vouchers.
pub(super) fn limits(rows: &[QueryResult]) -> Result<Vec<Limit>, DbErr> {
    let read = |row: &QueryResult| {
        let Some(contract) = row.try_get::<Option<Uuid>>("k_", "id")? else { return Ok(None) };
        let (grant, left) = (row.try_get("v_", "id")?, Fen::new(row.try_get("k_", "left")?));
        Ok(Some(Limit { grant, contract, left }))
    };
    rows.iter().filter_map(|row| read(row).transpose()).collect()
}

/// The order that a request key made, with the fingerprint of its input.
pub async fn by_key<C: ConnectionTrait>(
    db: &C,
    person: Uuid,
    key: &str,
) -> Result<Option<(OrderId, String)>, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        id: Uuid,
        request_fingerprint: String,
    }
    let found: Option<Found> = row(
        db,
        "SELECT id, request_fingerprint FROM meal_order WHERE placed_by = $1 AND request_key = $2",
        [person.into(), key.into()],
    )
    .await?;
    Ok(found.map(|found| (OrderId(found.id), found.request_fingerprint)))
}
