//! Rows of people. Every query about an elder starts from who asks.

pub mod consent;
pub mod help_call;
pub mod phone;
pub mod picture;
pub mod words;

use chrono::{DateTime, Utc};
use entities::enums::{Relation, Role};
use entities::{data_access, elder};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, IntoActiveModel as _, QueryFilter,
    QuerySelect, Value,
};
use uuid::Uuid;

use super::rules::Scopes;
use super::rules::access::{CARE, Field};
use crate::kit::db::{execute, row, rows};
use crate::kit::ids::{BondId, ElderId, Ids, PersonId, SessionId};
use crate::kit::page::Page;
use crate::kit::viewer::{Grant, SignedIn};

/// Conditions under which the person `$1` reaches elder `e`; `$2` is the desk's branch of the region tree. A closed elder is out
/// of everybody's reach.
const REACH: &str = "FROM elder e \
    LEFT JOIN family_bond b ON b.elder_id = e.id AND b.person_id = $1 AND b.state = 'ACTIVE' \
    WHERE e.closed_at IS NULL AND (e.person_id = $1 OR b.id IS NOT NULL OR e.region_code LIKE $2)";

/// An elder together with what the asking person may do.
#[derive(Clone, Debug)]
pub struct Reached {
    /// The elder's row.
    pub elder: elder::Model,
    /// What the person may do for the elder.
    pub scopes: Scopes,
    /// Whether the person is the elder.
    pub is_self: bool,
    /// Whether it is neither the elder nor family, but somebody at work.
    pub is_at_work: bool,
}

/// The desk's branch as a LIKE pattern; nothing matches the empty text.
pub fn desk_pattern(who: &SignedIn) -> String {
    who.roles
        .iter()
        .find(|grant| matches!(grant.role, Role::Desk | Role::Admin))
        .map_or_else(String::new, |grant| format!("{}%", grant.region.as_deref().unwrap_or("")))
}

impl Reached {
    /// Joins the elder's row with what the person's bond and roles allow.
    pub fn new(elder: elder::Model, bond: Scopes, who: &SignedIn) -> Self {
        let is_self = elder.person_id == Some(who.person.0);
        let is_at_work = !is_self && bond == Scopes::default();
        let mut scopes = if is_self { Scopes::ALL } else { bond };
        if who.is_desk_for(&elder.region_code) {
            scopes = scopes.with(Scopes::DESK);
        }
        Self { elder, scopes, is_self, is_at_work }
    }
}

#[derive(FromQueryResult)]
struct Bits {
    scopes: Option<i16>,
}

async fn reached_rows<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    tail: &str,
    more: Vec<Value>,
) -> Result<Vec<Reached>, DbErr> {
    use sea_orm::{EntityName as _, Statement};
    debug_assert_eq!(elder::Entity.table_name(), "elder");
    let sql = format!("SELECT e.*, b.scopes AS scopes {REACH} {tail}");
    let values = [vec![who.person.0.into(), desk_pattern(who).into()], more].concat();
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    db.query_all_raw(statement)
        .await?
        .iter()
        .map(|found| {
            let bits = Bits::from_query_result(found, "")?;
            let bond = Scopes::from_bits(bits.scopes.unwrap_or(0));
            Ok(Reached::new(elder::Model::from_query_result(found, "")?, bond, who))
        })
        .collect()
}

/// The elder as the person reaches him; `None` when he is out of reach or not there.
pub async fn elder_of<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    id: ElderId,
) -> Result<Option<Reached>, DbErr> {
    Ok(reached_rows(db, who, "AND e.id = $3", vec![id.0.into()]).await?.pop())
}

/// Elders with a bond to the person, and the person's own record; the desk's region is not listed here.
pub async fn elders_of<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    page: Page,
) -> Result<Vec<Reached>, DbErr> {
    let tail = "AND (e.person_id = $1 OR b.id IS NOT NULL) AND e.id > $3 ORDER BY e.id LIMIT $4";
    let limit = i64::try_from(page.limit()).unwrap_or(i64::MAX);
    reached_rows(db, who, tail, vec![page.after.unwrap_or(Uuid::nil()).into(), limit.into()]).await
}

