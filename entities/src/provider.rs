use sea_orm::entity::prelude::*;

use crate::enums::{ProviderKind, ProviderState};

/// An organisation that carries out services.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub kind: ProviderKind,
    pub region_code: String,
    pub is_demo: bool,
    pub state: ProviderState,
    /// Grows with each change of the state.
    pub version: i32,
    /// Shown to everybody: who sells on a platform is named with a way to be reached.
    pub phone: Option<String>,
    /// Place of business in words; shown to everybody.
    pub address: Option<String>,
    /// Null for those from before applications.
    pub applied_by: Option<Uuid>,
    pub applied_at: Option<DateTimeUtc>,
    /// Words of the last decision against the provider; null when there is none.
    pub decision_reason: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
