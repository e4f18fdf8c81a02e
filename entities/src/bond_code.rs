use sea_orm::entity::prelude::*;

/// A short-lived code that starts a bond, kept only as a keyed hash.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bond_code")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub code_index: String,
    pub elder_id: Uuid,
    /// Bit set: 1 view orders, 2 book, 4 pay, 8 see health, 16 decide.
    pub scopes: i16,
    pub is_for_self: bool,
    pub made_by: Uuid,
    pub made_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    pub used_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
