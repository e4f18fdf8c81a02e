use sea_orm::entity::prelude::*;

/// How far the issue of a programme's month has come.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "voucher_run")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub programme: String,
    /// First day of the month.
    #[sea_orm(primary_key, auto_increment = false)]
    pub month_on: Date,
    /// Elders up to this one are done; nil at the beginning.
    pub last_elder: Uuid,
    /// Grants written by all runs of the month.
    pub grants: i32,
    pub granted_fen: i64,
    pub started_at: DateTimeUtc,
    pub finished_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
