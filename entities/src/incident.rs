use sea_orm::entity::prelude::*;

use crate::enums::IncidentKind;

/// Something that went wrong at an elder's home.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "incident")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub order_id: Uuid,
    pub carer_id: Uuid,
    pub kind: IncidentKind,
    pub detail_sealed: String,
    pub is_emergency: bool,
    pub noted_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
