//! Rows of service orders. Every query of a person starts from who asks; every change of state is one conditional
//! statement.

use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, Utc};
use entities::enums::{CertificateKind, OfferingUnit, ServiceState, Sex};
use entities::{assignment, elder, service_order, voucher_grant};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait as _, ConnectionTrait, DbBackend, DbErr, EntityTrait, FromQueryResult,
    IntoActiveModel as _, Statement, Value,
};
use uuid::Uuid;

use super::read::{LIMIT, MAY_REACH, aliases, limits, vouchers};
use super::write::Cause;
use crate::app::App;
use crate::directory::store::provider::officer_pattern;
use crate::kit::db::{execute, row, rows};
use crate::kit::event::{Event, record};
use crate::kit::ids::{ElderId, OfferingId, OrderId};
use crate::kit::viewer::SignedIn;
use crate::money::rules::voucher::quote::Limit;
use crate::orders::rules::service_order::{ServiceEvent, after, is_over};
use crate::people::rules::Scopes;
use crate::people::store::{Reached, desk_pattern};
use crate::slots::rules::carers::{Candidate, Ranked};

/// An order with its elder as the asking person reaches him.
#[derive(Clone, Debug)]
pub struct ServiceSeen {
    /// The order.
    pub order: service_order::Model,
    /// The elder; staff of the provider have no scopes.
    pub reached: Reached,
}

/// `$1` is the person, `$2` the desk's branch.
static SEEN: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {}, {}, b.scopes AS scopes FROM service_order o JOIN elder e ON e.id = o.elder_id \
         LEFT JOIN family_bond b ON b.elder_id = e.id AND b.person_id = $1 AND b.state = 'ACTIVE'",
        aliases::<service_order::Entity>("o", "o_"),
        aliases::<elder::Entity>("e", "e_"),
    )
});

/// The person is a carer who was asked for the order, and has not said no. Who paused finishes what he is at.
pub(super) const IS_ASKED: &str = "EXISTS (SELECT 1 FROM assignment a JOIN carer c ON c.id = a.carer_id WHERE a.order_id = o.id \
    AND c.person_id = $1 AND (c.is_active OR o.state IN ('EN_ROUTE', 'CHECKED_IN')) AND a.state IN ('OFFERED', 'ACCEPTED'))";

#[derive(FromQueryResult)]
struct Bits {
    scopes: Option<i16>,
}

/// Orders with their elders as the person reaches them; `$1` is the person, `$2` the desk's branch.
pub(super) async fn seen_rows<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    tail: &str,
    more: Vec<Value>,
) -> Result<Vec<ServiceSeen>, DbErr> {
    let sql = format!("{} WHERE {tail}", *SEEN);
    let values = [vec![who.person.0.into(), desk_pattern(who).into()], more].concat();
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let found = db.query_all_raw(statement).await?;
    found
        .iter()
        .map(|found| {
            let bits = Bits::from_query_result(found, "")?;
            let elder = elder::Model::from_query_result(found, "e_")?;
            Ok(ServiceSeen {
                order: service_order::Model::from_query_result(found, "o_")?,
                reached: Reached::new(elder, Scopes::from_bits(bits.scopes.unwrap_or(0)), who),
            })
        })
        .collect()
}

/// One order that the person may see or act on as family, elder or desk; `None` for any other id.
pub async fn order_of<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    id: OrderId,
) -> Result<Option<ServiceSeen>, DbErr> {
    Ok(seen_rows(db, who, &format!("o.id = $3 AND {MAY_REACH}"), vec![id.0.into()]).await?.pop())
}

/// One order for its provider's manager, for a carer who was asked for it, or for an officer of its branch; `None` for any
/// other id.
pub async fn order_for_staff<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    id: OrderId,
) -> Result<Option<ServiceSeen>, DbErr> {
    let tail =
        format!("o.id = $3 AND $2 = $2 AND (o.provider_id = $4 OR o.region_code LIKE $5 OR {IS_ASKED})");
    let managed = managed_provider(who).unwrap_or(Uuid::nil());
    let values = vec![id.0.into(), managed.into(), officer_pattern(who).into()];
    Ok(seen_rows(db, who, &tail, values).await?.pop())
}