/// Whether the person may book for anybody: himself, or an elder by a bond with the scope BOOK (bit 2).
pub async fn may_book<C: ConnectionTrait>(db: &C, who: &SignedIn) -> Result<bool, DbErr> {
    #[derive(FromQueryResult)]
    struct May {
        may: bool,
    }
    let found: Option<May> = row(
        db,
        "SELECT EXISTS (SELECT 1 FROM elder WHERE person_id = $1) OR EXISTS (SELECT 1 FROM family_bond \
         WHERE person_id = $1 AND state = 'ACTIVE' AND (scopes & 2) <> 0) AS may",
        [who.person.0.into()],
    )
    .await?;
    Ok(found.is_some_and(|found| found.may))
}

/// Elders whose blind index matches, as far as the person reaches them. At most 20.
pub async fn elders_by_index<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    (column, index): (&'static str, &str),
    branch: &str,
) -> Result<Vec<Reached>, DbErr> {
    let tail = format!("AND e.{column} = $3 AND e.region_code LIKE $4 ORDER BY e.id LIMIT 20");
    reached_rows(db, who, &tail, vec![index.into(), format!("{branch}%").into()]).await
}

/// Roles of a person whose session lives; `None` when it has ended or is another's.
pub async fn roles_in_session<C: ConnectionTrait>(
    db: &C,
    session: SessionId,
    person: PersonId,
) -> Result<Option<Vec<Grant>>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        role: Option<Role>,
        provider_id: Option<Uuid>,
        region_code: Option<String>,
    }
    let found: Vec<Row> = rows(
        db,
        "SELECT r.role, r.provider_id, r.region_code FROM session_family f \
         LEFT JOIN person_role r ON r.person_id = f.person_id \
         WHERE f.id = $1 AND f.person_id = $2 AND f.ended_at IS NULL",
        [session.0.into(), person.0.into()],
    )
    .await?;
    let grant = |row: &Row| {
        let (provider, region) = (row.provider_id, row.region_code.clone());
        row.role.map(|role| Grant { role, provider, region })
    };
    Ok((!found.is_empty()).then(|| found.iter().filter_map(grant).collect()))
}

/// Gives a role; having it already changes only its reach.
pub async fn grant<C: ConnectionTrait>(
    db: &C,
    person: PersonId,
    grant: &Grant,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    execute(
        db,
        "INSERT INTO person_role (person_id, role, provider_id, region_code, granted_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (person_id, role) DO UPDATE SET provider_id = excluded.provider_id, region_code = excluded.region_code",
        [
            person.0.into(),
            grant.role.as_str().into(),
            grant.provider.into(),
            grant.region.clone().into(),
            at.into(),
        ],
    )
    .await
    .map(|_| ())
}

/// The provider for which a person has a role.
pub async fn serves<C: ConnectionTrait>(db: &C, person: PersonId, role: Role) -> Result<Option<Uuid>, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        provider_id: Option<Uuid>,
    }
    let sql = "SELECT provider_id FROM person_role WHERE person_id = $1 AND role = $2";
    let found: Option<Found> = row(db, sql, [person.0.into(), role.as_str().into()]).await?;
    Ok(found.and_then(|found| found.provider_id))
}

/// Gives a role that the person does not have yet, or has for the `former` provider, with which it is over. False
/// when the person has the role for another provider: one person serves one.
pub async fn grant_new<C: ConnectionTrait>(
    db: &C,
    person: PersonId,
    grant: &Grant,
    former: Option<Uuid>,
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let written = execute(
        db,
        "INSERT INTO person_role (person_id, role, provider_id, region_code, granted_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (person_id, role) DO UPDATE SET provider_id = excluded.provider_id, \
         granted_at = excluded.granted_at WHERE person_role.provider_id = $6",
        [
            person.0.into(),
            grant.role.as_str().into(),
            grant.provider.into(),
            grant.region.clone().into(),
            at.into(),
            former.into(),
        ],
    )
    .await?;
    Ok(written == 1)
}

/// One bond, as shown to those who may see it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct BondRow {
    /// Which bond.
    pub id: Uuid,
    /// Who has it.
    pub person_id: Uuid,
    /// The elder.
    pub elder_id: Uuid,
    /// What the person is to the elder.
    pub relation: Relation,
    /// Bit set of scopes.
    pub scopes: i16,
    /// Since when.
    pub started_at: DateTime<Utc>,
    /// The person's name, sealed; null until told.
    pub name_sealed: Option<String>,
    /// The person's telephone number, sealed; null until given.
    pub phone_sealed: Option<String>,
    /// The account of the elder; null when he has none.
    pub elder_person_id: Option<Uuid>,
}

