//! Rows of carers with what decides about their work. Names and numbers stay sealed here.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entities::enums::ProviderState;
use entities::{carer, carer_area, carer_certificate, carer_leave, carer_skill, carer_week};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait, FromQueryResult,
    IntoActiveModel as _, Statement, Value,
};
use uuid::Uuid;

use super::provider::officer_pattern;
use crate::directory::rules::carer::CarerFacts;
use crate::kit::db::{execute, is_duplicate, marks, row, rows};
use crate::kit::ids::{CarerId, LeaveId, PersonId, ProviderId};
use crate::kit::page::Page;
use crate::kit::viewer::SignedIn;

/// Carers with the state of their provider, areas and skills; conditions about `c` and `p` follow.
const CARER: &str = "SELECT c.*, p.state AS provider_state, p.region_code AS provider_region, \
    (SELECT string_agg(a.region_code, ',') FROM carer_area a WHERE a.carer_id = c.id) AS area_codes, \
    (SELECT string_agg(s.service_code, ',') FROM carer_skill s WHERE s.carer_id = c.id) AS skill_codes \
    FROM carer c JOIN provider p ON p.id = c.provider_id WHERE";

#[derive(FromQueryResult)]
struct Beside {
    provider_state: ProviderState,
    provider_region: String,
    area_codes: Option<String>,
    skill_codes: Option<String>,
}

fn sorted(codes: Option<String>) -> Vec<String> {
    let mut codes: Vec<String> =
        codes.unwrap_or_default().split(',').filter(|code| !code.is_empty()).map(str::to_owned).collect();
    codes.sort_unstable();
    codes
}

/// Carers that meet a condition, with everything that decides about their work as of now. Four statements however
/// many there are; leaves that have ended are left out.
pub async fn carers_where<C: ConnectionTrait>(
    db: &C,
    condition: &str,
    values: Vec<Value>,
    now: DateTime<Utc>,
) -> Result<Vec<CarerFacts>, DbErr> {
    let statement =
        Statement::from_sql_and_values(db.get_database_backend(), format!("{CARER} {condition}"), values);
    let mut found = Vec::new();
    for line in db.query_all_raw(statement).await? {
        let beside = Beside::from_query_result(&line, "")?;
        found.push(CarerFacts {
            row: carer::Model::from_query_result(&line, "")?,
            provider_state: beside.provider_state,
            provider_region: beside.provider_region,
            areas: sorted(beside.area_codes),
            skills: sorted(beside.skill_codes),
            certificates: Vec::new(),
            week: Vec::new(),
            leaves: Vec::new(),
        });
    }
    fill(db, &mut found, now).await?;
    Ok(found)
}

async fn fill<C: ConnectionTrait>(
    db: &C,
    carers: &mut [CarerFacts],
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    if carers.is_empty() {
        return Ok(());
    }
    let places: HashMap<Uuid, usize> =
        carers.iter().enumerate().map(|(place, carer)| (carer.row.id, place)).collect();
    let ids: Vec<Value> = carers.iter().map(|carer| carer.row.id.into()).collect();
    let list = marks(1, ids.len());
    let sql = format!("SELECT * FROM carer_certificate WHERE carer_id IN ({list}) ORDER BY valid_until, id");
    let certificates: Vec<carer_certificate::Model> = rows(db, &sql, ids.clone()).await?;
    let sql = format!("SELECT * FROM carer_week WHERE carer_id IN ({list}) ORDER BY weekday, from_minute");
    let week: Vec<carer_week::Model> = rows(db, &sql, ids.clone()).await?;
    let sql = format!(
        "SELECT * FROM carer_leave WHERE carer_id IN ({list}) AND ends_at > ${} ORDER BY starts_at, id",
        ids.len() + 1
    );
    let leaves: Vec<carer_leave::Model> = rows(db, &sql, ids.into_iter().chain([now.into()])).await?;
    let mut of = |id: &Uuid, put: &mut dyn FnMut(&mut CarerFacts)| {
        if let Some(carer) = places.get(id).and_then(|place| carers.get_mut(*place)) {
            put(carer);
        }
    };
    for held in certificates {
        of(&held.carer_id.clone(), &mut |carer| carer.certificates.push(held.clone()));
    }
    for hours in week {
        of(&hours.carer_id.clone(), &mut |carer| carer.week.push(hours.clone()));
    }
    for leave in leaves {
        of(&leave.carer_id.clone(), &mut |carer| carer.leaves.push(leave.clone()));
    }
    Ok(())
}

