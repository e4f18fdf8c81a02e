//! Rows of providers on their way in and out, and of their licences.

use chrono::{DateTime, Utc};
use entities::enums::{ProviderState, Role};
use entities::{provider, provider_licence, text_check};
use sea_orm::{
    ActiveModelTrait as _, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, IntoActiveModel as _, Value,
};
use uuid::Uuid;

use crate::kit::db::{execute, marks, row, rows};
use crate::kit::ids::{LicenceId, PersonId, ProviderId};
use crate::kit::page::Page;
use crate::kit::viewer::SignedIn;
use crate::people::rules::words::HIDDEN_WORDS;
use crate::people::store::words::{hidden_rows, shown};

/// A provider with its papers.
#[derive(Clone, Debug)]
pub struct ProviderCard {
    /// The row.
    pub row: provider::Model,
    /// Its papers, the oldest first; those that ran out too.
    pub licences: Vec<provider_licence::Model>,
    /// Words that were hidden.
    pub hidden: Vec<text_check::Model>,
}

impl ProviderCard {
    /// Words of the provider as somebody reads them; hidden ones are shown to their author alone.
    pub fn shown(&self, field: &str, words: &str, reader: PersonId) -> String {
        let is_hidden =
            self.hidden.iter().any(|hidden| hidden.field == field && hidden.author_id != reader.0);
        if is_hidden { HIDDEN_WORDS } else { words }.to_owned()
    }
}

/// The officer's branch as a LIKE pattern; nothing matches the empty text.
pub fn officer_pattern(who: &SignedIn) -> String {
    let mut branches: Vec<&str> = who
        .roles
        .iter()
        .filter(|grant| matches!(grant.role, Role::Officer | Role::Admin))
        .map(|grant| grant.region.as_deref().unwrap_or(""))
        .collect();
    // The shortest code is the widest branch.
    branches.sort_by_key(|branch| branch.len());
    branches.first().map_or_else(String::new, |branch| format!("{branch}%"))
}

/// A provider by its id, whoever's it is: the caller asks who may see it.
pub async fn provider<C: ConnectionTrait>(db: &C, id: ProviderId) -> Result<Option<provider::Model>, DbErr> {
    row(db, "SELECT * FROM provider WHERE id = $1", [id.0.into()]).await
}

/// How a provider is called and reached, as everybody reads it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Sign {
    /// Registered name.
    pub name: String,
    /// Telephone number; `None` when none is known.
    pub phone: Option<String>,
}

/// What everybody reads of a provider.
pub async fn sign<C: ConnectionTrait>(db: &C, id: ProviderId) -> Result<Option<Sign>, DbErr> {
    let name = shown("p.name", "p.id", "name");
    row(db, &format!("SELECT {name} AS name, p.phone FROM provider p WHERE p.id = $1"), [id.0.into()]).await
}

/// A provider that the person runs or looks after as officer; `None` for any other.
pub async fn provider_of<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    id: ProviderId,
) -> Result<Option<provider::Model>, DbErr> {
    let sees = |row: &provider::Model| {
        who.managed_provider() == Some(ProviderId(row.id)) || who.is_officer_for(&row.region_code)
    };
    Ok(provider(db, id).await?.filter(sees))
}

/// The provider that the person runs and that has not left; `None` for everybody else.
pub async fn provider_to_run<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
) -> Result<Option<provider::Model>, DbErr> {
    let Some(id) = who.managed_provider() else { return Ok(None) };
    let sql = "SELECT * FROM provider WHERE id = $1 AND state <> 'EXITED'";
    row(db, sql, [id.0.into()]).await
}

/// Providers of the officer's branch within a region, by id.
pub async fn providers_in<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    (region, state): (&str, Option<ProviderState>),
    page: Page,
) -> Result<Vec<ProviderCard>, DbErr> {
    let values: [Value; 5] = [
        officer_pattern(who).into(),
        format!("{region}%").into(),
        state.map_or("", ProviderState::as_str).into(),
        page.after.unwrap_or(Uuid::nil()).into(),
        i64::try_from(page.limit()).unwrap_or(i64::MAX).into(),
    ];
    let found: Vec<provider::Model> = rows(
        db,
        "SELECT * FROM provider WHERE region_code LIKE $1 AND region_code LIKE $2 AND ($3 = '' OR state = $3) \
         AND id > $4 ORDER BY id LIMIT $5",
        values,
    )
    .await?;
    with_licences(db, found).await
}