/// One order for everybody who may see it: family, elder, desk, manager, carer; `None` for any other id.
pub async fn order_for<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    id: OrderId,
) -> Result<Option<ServiceSeen>, DbErr> {
    match order_of(db, who, id).await? {
        Some(seen) => Ok(Some(seen)),
        None => order_for_staff(db, who, id).await,
    }
}

/// One order for a carer who was asked for it once, to answer his own act; `None` for any other id.
pub async fn order_once_asked<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    id: OrderId,
) -> Result<Option<ServiceSeen>, DbErr> {
    let tail = "o.id = $3 AND $2 = $2 AND EXISTS (SELECT 1 FROM assignment a JOIN carer c ON c.id = a.carer_id \
        WHERE a.order_id = o.id AND c.person_id = $1 AND a.state <> 'RESERVED')";
    Ok(seen_rows(db, who, tail, vec![id.0.into()]).await?.pop())
}

/// The provider that the person manages.
pub fn managed_provider(who: &SignedIn) -> Option<Uuid> {
    use entities::enums::Role;
    who.roles.iter().find(|grant| grant.role == Role::ProviderManager).and_then(|grant| grant.provider)
}

/// What one statement brings for a quote: the elder in reach, the offering, its published price.
#[derive(Clone, Debug)]
pub struct ServiceBasis {
    /// The elder as the person reaches him.
    pub reached: Reached,
    /// The offering; `None` when the id is nobody's or it is not offered now.
    pub offer: Option<Offer>,
    /// The elder's vouchers of the month asked for and of later ones.
    pub vouchers: Vec<voucher_grant::Model>,
    /// What is left of the provider's contracts under which they pay.
    pub limits: Vec<Limit>,
}

/// An offering as it is sold now.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Offer {
    /// Which offering.
    pub id: Uuid,
    /// Whose.
    pub provider_id: Uuid,
    /// Code of the service.
    pub service_code: String,
    /// What the price is for.
    pub unit: OfferingUnit,
    /// Length of one unit.
    pub duration_min: i32,
    /// Carers that come.
    pub carers_needed: i16,
    /// Certificate that some of them need.
    pub certificate_kind: Option<CertificateKind>,
    /// How many of them.
    pub certified_needed: i16,
    /// Published price in fen; `None` before the first one.
    pub price_fen: Option<i64>,
    /// Whether it is sold where the elder lives.
    pub is_in_area: bool,
}

static BASIS: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {}, {}, {}, b.scopes AS scopes, f.id AS f_id, f.provider_id AS f_provider_id, f.service_code AS f_service_code, \
         f.unit AS f_unit, f.duration_min AS f_duration_min, f.carers_needed AS f_carers_needed, \
         f.certificate_kind AS f_certificate_kind, f.certified_needed AS f_certified_needed, \
         (SELECT r.price_fen FROM offering_price r WHERE r.offering_id = f.id AND r.published_at <= $5 \
           ORDER BY r.published_at DESC LIMIT 1) AS f_price_fen, \
         EXISTS (SELECT 1 FROM offering_area g WHERE g.offering_id = f.id AND e.region_code LIKE g.region_code || '%') \
           AS f_is_in_area \
         FROM elder e LEFT JOIN family_bond b ON b.elder_id = e.id AND b.person_id = $1 AND b.state = 'ACTIVE' \
         LEFT JOIN offering f ON f.id = $4 AND f.is_active AND EXISTS \
           (SELECT 1 FROM provider p WHERE p.id = f.provider_id AND p.state = 'ACTIVE') \
         LEFT JOIN voucher_grant v ON v.elder_id = e.id AND v.month_on >= $6 {} = f.provider_id \
         WHERE e.id = $3 AND e.closed_at IS NULL AND e.died_on IS NULL AND (e.person_id = $1 OR b.id IS NOT NULL OR e.region_code LIKE $2)",
        aliases::<elder::Entity>("e", "e_"),
        aliases::<voucher_grant::Entity>("v", "v_"),
        LIMIT.0,
        LIMIT.1,
    )
});

