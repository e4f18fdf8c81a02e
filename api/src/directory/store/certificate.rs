//! Rows of carers' certificates, and those that end soon.

use chrono::NaiveDate;
use entities::carer_certificate;
use sea_orm::{
    ActiveModelTrait as _, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, IntoActiveModel as _,
    Statement, Value,
};
use uuid::Uuid;

use super::provider::officer_pattern;
use crate::kit::db::row;
use crate::kit::viewer::SignedIn;

/// Enters a certificate.
pub async fn insert_certificate<C: ConnectionTrait>(
    db: &C,
    certificate: &carer_certificate::Model,
) -> Result<(), DbErr> {
    let row = certificate.clone().into_active_model().reset_all();
    carer_certificate::Entity::insert(row).exec_without_returning(db).await.map(|_| ())
}

/// A certificate with whose it is.
#[derive(Clone, Debug)]
pub struct HeldCertificate {
    /// The certificate.
    pub row: carer_certificate::Model,
    /// The carer's provider.
    pub provider_id: Uuid,
    /// The carer's name, sealed.
    pub name_sealed: String,
}

#[derive(FromQueryResult)]
struct Holder {
    provider_id: Uuid,
    name_sealed: String,
}

/// Certificates that end by a day and have no later one of their kind, of carers who work.
const LAST_HELD: &str = "SELECT h.*, c.provider_id, c.name_sealed FROM carer_certificate h \
    JOIN carer c ON c.id = h.carer_id JOIN provider p ON p.id = c.provider_id \
    WHERE c.is_active AND p.state <> 'EXITED' AND NOT EXISTS (SELECT 1 FROM carer_certificate later \
    WHERE later.carer_id = h.carer_id AND later.kind = h.kind AND later.valid_until > h.valid_until) AND";

async fn held_where<C: ConnectionTrait>(
    db: &C,
    condition: &str,
    values: Vec<Value>,
) -> Result<Vec<HeldCertificate>, DbErr> {
    let sql = format!("{LAST_HELD} {condition}");
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let lines = db.query_all_raw(statement).await?;
    let held = lines.iter().map(|line| {
        let holder = Holder::from_query_result(line, "")?;
        Ok(HeldCertificate {
            row: carer_certificate::Model::from_query_result(line, "")?,
            provider_id: holder.provider_id,
            name_sealed: holder.name_sealed,
        })
    });
    held.collect()
}

/// Certificates of the person's carers, or of the carers in the officer's branch, that end by the day; those that ran
/// out come first, at most 200.
pub async fn expiring<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    until: NaiveDate,
) -> Result<Vec<HeldCertificate>, DbErr> {
    let mine = who.managed_provider().map(|provider| provider.0);
    let condition = "h.valid_until <= $1 AND (c.provider_id = $2 OR p.region_code LIKE $3) \
        ORDER BY h.valid_until, h.id LIMIT 200";
    held_where(db, condition, vec![until.into(), mine.into(), officer_pattern(who).into()]).await
}

/// Last day of a certificate; `None` when there is no such one.
pub async fn last_day<C: ConnectionTrait>(db: &C, id: Uuid) -> Result<Option<NaiveDate>, DbErr> {
    let found: Option<carer_certificate::Model> =
        row(db, "SELECT * FROM carer_certificate WHERE id = $1", [id.into()]).await?;
    Ok(found.map(|found| found.valid_until))
}

/// A certificate that is to be warned of; `None` when it has been renewed, or its carer does not work any more.
pub async fn certificate_to_warn_of<C: ConnectionTrait>(
    db: &C,
    id: Uuid,
) -> Result<Option<HeldCertificate>, DbErr> {
    Ok(held_where(db, "h.id = $1", vec![id.into()]).await?.pop())
}

/// Whether an event of this name and reason was written about a certificate.
pub async fn was_warned<C: ConnectionTrait>(db: &C, id: Uuid, reason: &str) -> Result<bool, DbErr> {
    #[derive(FromQueryResult)]
    #[allow(dead_code, reason = "that there is a row tells it")]
    struct Found {
        id: Uuid,
    }
    let sql = "SELECT id FROM event WHERE subject_id = $1 AND name = 'certificate_expiring' AND reason = $2";
    let found: Option<Found> = row(db, sql, [id.into(), reason.into()]).await?;
    Ok(found.is_some())
}
