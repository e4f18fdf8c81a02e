//! Rows of approvals, and who holds a voucher in a month.

use chrono::{Datelike as _, NaiveDate};
use sea_orm::{ConnectionTrait, DbErr, Value};
use uuid::Uuid;

use super::known::{KNOWN, Known, levels};
use crate::kit::db::rows;
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
        "{KNOWN} WHERE e.id > $1 AND EXISTS (SELECT 1 FROM programme_enrolment n WHERE n.elder_id = e.id \
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
