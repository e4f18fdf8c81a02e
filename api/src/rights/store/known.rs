//! What the house knows of elders, page by page: row, archive, assessed level.

use std::collections::HashMap;

use chrono::NaiveDate;
use entities::enums::AbilityLevel;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use uuid::Uuid;

use crate::kit::db::{row, rows};
use crate::kit::refusal::Fault;
use crate::kit::seal::Seal;
use crate::rights::rules::facts::{Facts, Snapshot};

/// What a statement about elders `e` with archives `a` must select to be read as `Known`.
pub const KNOWN: &str = "SELECT e.id AS elder_id, e.birth_on, e.region_code, a.snapshot_sealed \
    FROM elder e LEFT JOIN elder_archive a ON a.elder_id = e.id";

/// One elder as rules need him, still sealed.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Known {
    /// Who.
    pub elder_id: Uuid,
    /// Day of birth.
    pub birth_on: NaiveDate,
    /// Code of the region where he lives.
    pub region_code: String,
    /// His archive; `None` when nothing was ever entered.
    pub snapshot_sealed: Option<String>,
}

/// Elders of a region, ordered by id, behind `after`; at most `limit`.
pub async fn page<C: ConnectionTrait>(
    db: &C,
    region: &str,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Known>, DbErr> {
    let sql = format!(
        "{KNOWN} WHERE e.id > $1 AND e.closed_at IS NULL AND e.died_on IS NULL AND e.region_code LIKE $2 ORDER BY e.id LIMIT $3"
    );
    let after = after.unwrap_or(Uuid::nil());
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    rows(db, &sql, [after.into(), format!("{region}%").into(), limit.into()]).await
}

/// One elder.
pub async fn one<C: ConnectionTrait>(db: &C, elder: Uuid) -> Result<Option<Known>, DbErr> {
    row(db, &format!("{KNOWN} WHERE e.id = $1"), [elder.into()]).await
}

/// Levels that count on a day, of the elders of one page: the newest published assessment of each, unless it has run out.
pub async fn levels<C: ConnectionTrait>(
    db: &C,
    elders: &[Known],
    day: NaiveDate,
) -> Result<HashMap<Uuid, AbilityLevel>, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        elder_id: Uuid,
        level: AbilityLevel,
        valid_until: NaiveDate,
    }
    let (Some(first), Some(last)) = (elders.first(), elders.last()) else { return Ok(HashMap::new()) };
    let sql = "SELECT elder_id, level, valid_until FROM assessment WHERE state = 'PUBLISHED' AND elder_id >= $1 \
        AND elder_id <= $2 AND coalesce(in_force_on, assessed_on) <= $3 ORDER BY elder_id, assessed_on, entered_at, id";
    let values: [Value; 3] = [first.elder_id.into(), last.elder_id.into(), day.into()];
    let found: Vec<Found> = rows(db, sql, values).await?;
    // The last one of each elder stays in the map.
    let newest: HashMap<Uuid, Found> = found.into_iter().map(|found| (found.elder_id, found)).collect();
    let counts = newest.into_iter().filter(|(_, found)| day <= found.valid_until);
    Ok(counts.map(|(elder, found)| (elder, found.level)).collect())
}

impl Known {
    /// The archive, opened.
    pub fn archive(&self, seal: &Seal) -> Result<Snapshot, Fault> {
        match &self.snapshot_sealed {
            Some(sealed) => Ok(serde_json::from_str(&seal.open(sealed)?)?),
            None => Ok(Snapshot::default()),
        }
    }

    /// Everything that rules ask for on a day.
    pub fn facts(&self, seal: &Seal, level: Option<AbilityLevel>, day: NaiveDate) -> Result<Facts, Fault> {
        let archive = self.archive(seal)?;
        Ok(Facts::new(day, self.birth_on, &self.region_code).with(&archive).with_level(level))
    }
}