/// A carer as the manager, an officer of the region or the carer himself may see him; `None` for anybody else.
pub async fn carer_of<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    id: CarerId,
    now: DateTime<Utc>,
) -> Result<Option<CarerFacts>, DbErr> {
    let mine = who.managed_provider().map(|provider| provider.0);
    let condition = "c.id = $1 AND (c.provider_id = $2 OR c.person_id = $3 OR p.region_code LIKE $4)";
    let values = vec![id.0.into(), mine.into(), who.person.0.into(), officer_pattern(who).into()];
    Ok(carers_where(db, condition, values, now).await?.pop())
}

/// Carers of a provider, by id.
pub async fn carers_of<C: ConnectionTrait>(
    db: &C,
    provider: ProviderId,
    page: Page,
    now: DateTime<Utc>,
) -> Result<Vec<CarerFacts>, DbErr> {
    let limit = i64::try_from(page.limit()).unwrap_or(i64::MAX);
    let values = vec![provider.0.into(), page.after.unwrap_or(Uuid::nil()).into(), limit.into()];
    carers_where(db, "c.provider_id = $1 AND c.id > $2 ORDER BY c.id LIMIT $3", values, now).await
}

/// A carer by id, whoever's he is; for what has been decided already.
pub async fn carer<C: ConnectionTrait>(
    db: &C,
    id: CarerId,
    now: DateTime<Utc>,
) -> Result<Option<CarerFacts>, DbErr> {
    Ok(carers_where(db, "c.id = $1", vec![id.0.into()], now).await?.pop())
}

/// The carer who the person is; `None` for everybody else.
pub async fn carer_self<C: ConnectionTrait>(
    db: &C,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<Option<CarerFacts>, DbErr> {
    Ok(carers_where(db, "c.person_id = $1", vec![person.0.into()], now).await?.pop())
}

/// A carer of the provider that the person runs, with its version grown, so that its row is locked until the
/// transaction ends. `None` for any other id, and when the provider has left.
pub async fn carer_to_change<C: ConnectionTrait>(
    tx: &C,
    who: &SignedIn,
    id: CarerId,
) -> Result<Option<carer::Model>, DbErr> {
    let Some(provider) = who.managed_provider() else { return Ok(None) };
    row(
        tx,
        "UPDATE carer SET version = version + 1 WHERE id = $1 AND provider_id = $2 \
         AND EXISTS (SELECT 1 FROM provider p WHERE p.id = $2 AND p.state <> 'EXITED') RETURNING *",
        [id.0.into(), provider.0.into()],
    )
    .await
}

/// Enters a carer.
pub async fn insert_carer<C: ConnectionTrait>(db: &C, carer: &carer::Model) -> Result<(), DbErr> {
    let row = carer.clone().into_active_model().reset_all();
    carer::Entity::insert(row).exec_without_returning(db).await.map(|_| ())
}

/// Writes what a manager may change of a carer; the caller holds the row.
pub async fn write_carer<C: ConnectionTrait>(db: &C, carer: &carer::Model) -> Result<(), DbErr> {
    execute(
        db,
        "UPDATE carer SET name_sealed = $2, phone_sealed = $3, sex = $4, languages = $5, photo_ref = $6, \
         base_latitude_e6 = $7, base_longitude_e6 = $8, travel_buffer_min = $9, is_active = $10 WHERE id = $1",
        [
            carer.id.into(),
            carer.name_sealed.clone().into(),
            carer.phone_sealed.clone().into(),
            carer.sex.as_str().into(),
            carer.languages.clone().into(),
            carer.photo_ref.clone().into(),
            carer.base_latitude_e6.into(),
            carer.base_longitude_e6.into(),
            carer.travel_buffer_min.into(),
            carer.is_active.into(),
        ],
    )
    .await
    .map(|_| ())
}

/// Replaces the regions in which a carer works.
pub async fn replace_areas<C: ConnectionTrait>(
    db: &C,
    carer: CarerId,
    codes: &[String],
) -> Result<(), DbErr> {
    execute(db, "DELETE FROM carer_area WHERE carer_id = $1", [carer.0.into()]).await?;
    if codes.is_empty() {
        return Ok(());
    }
    let rows = codes
        .iter()
        .map(|code| carer_area::ActiveModel { carer_id: Set(carer.0), region_code: Set(code.clone()) });
    carer_area::Entity::insert_many(rows).exec_without_returning(db).await.map(|_| ())
}

/// Replaces the services that a carer can carry out.
pub async fn replace_skills<C: ConnectionTrait>(
    db: &C,
    carer: CarerId,
    codes: &[String],
) -> Result<(), DbErr> {
    execute(db, "DELETE FROM carer_skill WHERE carer_id = $1", [carer.0.into()]).await?;
    if codes.is_empty() {
        return Ok(());
    }
    let rows = codes
        .iter()
        .map(|code| carer_skill::ActiveModel { carer_id: Set(carer.0), service_code: Set(code.clone()) });
    carer_skill::Entity::insert_many(rows).exec_without_returning(db).await.map(|_| ())
}

/// Replaces the weekly calendar of a carer.
pub async fn replace_week<C: ConnectionTrait>(
    db: &C,
    carer: CarerId,
    week: &[carer_week::Model],
) -> Result<(), DbErr> {
    execute(db, "DELETE FROM carer_week WHERE carer_id = $1", [carer.0.into()]).await?;
    if week.is_empty() {
        return Ok(());
    }
    let rows = week.iter().map(|hours| carer_week::ActiveModel {
        carer_id: Set(carer.0),
        weekday: Set(hours.weekday),
        from_minute: Set(hours.from_minute),
        until_minute: Set(hours.until_minute),
    });
    carer_week::Entity::insert_many(rows).exec_without_returning(db).await.map(|_| ())
}

/// Enters a leave.
pub async fn insert_leave<C: ConnectionTrait>(db: &C, leave: &carer_leave::Model) -> Result<(), DbErr> {
    let row = leave.clone().into_active_model().reset_all();
    carer_leave::Entity::insert(row).exec_without_returning(db).await.map(|_| ())
}

/// A leave by its id, whoever's it is: the caller asks whose carer has it.
pub async fn leave<C: ConnectionTrait>(db: &C, id: LeaveId) -> Result<Option<carer_leave::Model>, DbErr> {
    row(db, "SELECT * FROM carer_leave WHERE id = $1", [id.0.into()]).await
}

/// Ends a leave now, or takes it away when it has not begun. The caller holds the carer's row.
pub async fn end_leave<C: ConnectionTrait>(
    db: &C,
    leave: &carer_leave::Model,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    if leave.starts_at >= now {
        execute(db, "DELETE FROM carer_leave WHERE id = $1", [leave.id.into()]).await?;
    } else {
        let sql = "UPDATE carer_leave SET ends_at = $2 WHERE id = $1";
        execute(db, sql, [leave.id.into(), now.into()]).await?;
    }
    Ok(())
}

/// Keeps a code that binds a carer, as its keyed hash.
pub async fn insert_code<C: ConnectionTrait>(
    db: &C,
    (index, carer): (&str, CarerId),
    by: Uuid,
    (made_at, expires_at): (DateTime<Utc>, DateTime<Utc>),
) -> Result<(), DbErr> {
    execute(
        db,
        "INSERT INTO carer_code (code_index, carer_id, made_by, made_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
        [index.into(), carer.0.into(), by.into(), made_at.into(), expires_at.into()],
    )
    .await
    .map(|_| ())
}

/// Uses up a code; `None` when it is unknown, used or run out.
pub async fn take_code<C: ConnectionTrait>(
    tx: &C,
    index: &str,
    now: DateTime<Utc>,
) -> Result<Option<CarerId>, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        carer_id: Uuid,
    }
    let sql = "UPDATE carer_code SET used_at = $2 WHERE code_index = $1 AND used_at IS NULL AND expires_at > $2 \
        RETURNING carer_id";
    let found: Option<Found> = row(tx, sql, [index.into(), now.into()]).await?;
    Ok(found.map(|found| CarerId(found.carer_id)))
}

