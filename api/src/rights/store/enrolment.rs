//! Rows of approvals, and who holds a voucher in a month.

use std::collections::HashMap;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use entities::programme_enrolment;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, FromQueryResult, IntoActiveModel as _, Value};
use uuid::Uuid;

use super::known::{KNOWN, Known, levels};
use crate::kit::db::{execute, row, rows};
use crate::kit::fen::Fen;
use crate::kit::ids::ElderId;
use crate::kit::refusal::Fault;
use crate::kit::seal::Seal;
use crate::rights::rules::programme::{Programme, Truth, judge};

/// Somebody who gets a voucher in the month of a day: approved, and entitled by the facts of that day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Who.
    pub elder_id: ElderId,
    /// Code of the region where he lives.
    pub region_code: String,
    /// For the month: the tier of the day, or the cap of a percentage voucher.
    pub amount_fen: Fen,
    /// Name of the tier; empty for a programme without tiers.
    pub tier: String,
}

/// One page of holders.
#[derive(Clone, Debug)]
pub struct Holders {
    /// Ordered by the id of the elder. A page can be short or empty without being the last.
    pub holders: Vec<Holder>,
    /// Give it as `after` to go on; `None` when this was the last page.
    pub next: Option<ElderId>,
}

/// Holders of a voucher programme on a day, out of at most `limit` approved elders behind `after`. The age is that of the 1st
/// of the month when the programme says so; an approval counts in its months.
pub async fn holders<C: ConnectionTrait>(
    db: &C,
    seal: &Seal,
    (programme, day): (&Programme, NaiveDate),
    after: Option<ElderId>,
    limit: u64,
) -> Result<Holders, Fault> {
    let approved = approved(db, (&programme.code, day), after, limit).await?;
    let next = approved.last().map(|known| ElderId(known.elder_id));
    let next = next.filter(|_| u64::try_from(approved.len()).is_ok_and(|count| count >= limit));
    let levels = levels(db, &approved, day).await?;
    let mut holders = Vec::new();
    for known in &approved {
        let facts = known.facts(seal, levels.get(&known.elder_id).copied(), day)?;
        let Some(item) = programme.items.first() else { continue };
        let judged = judge(programme, item, &facts, day);
        if let (Truth::Yes, Some(amount_fen)) = (judged.truth, judged.amount) {
            holders.push(Holder {
                elder_id: ElderId(known.elder_id),
                region_code: known.region_code.clone(),
                amount_fen,
                tier: judged.tier.map(|tier| tier.name.clone()).unwrap_or_default(),
            });
        }
    }
    Ok(Holders { holders, next })
}

async fn approved<C: ConnectionTrait>(
    db: &C,
    (programme, day): (&str, NaiveDate),
    after: Option<ElderId>,
    limit: u64,
) -> Result<Vec<Known>, DbErr> {
    let sql = format!(
        "{KNOWN} WHERE e.id > $1 AND e.closed_at IS NULL AND e.died_on IS NULL AND EXISTS (SELECT 1 FROM programme_enrolment n WHERE n.elder_id = e.id \
         AND n.programme = $2 AND n.state = 'APPROVED' AND n.from_month <= $3 \
         AND (n.until_month IS NULL OR n.until_month >= $3)) ORDER BY e.id LIMIT $4"
    );
    let values: [Value; 4] = [
        after.map_or(Uuid::nil(), |after| after.0).into(),
        programme.into(),
        first_of_month(day).into(),
        i64::try_from(limit).unwrap_or(i64::MAX).into(),
    ];
    rows(db, &sql, values).await
}

/// The first day of a day's month, by which months are written.
pub fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// Writes an approval.
pub async fn insert<C: ConnectionTrait>(tx: &C, new: programme_enrolment::Model) -> Result<(), DbErr> {
    programme_enrolment::Entity::insert(new.into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// One approval.
pub async fn enrolment<C: ConnectionTrait>(
    db: &C,
    id: Uuid,
) -> Result<Option<programme_enrolment::Model>, DbErr> {
    row(db, "SELECT * FROM programme_enrolment WHERE id = $1", [id.into()]).await
}

/// Approvals of an elder, the newest first; at most 50.
pub async fn of_elder<C: ConnectionTrait>(
    db: &C,
    elder: Uuid,
) -> Result<Vec<programme_enrolment::Model>, DbErr> {
    let sql =
        "SELECT * FROM programme_enrolment WHERE elder_id = $1 ORDER BY from_month DESC, id DESC LIMIT 50";
    rows(db, sql, [elder.into()]).await
}

/// Whether an approval of the item stands in any of the months.
pub async fn overlaps<C: ConnectionTrait>(
    tx: &C,
    elder: Uuid,
    (programme, item): (&str, &str),
    (from, until): (NaiveDate, Option<NaiveDate>),
) -> Result<bool, DbErr> {
    let sql = "SELECT * FROM programme_enrolment WHERE elder_id = $1 AND programme = $2 AND item = $3 \
        AND state = 'APPROVED' AND (until_month IS NULL OR until_month >= $4)";
    let values: [Value; 4] = [elder.into(), programme.into(), item.into(), from.into()];
    let found: Vec<programme_enrolment::Model> = rows(tx, sql, values).await?;
    Ok(found.iter().any(|known| until.is_none_or(|until| known.from_month <= until)))
}

/// How an approval ends.
#[derive(Clone, Copy, Debug)]
pub struct End {
    /// Which approval.
    pub id: Uuid,
    /// First day of its last month; without one it never counted.
    pub until_month: Option<NaiveDate>,
    /// Who ends it.
    pub by: Uuid,
    /// When.
    pub at: DateTime<Utc>,
}

/// Ends an approval that stands beyond the month; false when it does not.
pub async fn end<C: ConnectionTrait>(tx: &C, end: End) -> Result<bool, DbErr> {
    let mut values: Vec<Value> = vec![end.id.into(), end.by.into(), end.at.into()];
    let sql = match end.until_month {
        None => {
            "UPDATE programme_enrolment SET state = 'REVOKED', ended_by = $2, ended_at = $3 \
             WHERE id = $1 AND state = 'APPROVED'"
        }
        Some(month) => {
            values.push(month.into());
            "UPDATE programme_enrolment SET until_month = $4, ended_by = $2, ended_at = $3 WHERE id = $1 \
             AND state = 'APPROVED' AND from_month <= $4 AND (until_month IS NULL OR until_month > $4)"
        }
    };
    Ok(execute(tx, sql, values).await? == 1)
}

/// Items in which the elders of a page take part in the month of a day: pairs of programme and item by elder.
pub async fn taken<C: ConnectionTrait>(
    db: &C,
    elders: &[Known],
    day: NaiveDate,
) -> Result<HashMap<Uuid, Vec<(String, String)>>, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        elder_id: Uuid,
        programme: String,
        item: String,
    }
    let (Some(first), Some(last)) = (elders.first(), elders.last()) else { return Ok(HashMap::new()) };
    let sql = "SELECT elder_id, programme, item FROM programme_enrolment WHERE elder_id >= $1 AND elder_id <= $2 \
        AND state = 'APPROVED' AND from_month <= $3 AND (until_month IS NULL OR until_month >= $3)";
    let values: [Value; 3] = [first.elder_id.into(), last.elder_id.into(), first_of_month(day).into()];
    let mut taken: HashMap<Uuid, Vec<(String, String)>> = HashMap::new();
    for Found { elder_id, programme, item } in rows(db, sql, values).await? {
        taken.entry(elder_id).or_default().push((programme, item));
    }
    Ok(taken)
}
