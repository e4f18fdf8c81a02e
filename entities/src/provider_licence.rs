use sea_orm::entity::prelude::*;

use crate::enums::LicenceKind;

/// A paper that a provider hands in, with the days for which it holds.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_licence")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub provider_id: Uuid,
    pub kind: LicenceKind,
    pub number: String,
    pub valid_from: Date,
    /// Last day on which it holds.
    pub valid_until: Date,
    pub added_at: DateTimeUtc,
    /// Null until an officer has seen it.
    pub checked_at: Option<DateTimeUtc>,
    pub checked_by: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
