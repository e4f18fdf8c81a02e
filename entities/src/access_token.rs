use sea_orm::entity::prelude::*;

/// The platform's access token, shared by processes that have no Redis.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "access_token")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub appid: String,
    /// Counts the fetches; 0 while nothing was fetched.
    pub version: i64,
    pub token_sealed: Option<String>,
    pub renew_at: DateTimeUtc,
    pub ends_at: DateTimeUtc,
    /// Who fetches just now.
    pub leased_by: Option<String>,
    pub leased_until: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