/// Joins providers with their papers and with what is hidden of them, in two statements.
pub async fn with_licences<C: ConnectionTrait>(
    db: &C,
    providers: Vec<provider::Model>,
) -> Result<Vec<ProviderCard>, DbErr> {
    if providers.is_empty() {
        return Ok(Vec::new());
    }
    let list = marks(1, providers.len());
    let sql = format!("SELECT * FROM provider_licence WHERE provider_id IN ({list}) ORDER BY id");
    let all: Vec<provider_licence::Model> =
        rows(db, &sql, providers.iter().map(|provider| provider.id.into())).await?;
    let hidden = hidden_rows(db, providers.iter().map(|provider| provider.id).collect()).await?;
    let card = |row: provider::Model| {
        let hidden = hidden.iter().filter(|words| words.subject_id == row.id).cloned().collect();
        let licences = all.iter().filter(|licence| licence.provider_id == row.id).cloned().collect();
        ProviderCard { row, licences, hidden }
    };
    Ok(providers.into_iter().map(card).collect())
}

/// The provider's row with its papers, or nothing when it is gone.
pub async fn card<C: ConnectionTrait>(db: &C, id: ProviderId) -> Result<Option<ProviderCard>, DbErr> {
    let found = provider(db, id).await?.into_iter().collect();
    Ok(with_licences(db, found).await?.pop())
}

/// Moves a provider from the state in which it was seen; false when somebody was faster.
pub async fn move_on<C: ConnectionTrait>(
    db: &C,
    seen: &provider::Model,
    to: ProviderState,
    reason: Option<&str>,
) -> Result<bool, DbErr> {
    let changed = execute(
        db,
        "UPDATE provider SET state = $4, decision_reason = $5, version = version + 1 \
         WHERE id = $1 AND state = $2 AND version = $3",
        [seen.id.into(), seen.state.as_str().into(), seen.version.into(), to.as_str().into(), reason.into()],
    )
    .await?;
    Ok(changed == 1)
}

/// Whether a meal of one of the provider's canteens is still under way. Reads orders because nobody leaves what is
/// promised; it never changes them.
pub async fn has_open_orders<C: ConnectionTrait>(db: &C, id: ProviderId) -> Result<bool, DbErr> {
    #[derive(FromQueryResult)]
    #[allow(dead_code, reason = "that there is a row tells it")]
    struct Found {
        id: Uuid,
    }
    let found: Option<Found> = row(
        db,
        "SELECT o.id FROM meal_order o JOIN canteen c ON c.id = o.canteen_id WHERE c.provider_id = $1 \
         AND o.ended_at IS NULL \
         UNION ALL SELECT v.id FROM service_order v WHERE v.provider_id = $1 AND v.ended_at IS NULL \
         AND v.state <> 'CONFIRMED' LIMIT 1",
        [id.0.into()],
    )
    .await?;
    Ok(found.is_some())
}

/// Enters a paper.
pub async fn insert_licence<C: ConnectionTrait>(
    db: &C,
    licence: &provider_licence::Model,
) -> Result<(), DbErr> {
    let row = licence.clone().into_active_model().reset_all();
    provider_licence::Entity::insert(row).exec_without_returning(db).await.map(|_| ())
}

/// A paper of a provider in the officer's branch; `None` for any other.
pub async fn licence_to_check<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    id: LicenceId,
) -> Result<Option<provider_licence::Model>, DbErr> {
    row(
        db,
        "SELECT l.* FROM provider_licence l JOIN provider p ON p.id = l.provider_id \
         WHERE l.id = $1 AND p.region_code LIKE $2",
        [id.0.into(), officer_pattern(who).into()],
    )
    .await
}

/// An officer has seen a paper; false when it had been seen before.
pub async fn check_licence<C: ConnectionTrait>(
    db: &C,
    id: LicenceId,
    by: Uuid,
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql =
        "UPDATE provider_licence SET checked_at = $3, checked_by = $2 WHERE id = $1 AND checked_at IS NULL";
    Ok(execute(db, sql, [id.0.into(), by.into(), at.into()]).await? == 1)
}

/// An officer has seen every paper of a provider.
pub async fn check_licences<C: ConnectionTrait>(
    db: &C,
    provider: ProviderId,
    by: Uuid,
    at: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let sql = "UPDATE provider_licence SET checked_at = $3, checked_by = $2 \
        WHERE provider_id = $1 AND checked_at IS NULL";
    execute(db, sql, [provider.0.into(), by.into(), at.into()]).await
}
