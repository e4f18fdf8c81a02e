//! Rows of what counts against providers.

use entities::visit_fault::Model;
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use crate::directory::store::provider::officer_pattern;
use crate::kit::db::rows;
use crate::kit::ids::ProviderId;
use crate::kit::page::Page;
use crate::kit::viewer::SignedIn;

/// What counts against a provider that the person runs or looks after as officer, the newest first.
pub async fn faults_of<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    provider: ProviderId,
    page: Page,
) -> Result<Vec<Model>, DbErr> {
    let mine = who.managed_provider().map(|own| own.0);
    let sql = "SELECT f.* FROM visit_fault f JOIN provider p ON p.id = f.provider_id WHERE f.provider_id = $1 \
        AND (f.provider_id = $2 OR p.region_code LIKE $3) AND f.id < $4 ORDER BY f.id DESC LIMIT $5";
    let limit = i64::try_from(page.limit()).unwrap_or(i64::MAX);
    let after = page.after.unwrap_or(Uuid::max());
    let values = [provider.0.into(), mine.into(), officer_pattern(who).into(), after.into(), limit.into()];
    rows(db, sql, values).await
}
