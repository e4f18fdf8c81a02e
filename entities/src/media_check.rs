use sea_orm::entity::prelude::*;

/// What the platform said about a file.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "media_check")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub trace_id: String,
    /// PASS, REVIEW or RISKY.
    pub verdict: String,
    /// The platform's label; null when it gave none.
    pub label: Option<i64>,
    pub judged_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