/// Reads everything a quote needs in one statement, vouchers from the month of `month_on` on.
pub async fn basis<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    (elder, offering): (ElderId, OfferingId),
    (now, month_on): (DateTime<Utc>, NaiveDate),
) -> Result<Option<ServiceBasis>, DbErr> {
    let values = [
        who.person.0.into(),
        desk_pattern(who).into(),
        elder.0.into(),
        offering.0.into(),
        now.into(),
        month_on.into(),
    ];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), BASIS.as_str(), values);
    let all = db.query_all_raw(statement).await?;
    let Some(found) = all.first() else { return Ok(None) };
    let bits = Bits::from_query_result(found, "")?;
    let elder = elder::Model::from_query_result(found, "e_")?;
    let is_there = found.try_get::<Option<Uuid>>("f_", "id")?.is_some();
    Ok(Some(ServiceBasis {
        reached: Reached::new(elder, Scopes::from_bits(bits.scopes.unwrap_or(0)), who),
        offer: is_there.then(|| Offer::from_query_result(found, "f_")).transpose()?,
        vouchers: vouchers(&all)?,
        limits: limits(&all)?,
    }))
}

/// The order that a request key made, with the fingerprint of its input.
pub async fn by_key<C: ConnectionTrait>(
    db: &C,
    person: Uuid,
    key: &str,
) -> Result<Option<service_order::Model>, DbErr> {
    let sql = "SELECT * FROM service_order WHERE placed_by = $1 AND request_key = $2";
    row(db, sql, [person.into(), key.into()]).await
}

/// Writes an order. False: its request key was used.
pub async fn insert<C: ConnectionTrait>(tx: &C, order: &service_order::Model) -> Result<bool, DbErr> {
    let written = service_order::Entity::insert(order.clone().into_active_model().reset_all())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(tx)
        .await;
    match written {
        Ok(count) => Ok(count == 1),
        Err(DbErr::RecordNotInserted) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The bare order, for the house itself.
pub async fn bare<C: ConnectionTrait>(db: &C, id: Uuid) -> Result<Option<service_order::Model>, DbErr> {
    row(db, "SELECT * FROM service_order WHERE id = $1", [id.into()]).await
}

/// The order as it stands now, locked against others on PostgreSQL.
pub async fn current<C: ConnectionTrait>(tx: &C, id: Uuid) -> Result<Option<service_order::Model>, DbErr> {
    let lock = if tx.get_database_backend() == DbBackend::Postgres { " FOR UPDATE" } else { "" };
    row(tx, &format!("SELECT * FROM service_order WHERE id = $1{lock}"), [id.into()]).await
}

/// Moves an order by an event of its life cycle and leaves the event. `None`: it was in another state by now.
pub async fn advance<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    order: &service_order::Model,
    event: ServiceEvent,
    cause: Cause,
) -> Result<Option<ServiceState>, DbErr> {
    let Some(to) = after(order.state, event) else { return Ok(None) };
    let now = app.clock.now();
    let ended: Option<DateTime<Utc>> = is_over(to).then_some(now);
    let changed = execute(
        tx,
        "UPDATE service_order SET state = $3, version = version + 1, ended_at = $4 WHERE id = $1 AND state = $2",
        [order.id.into(), order.state.as_str().into(), to.as_str().into(), ended.into()],
    )
    .await?;
    if changed == 0 {
        return Ok(None);
    }
    if order.state == ServiceState::EnRoute {
        execute(tx, "DELETE FROM carer_way WHERE order_id = $1", [order.id.into()]).await?;
    }
    record(tx, &app.ids, now, vec![told(order, event.name(), (Some(order.state), Some(to)), cause)]).await?;
    Ok(Some(to))
}

/// An event of an order.
pub fn told(
    order: &service_order::Model,
    name: &'static str,
    (from, to): (Option<ServiceState>, Option<ServiceState>),
    cause: Cause,
) -> Event {
    Event {
        subject: "service_order",
        subject_id: order.id,
        name,
        from: from.map(ServiceState::as_str),
        to: to.map(ServiceState::as_str),
        actor: cause.actor,
        reason: cause.reason,
        request_key: cause.request_key,
        ..Event::default()
    }
}

/// Who was chosen or asked for an order, by seat and time.
pub async fn assignments<C: ConnectionTrait>(db: &C, order: Uuid) -> Result<Vec<assignment::Model>, DbErr> {
    rows(
        db,
        "SELECT * FROM assignment WHERE order_id = $1 ORDER BY round, seat, offered_at, id",
        [order.into()],
    )
    .await
}

/// Chooses a carer for a seat; also one from whom an offer was taken back before.
pub async fn assign<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    (order, seat): (&service_order::Model, i16),
    chosen: &Ranked,
) -> Result<(), DbErr> {
    let id: Uuid = app.ids.next();
    let Candidate { carer, is_certified, .. } = chosen.candidate;
    execute(
        tx,
        "INSERT INTO assignment (id, order_id, round, seat, carer_id, state, is_certified, reasons) \
         VALUES ($1, $2, $3, $4, $5, 'RESERVED', $6, $7) ON CONFLICT (order_id, round, carer_id) DO UPDATE SET \
         state = excluded.state, seat = excluded.seat, reasons = excluded.reasons, offered_at = NULL, expires_at = NULL, \
         answered_at = NULL WHERE assignment.state = 'RELEASED'",
        [
            id.into(),
            order.id.into(),
            order.round.into(),
            seat.into(),
            carer.into(),
            is_certified.into(),
            chosen.reasons.clone().into(),
        ],
    )
    .await
    .map(|_| ())
}

