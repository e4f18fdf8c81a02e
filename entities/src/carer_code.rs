use sea_orm::entity::prelude::*;

/// A short-lived code that binds a carer to an account, kept only as a keyed hash.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "carer_code")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub code_index: String,
    pub carer_id: Uuid,
    pub made_by: Uuid,
    pub made_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    pub used_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
