//! Words that the platform's check hid or left for a person, with what they belong to.

use std::sync::LazyLock;

use entities::text_check::Model;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, QueryResult, Value};
use uuid::Uuid;

use crate::kit::db::{row, rows};
use crate::kit::ids::WordsId;
use crate::kit::page::Page;
use crate::kit::viewer::SignedIn;
use crate::people::store::words::shown;
use crate::ratings::rules::branch_in_charge;

/// Words, and whose they are.
#[derive(Clone, Debug)]
pub struct Held {
    /// The words and what was said about them.
    pub words: Model,
    /// The order of either kind in which they were written.
    pub order: Option<Uuid>,
    /// The elder whom they concern.
    pub elder: Option<Uuid>,
    /// Where the elder lives.
    pub elder_region: Option<String>,
    /// Canteen or provider that they concern, as everybody reads its name.
    pub provider_name: Option<String>,
}

impl FromQueryResult for Held {
    fn from_query_result(found: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            words: Model::from_query_result(found, prefix)?,
            order: found.try_get(prefix, "order_id")?,
            elder: found.try_get(prefix, "elder_id")?,
            elder_region: found.try_get(prefix, "elder_region")?,
            provider_name: found.try_get(prefix, "provider_name")?,
        })
    }
}

/// Words of the branch `$1` about which somebody other than their author `$2` may decide. A meal's region is its canteen's, as for
/// ratings.
static IN_CHARGE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT t.*, coalesce(m.id, s.id) AS order_id, e.id AS elder_id, e.region_code AS elder_region, \
           coalesce(c.name, {name}) AS provider_name \
         FROM text_check t \
         LEFT JOIN meal_order m ON t.subject = 'meal_order' AND m.id = t.subject_id \
         LEFT JOIN visit_exception x ON t.subject = 'visit_exception' AND x.id = t.subject_id \
         LEFT JOIN service_order s ON s.id = CASE WHEN t.subject = 'service_order' THEN t.subject_id ELSE x.order_id END \
         LEFT JOIN assessment a ON t.subject = 'assessment' AND a.id = t.subject_id \
         LEFT JOIN fact_correction f ON t.subject = 'fact_correction' AND f.id = t.subject_id \
         LEFT JOIN help_call h ON t.subject = 'help_call' AND h.id = t.subject_id \
         LEFT JOIN elder e ON e.id = coalesce(m.elder_id, s.elder_id, a.elder_id, f.elder_id, h.elder_id) \
         LEFT JOIN dish d ON t.subject = 'dish' AND d.id = t.subject_id \
         LEFT JOIN canteen c ON c.id = coalesce(m.canteen_id, d.canteen_id) \
         LEFT JOIN offering o ON t.subject = 'offering' AND o.id = t.subject_id \
         LEFT JOIN carer_leave l ON t.subject = 'carer_leave' AND l.id = t.subject_id \
         LEFT JOIN carer k ON k.id = l.carer_id \
         LEFT JOIN provider p ON p.id = CASE WHEN t.subject = 'provider' THEN t.subject_id \
           ELSE coalesce(s.provider_id, o.provider_id, k.provider_id) END \
         WHERE t.reason IS NOT NULL AND t.author_id <> $2 \
           AND coalesce(c.region_code, s.region_code, e.region_code, p.region_code) LIKE $1",
        name = shown("p.name", "p.id", "name"),
    )
});

/// Branch and person; nothing for those who are not in charge.
fn reader(who: &SignedIn) -> Option<[Value; 2]> {
    let branch = branch_in_charge(who)?;
    Some([format!("{branch}%").into(), who.person.0.into()])
}

/// Words about which no person has decided, those that were held first in front.
pub async fn held<C: ConnectionTrait>(db: &C, who: &SignedIn, page: Page) -> Result<Vec<Held>, DbErr> {
    let Some([branch, reader]) = reader(who) else { return Ok(Vec::new()) };
    let sql = format!("{} AND t.decided_by IS NULL AND t.id > $3 ORDER BY t.id LIMIT $4", *IN_CHARGE);
    let limit = i64::try_from(page.limit()).unwrap_or(i64::MAX);
    rows(db, &sql, [branch, reader, page.after.unwrap_or_default().into(), limit.into()]).await
}

/// Words about which the person may decide, whether or not somebody has; `None` for any other id.
pub async fn in_charge<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    id: WordsId,
) -> Result<Option<Held>, DbErr> {
    let Some([branch, reader]) = reader(who) else { return Ok(None) };
    row(db, &format!("{} AND t.id = $3", *IN_CHARGE), [branch, reader, id.0.into()]).await
}