/// Ends every live part in an order.
pub async fn release_all<C: ConnectionTrait>(tx: &C, order: Uuid) -> Result<u64, DbErr> {
    let sql = "UPDATE assignment SET state = 'RELEASED' WHERE order_id = $1 AND state IN ('RESERVED', 'OFFERED', 'ACCEPTED')";
    execute(tx, sql, [order.into()]).await
}

/// Writes what the provider keeps of an order that ends early.
pub async fn keep<C: ConnectionTrait>(tx: &C, order: Uuid, kept_fen: i64) -> Result<(), DbErr> {
    let sql = "UPDATE service_order SET kept_fen = $2 WHERE id = $1";
    execute(tx, sql, [order.into(), kept_fen.into()]).await.map(|_| ())
}

/// The carer that the person is, with his part in the order; `None` when he was never asked, or has paused and is not under
/// way.
pub async fn part_of<C: ConnectionTrait>(
    db: &C,
    order: Uuid,
    who: &SignedIn,
) -> Result<Option<assignment::Model>, DbErr> {
    let sql = "SELECT a.* FROM assignment a JOIN carer c ON c.id = a.carer_id JOIN service_order o ON o.id = a.order_id \
        WHERE a.order_id = $1 AND c.person_id = $2 AND (c.is_active OR o.state IN ('EN_ROUTE', 'CHECKED_IN')) \
        ORDER BY a.round DESC LIMIT 1";
    row(db, sql, [order.into(), who.person.0.into()]).await
}

/// Somebody who comes, as the family may see him.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Coming {
    /// Which carer.
    pub id: Uuid,
    /// Name, sealed.
    pub name_sealed: String,
    /// Of the picture.
    pub photo_ref: Option<String>,
    /// Sex.
    pub sex: Sex,
    /// Whether the carer has the certificate that the offering asks for.
    pub is_certified: bool,
    /// Why this carer.
    pub reasons: String,
}

/// Carers who have said yes.
pub async fn coming<C: ConnectionTrait>(db: &C, order: Uuid) -> Result<Vec<Coming>, DbErr> {
    rows(
        db,
        "SELECT c.id, c.name_sealed, c.photo_ref, c.sex, a.is_certified, a.reasons FROM assignment a \
         JOIN carer c ON c.id = a.carer_id WHERE a.order_id = $1 AND a.state = 'ACCEPTED' ORDER BY a.seat",
        [order.into()],
    )
    .await
}
