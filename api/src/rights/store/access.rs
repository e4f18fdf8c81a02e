//! Rows of who read what of an elder.

use chrono::{DateTime, Utc};
use entities::enums::{Relation, Role};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use crate::kit::db::rows;
use crate::kit::page::Page;
use crate::people::store::words::shown;

/// One reading, with who the reader was.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Access {
    /// Which reading.
    pub id: Uuid,
    /// What was read.
    pub field: String,
    /// Why.
    pub purpose: String,
    /// When.
    pub accessed_at: DateTime<Utc>,
    /// Name of the reader, sealed; of a carer as his provider knows him.
    pub name_sealed: Option<String>,
    /// Whether it was the elder himself.
    pub is_elder: bool,
    /// His bond to the elder at that moment.
    pub relation: Option<Relation>,
    /// His work; who carries orders out comes first when it was read for an order.
    pub role: Option<Role>,
    /// The provider for which he works.
    pub provider_name: Option<String>,
    /// The place in which he works.
    pub region_name: Option<String>,
}

/// Readings of an elder's data, the newest first, in one statement.
pub async fn page<C: ConnectionTrait>(db: &C, elder: Uuid, page: Page) -> Result<Vec<Access>, DbErr> {
    let provider = shown("v.name", "v.id", "name");
    let sql = format!(
        "SELECT a.id, a.field, a.purpose, a.accessed_at, coalesce(c.name_sealed, p.name_sealed) AS name_sealed, \
        EXISTS (SELECT 1 FROM elder e WHERE e.id = a.elder_id AND e.person_id = a.person_id) AS is_elder, b.relation, r.role, {provider} AS provider_name, g.name AS region_name FROM data_access a \
        LEFT JOIN person p ON p.id = a.person_id LEFT JOIN carer c ON c.person_id = a.person_id \
        LEFT JOIN family_bond b ON b.id = (SELECT x.id FROM family_bond x WHERE x.elder_id = a.elder_id \
          AND x.person_id = a.person_id AND x.started_at <= a.accessed_at \
          AND (x.ended_at IS NULL OR x.ended_at > a.accessed_at) ORDER BY x.started_at DESC, x.id LIMIT 1) \
        LEFT JOIN person_role r ON r.person_id = a.person_id AND r.role = coalesce((SELECT y.role FROM person_role y \
          WHERE y.person_id = a.person_id AND a.purpose LIKE 'order:%' AND y.role IN ('CARER', 'PROVIDER_MANAGER') \
          ORDER BY y.role LIMIT 1), (SELECT y.role FROM person_role y WHERE y.person_id = a.person_id \
          AND y.role NOT IN ('FAMILY', 'ELDER') ORDER BY CASE y.role WHEN 'OFFICER' THEN 1 WHEN 'ASSESSOR' THEN 2 \
          WHEN 'DESK' THEN 3 ELSE 4 END, y.role LIMIT 1)) \
        LEFT JOIN provider v ON v.id = r.provider_id LEFT JOIN region g ON g.code = r.region_code \
        WHERE a.elder_id = $1 AND a.id < $2 ORDER BY a.id DESC LIMIT $3"
    );
    let limit = i64::try_from(page.limit()).unwrap_or(i64::MAX);
    rows(db, &sql, [elder.into(), page.after.unwrap_or(Uuid::max()).into(), limit.into()]).await
}
