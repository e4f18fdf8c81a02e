use sea_orm::entity::prelude::*;

use crate::enums::FaultKind;

/// What counts against a provider: a visit called off, a carer who did not come.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "visit_fault")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub order_id: Uuid,
    pub provider_id: Uuid,
    /// Null when it concerns the whole visit.
    pub carer_id: Option<Uuid>,
    pub kind: FaultKind,
    pub reason: String,
    pub noted_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
