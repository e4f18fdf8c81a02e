//! Rows of carers' time. The key of `carer_time` makes it impossible that two visits of one carer overlap.

use std::collections::HashMap;
use std::ops::Range;

use chrono::{DateTime, NaiveDate, Utc};
use entities::enums::{CertificateKind, Sex};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, Value};
use uuid::Uuid;

use crate::kit::clock::{start_of_day, weekday};
use crate::kit::db::{execute, is_deadlock, row, rows};
use crate::kit::ids::CarerId;
use crate::slots::rules::carers::{Candidate, Day, day_quarters, quarter_of, start_of};

/// Who could come at all: carers of the provider with the skill, the area and a health card.
#[derive(Clone, Debug)]
pub struct Who<'a> {
    /// Whose carers.
    pub provider: Uuid,
    /// Code of the service.
    pub service: &'a str,
    /// Where the elder lives.
    pub region: &'a str,
    /// The certificate that some of them need.
    pub certificate: Option<CertificateKind>,
    /// Service day.
    pub day: NaiveDate,
}

/// `$1` provider, `$2` service, `$3` region, `$4` day. An expired health card is never offered work. Region codes have 2, 4, 6,
/// 9 or 12 digits; named one by one, they let PostgreSQL begin with the provider's carers instead of all carers of a city.
const FIT: &str = "c.provider_id = $1 AND c.is_active \
    AND EXISTS (SELECT 1 FROM provider p WHERE p.id = c.provider_id AND p.state = 'ACTIVE') \
    AND EXISTS (SELECT 1 FROM carer_skill k WHERE k.carer_id = c.id AND k.service_code = $2) \
    AND EXISTS (SELECT 1 FROM carer_area a WHERE a.carer_id = c.id AND a.region_code IN (substr($3, 1, 2), \
      substr($3, 1, 4), substr($3, 1, 6), substr($3, 1, 9), substr($3, 1, 12))) \
    AND EXISTS (SELECT 1 FROM carer_certificate h WHERE h.carer_id = c.id AND h.kind = 'HEALTH_CARD' \
      AND $4 BETWEEN h.valid_from AND h.valid_until)";

/// `$5` kind of the certificate, empty when none is asked for.
const CERTIFIED: &str = "EXISTS (SELECT 1 FROM carer_certificate q WHERE q.carer_id = c.id AND q.kind = $5 \
    AND $4 BETWEEN q.valid_from AND q.valid_until) AS is_certified";

impl Who<'_> {
    fn values(&self) -> Vec<Value> {
        let kind = self.certificate.map_or("", CertificateKind::as_str);
        vec![self.provider.into(), self.service.into(), self.region.into(), self.day.into(), kind.into()]
    }
}

/// Carers of a day whom the elder accepts, with their work and what is taken of it, in three statements.
pub async fn days<C: ConnectionTrait>(db: &C, who: &Who<'_>, elder: Uuid) -> Result<Vec<Day>, DbErr> {
    #[derive(FromQueryResult)]
    struct Work {
        id: Uuid,
        sex: Sex,
        travel_buffer_min: i16,
        is_certified: bool,
        from_minute: i16,
        until_minute: i16,
    }
    let sql = format!(
        "SELECT c.id, c.sex, c.travel_buffer_min, {CERTIFIED}, w.from_minute, w.until_minute FROM carer c \
         JOIN carer_week w ON w.carer_id = c.id AND w.weekday = $6 WHERE {FIT} \
         AND NOT EXISTS (SELECT 1 FROM refused_carer n WHERE n.elder_id = $7 AND n.carer_id = c.id) ORDER BY c.id, w.from_minute"
    );
    let values = [who.values(), vec![weekday(who.day).into(), elder.into()]].concat();
    let works: Vec<Work> = rows(db, &sql, values).await?;
    let day = day_quarters(who.day);
    let mut days: Vec<Day> = Vec::new();
    for work in works {
        let hours = day.start + i32::from(work.from_minute).div_euclid(15)
            ..day.start + i32::from(work.until_minute).div_euclid(15);
        match days.last_mut() {
            Some(last) if last.carer == work.id => last.works.push(hours),
            _ => days.push(Day {
                carer: work.id,
                sex: work.sex,
                is_certified: work.is_certified,
                buffer_min: work.travel_buffer_min,
                works: vec![hours],
                busy: Default::default(),
            }),
        }
    }
    // A visit of the evening may reach into the next day, one of the night before into this one.
    let mut taken = taken(db, who.provider, day.start..day.end + 16).await?;
    for carer in &mut days {
        carer.busy.extend(taken.remove(&carer.carer).unwrap_or_default());
    }
    Ok(days)
}