#[derive(FromQueryResult)]
struct Employer {
    provider_id: Uuid,
}

/// Frees the person from places as a carer in which he does not work any more; the providers of those.
pub async fn leave_former<C: ConnectionTrait>(tx: &C, person: Uuid) -> Result<Vec<Uuid>, DbErr> {
    let sql = "UPDATE carer SET person_id = NULL, version = version + 1 WHERE person_id = $1 AND NOT is_active \
        RETURNING provider_id";
    let found: Vec<Employer> = rows(tx, sql, [person.into()]).await?;
    Ok(found.into_iter().map(|found| found.provider_id).collect())
}

/// How a place as a carer was taken.
pub enum Taken {
    /// For this provider.
    By(Uuid),
    /// Not at all: the place or the person is bound already, or the carer does not work.
    Already,
}

/// Binds a carer who works and has no account yet to a person who is no carer yet.
pub async fn bind<C: ConnectionTrait>(tx: &C, carer: CarerId, person: Uuid) -> Result<Taken, DbErr> {
    let sql = "UPDATE carer SET person_id = $2, version = version + 1 WHERE id = $1 AND person_id IS NULL AND is_active \
        AND NOT EXISTS (SELECT 1 FROM carer other WHERE other.person_id = $2) RETURNING provider_id";
    match row::<Employer, _>(tx, sql, [carer.0.into(), person.into()]).await {
        Ok(found) => Ok(found.map_or(Taken::Already, |found| Taken::By(found.provider_id))),
        // Two codes taken up by one person at the same moment: the second finds the first.
        Err(error) if is_duplicate(&error) => Ok(Taken::Already),
        Err(error) => Err(error),
    }
}