const BOND: &str = "SELECT b.id, b.person_id, b.elder_id, b.relation, b.scopes, b.started_at, p.name_sealed, \
    t.phone_sealed, o.person_id AS elder_person_id FROM family_bond b JOIN person p ON p.id = b.person_id \
    JOIN elder o ON o.id = b.elder_id LEFT JOIN person_phone t ON t.person_id = b.person_id WHERE b.state = 'ACTIVE'";

/// Live bonds of an elder; there are few, so the list is whole (at most 50).
pub async fn bonds_of_elder<C: ConnectionTrait>(db: &C, elder: ElderId) -> Result<Vec<BondRow>, DbErr> {
    rows(db, &format!("{BOND} AND b.elder_id = $1 ORDER BY b.id LIMIT 50"), [elder.0.into()]).await
}

/// A live bond that the person may end or change: his own, or one to himself as the elder, or one in the desk's region.
pub async fn bond_of<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    id: BondId,
) -> Result<Option<BondRow>, DbErr> {
    let sql = format!(
        "{BOND} AND b.id = $1 AND (b.person_id = $2 OR EXISTS (SELECT 1 FROM elder e WHERE e.id = b.elder_id \
         AND (e.person_id = $2 OR e.region_code LIKE $3)))"
    );
    row(db, &sql, [id.0.into(), who.person.0.into(), desk_pattern(who).into()]).await
}

/// Leaves a record of a reading of sensitive data.
pub async fn record_access<C: ConnectionTrait>(
    db: &C,
    id: Uuid,
    (elder, who): (ElderId, PersonId),
    (field, purpose): (Field, &str),
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    execute(
        db,
        "INSERT INTO data_access (id, elder_id, person_id, field, purpose, accessed_at) VALUES ($1, $2, $3, $4, $5, $6)",
        [id.into(), elder.0.into(), who.0.into(), field.as_str().into(), purpose.into(), at.into()],
    )
    .await
    .map(|_| ())
}

/// What a person has read of elders since an instant, as elder and field.
pub async fn recent_accesses<C: ConnectionTrait>(
    db: &C,
    reader: PersonId,
    elders: Vec<Uuid>,
    since: DateTime<Utc>,
) -> Result<Vec<(Uuid, String)>, DbErr> {
    use data_access::Column;
    data_access::Entity::find()
        .select_only()
        .column(Column::ElderId)
        .column(Column::Field)
        .filter(Column::ElderId.is_in(elders))
        .filter(Column::PersonId.eq(reader.0))
        .filter(Column::AccessedAt.gt(since))
        .into_tuple()
        .all(db)
        .await
}

/// Leaves a record of many readings in one statement.
pub async fn record_accesses<C: ConnectionTrait>(
    db: &C,
    ids: &Ids,
    (reader, at): (PersonId, DateTime<Utc>),
    read: Vec<(Uuid, Field)>,
) -> Result<(), DbErr> {
    let row = |(elder_id, field): (Uuid, Field)| data_access::Model {
        id: ids.next(),
        elder_id,
        person_id: reader.0,
        field: field.as_str().to_owned(),
        purpose: CARE.to_owned(),
        accessed_at: at,
    };
    if read.is_empty() {
        return Ok(());
    }
    let rows = read.into_iter().map(|one| row(one).into_active_model());
    data_access::Entity::insert_many(rows).exec_without_returning(db).await.map(|_| ())
}

/// Whether anybody may pay for the elder by phone: himself, or somebody with a bond that says so.
pub async fn has_payer<C: ConnectionTrait>(db: &C, elder: Uuid) -> Result<bool, DbErr> {
    #[derive(FromQueryResult)]
    struct Has {
        has: bool,
    }
    let sql = "SELECT (EXISTS (SELECT 1 FROM elder WHERE id = $1 AND person_id IS NOT NULL) OR EXISTS \
        (SELECT 1 FROM family_bond WHERE elder_id = $1 AND state = 'ACTIVE' AND (scopes & $2) = $2)) AS has";
    let pay = Scopes::of(&[super::rules::Scope::Pay]).bits();
    let found: Option<Has> = row(db, sql, [elder.into(), pay.into()]).await?;
    Ok(found.is_some_and(|found| found.has))
}