async fn taken<C: ConnectionTrait>(
    db: &C,
    provider: Uuid,
    span: Range<i32>,
) -> Result<HashMap<Uuid, Vec<i32>>, DbErr> {
    #[derive(FromQueryResult)]
    struct Visit {
        carer_id: Uuid,
        quarter: i32,
    }
    #[derive(FromQueryResult)]
    struct Leave {
        carer_id: Uuid,
        starts_at: DateTime<Utc>,
        ends_at: DateTime<Utc>,
    }
    let visits: Vec<Visit> = rows(
        db,
        "SELECT t.carer_id, t.quarter FROM carer_time t JOIN carer c ON c.id = t.carer_id \
         WHERE c.provider_id = $1 AND t.quarter >= $2 AND t.quarter < $3",
        [provider.into(), span.start.into(), span.end.into()],
    )
    .await?;
    let leaves: Vec<Leave> = rows(
        db,
        "SELECT l.carer_id, l.starts_at, l.ends_at FROM carer_leave l JOIN carer c ON c.id = l.carer_id \
         WHERE c.provider_id = $1 AND l.ends_at > $2 AND l.starts_at < $3",
        [provider.into(), start_of(span.start).into(), start_of(span.end).into()],
    )
    .await?;
    let mut taken: HashMap<Uuid, Vec<i32>> = HashMap::new();
    for visit in visits {
        taken.entry(visit.carer_id).or_default().push(visit.quarter);
    }
    for leave in leaves {
        let first = quarter_of(leave.starts_at).max(span.start);
        let last = quarter_of(leave.ends_at - chrono::Duration::seconds(1)).min(span.end);
        taken.entry(leave.carer_id).or_default().extend(first..=last);
    }
    Ok(taken)
}

/// A visit for which somebody is looked for.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// Who could come at all.
    pub who: Who<'a>,
    /// For the same carer as last time, and whom he does not want.
    pub elder: Uuid,
    /// The order: its own time is free for it, and who has failed it is not asked again.
    pub order: Uuid,
    /// Which search for carers it is: whoever was asked in it is not asked again.
    pub round: i16,
    /// Begins.
    pub starts_at: DateTime<Utc>,
    /// Ends, without the way after it.
    pub ends_at: DateTime<Utc>,
    /// Nobody is found while the elder has the same service at that time in another order: two of a family have booked it.
    pub is_new: bool,
}

/// The condition that the elder has the same service in another order that meets this one in time.
fn booked([elder, service, order, from, until]: [&str; 5]) -> String {
    format!(
        "EXISTS (SELECT 1 FROM service_order m WHERE m.elder_id = {elder} AND m.service_code = {service} AND m.id <> {order} \
         AND m.starts_at < {until} AND m.ends_at > {from} AND m.state NOT IN ('QUOTED', 'EXPIRED', 'CANCELLED', 'REFUNDED'))"
    )
}

/// Bookings for one elder go one after the other until the transaction ends; SQLite has one writer anyway.
pub async fn in_turn<C: ConnectionTrait>(tx: &C, elder: Uuid) -> Result<(), DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        execute(tx, "SELECT 1 FROM elder WHERE id = $1 FOR NO KEY UPDATE", [elder.into()]).await?;
    }
    Ok(())
}

