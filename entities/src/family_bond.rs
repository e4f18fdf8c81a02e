use sea_orm::entity::prelude::*;

use crate::enums::{BondState, Relation as Kinship};

/// A verified relation of a person to an elder, with scopes.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "family_bond")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub elder_id: Uuid,
    pub person_id: Uuid,
    pub relation: Kinship,
    pub state: BondState,
    /// Bit set: 1 view orders, 2 book, 4 pay, 8 see health, 16 decide.
    pub scopes: i16,
    pub started_at: DateTimeUtc,
    pub ended_at: Option<DateTimeUtc>,
    /// Counts the changes of state.
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