/// Whether the elder has the same service in another order at that time.
pub async fn is_booked<C: ConnectionTrait>(db: &C, wanted: &Wanted<'_>) -> Result<bool, DbErr> {
    #[derive(FromQueryResult)]
    struct Booked {
        is_booked: bool,
    }
    let sql = format!("SELECT {} AS is_booked", booked(["$1", "$2", "$3", "$4", "$5"]));
    let values = [
        wanted.elder.into(),
        wanted.who.service.into(),
        wanted.order.into(),
        wanted.starts_at.into(),
        wanted.ends_at.into(),
    ];
    let found: Option<Booked> = row(db, &sql, values).await?;
    Ok(found.is_some_and(|found| found.is_booked))
}

#[derive(FromQueryResult)]
struct Found {
    id: Uuid,
    sex: Sex,
    travel_buffer_min: i16,
    base_latitude_e6: Option<i32>,
    base_longitude_e6: Option<i32>,
    stars_1: i32,
    stars_2: i32,
    stars_3: i32,
    stars_4: i32,
    stars_5: i32,
    is_certified: bool,
    was_last: bool,
    visits: i64,
}

/// Carers who are at work, not on leave and free for a visit, in one statement.
pub async fn candidates<C: ConnectionTrait>(db: &C, wanted: &Wanted<'_>) -> Result<Vec<Candidate>, DbErr> {
    let sql = format!(
        "SELECT c.id, c.sex, c.travel_buffer_min, c.base_latitude_e6, c.base_longitude_e6, c.stars_1, c.stars_2, \
         c.stars_3, c.stars_4, c.stars_5, {CERTIFIED}, \
         EXISTS (SELECT 1 FROM assignment s WHERE s.carer_id = c.id AND s.state = 'ACCEPTED' AND s.order_id = \
           (SELECT o.id FROM service_order o WHERE o.elder_id = $6 AND o.service_code = $2 \
            AND o.state IN ('DONE', 'CONFIRMED', 'SETTLED') ORDER BY o.starts_at DESC, o.id DESC LIMIT 1)) AS was_last, \
         (SELECT count(DISTINCT t.order_id) FROM carer_time t WHERE t.carer_id = c.id AND t.quarter >= $7 \
           AND t.quarter < $8) AS visits \
         FROM carer c WHERE {FIT} \
         AND EXISTS (SELECT 1 FROM carer_week w WHERE w.carer_id = c.id AND w.weekday = $9 AND w.from_minute <= $10 \
           AND w.until_minute >= $11) \
         AND NOT EXISTS (SELECT 1 FROM carer_leave l WHERE l.carer_id = c.id AND l.ends_at > $12 AND l.starts_at < $13) \
         AND NOT EXISTS (SELECT 1 FROM carer_time b WHERE b.carer_id = c.id AND b.order_id <> $16 AND b.quarter >= $14 \
           AND b.quarter < $15 + (c.travel_buffer_min + 14) / 15) \
         AND NOT EXISTS (SELECT 1 FROM assignment x WHERE x.order_id = $16 AND x.carer_id = c.id \
           AND (x.round = $17 AND x.state <> 'RELEASED' OR x.state = 'FAILED')) \
         AND NOT EXISTS (SELECT 1 FROM refused_carer n WHERE n.elder_id = $6 AND n.carer_id = c.id) \
         AND NOT ($18 AND {})",
        booked(["$6", "$2", "$16", "$12", "$13"]),
    );
    let day = day_quarters(wanted.who.day);
    let minute = |at: DateTime<Utc>| (at - start_of_day(wanted.who.day)).num_minutes();
    let values = [
        wanted.who.values(),
        vec![
            wanted.elder.into(),
            day.start.into(),
            day.end.into(),
            weekday(wanted.who.day).into(),
            minute(wanted.starts_at).into(),
            minute(wanted.ends_at).into(),
            wanted.starts_at.into(),
            wanted.ends_at.into(),
            quarter_of(wanted.starts_at).into(),
            (quarter_of(wanted.ends_at - chrono::Duration::seconds(1)) + 1).into(),
            wanted.order.into(),
            wanted.round.into(),
            wanted.is_new.into(),
        ],
    ]
    .concat();
    let found: Vec<Found> = rows(db, &sql, values).await?;
    let candidate = |row: Found| Candidate {
        carer: row.id,
        sex: row.sex,
        is_certified: row.is_certified,
        buffer_min: row.travel_buffer_min,
        base_e6: row.base_latitude_e6.zip(row.base_longitude_e6),
        was_last: row.was_last,
        visits: row.visits,
        stars: [row.stars_1, row.stars_2, row.stars_3, row.stars_4, row.stars_5],
    };
    Ok(found.into_iter().map(candidate).collect())
}

/// Whether the carer works for the provider.
pub async fn is_carer_of<C: ConnectionTrait>(db: &C, carer: CarerId, provider: Uuid) -> Result<bool, DbErr> {
    #[derive(FromQueryResult)]
    struct Works {
        works: bool,
    }
    let sql = "SELECT EXISTS (SELECT 1 FROM carer WHERE id = $1 AND provider_id = $2 AND is_active) AS works";
    let found: Option<Works> = row(db, sql, [carer.0.into(), provider.into()]).await?;
    Ok(found.is_some_and(|found| found.works))
}

/// Takes the time of all carers of an order, or of none (false; the caller rolls back); what the order has already stays
/// its own. Rows go in by carer and time, so that two orders wait for each other in one direction only.
pub async fn take<C: ConnectionTrait>(
    db: &C,
    order: Uuid,
    carers: &[(Uuid, Range<i32>)],
) -> Result<bool, DbErr> {
    let mut cells: Vec<(Uuid, i32)> =
        carers.iter().flat_map(|(carer, taken)| taken.clone().map(|quarter| (*carer, quarter))).collect();
    cells.sort_unstable();
    cells.dedup();
    let places: Vec<String> =
        (0..cells.len()).map(|place| format!("(${}, ${}, $1)", 2 * place + 2, 2 * place + 3)).collect();
    let sql = format!(
        "INSERT INTO carer_time (carer_id, quarter, order_id) VALUES {} ON CONFLICT (carer_id, quarter) \
         DO UPDATE SET order_id = excluded.order_id WHERE carer_time.order_id = excluded.order_id",
        places.join(", ")
    );
    let cell_values = cells.iter().flat_map(|(carer, quarter)| [Value::from(*carer), Value::from(*quarter)]);
    let values: Vec<Value> = std::iter::once(Value::from(order)).chain(cell_values).collect();
    let taken = match execute(db, &sql, values).await {
        Ok(taken) => taken,
        // Another order gives time back and takes other time at the same moment.
        Err(error) if is_deadlock(&error) => return Ok(false),
        Err(error) => return Err(error),
    };
    Ok(usize::try_from(taken).is_ok_and(|taken| taken == cells.len()))
}

/// Gives back what an order has beside the times given here, after it was moved.
pub async fn give_back_others<C: ConnectionTrait>(
    db: &C,
    order: Uuid,
    kept: &[(Uuid, Range<i32>)],
) -> Result<u64, DbErr> {
    let place =
        |at: usize| format!("(carer_id = ${} AND quarter >= ${} AND quarter < ${})", at, at + 1, at + 2);
    let places: Vec<String> = (0..kept.len()).map(|index| place(3 * index + 2)).collect();
    let sql = format!("DELETE FROM carer_time WHERE order_id = $1 AND NOT ({})", places.join(" OR "));
    let times = kept
        .iter()
        .flat_map(|(carer, time)| -> [Value; 3] { [(*carer).into(), time.start.into(), time.end.into()] });
    let values: Vec<Value> = std::iter::once(Value::from(order)).chain(times).collect();
    execute(db, &sql, values).await
}

/// Gives an order's time back: of one carer, or of all.
pub async fn give_back<C: ConnectionTrait>(db: &C, order: Uuid, carer: Option<Uuid>) -> Result<u64, DbErr> {
    match carer {
        Some(carer) => {
            let sql = "DELETE FROM carer_time WHERE order_id = $1 AND carer_id = $2";
            execute(db, sql, [order.into(), carer.into()]).await
        }
        None => execute(db, "DELETE FROM carer_time WHERE order_id = $1", [order.into()]).await,
    }
}
