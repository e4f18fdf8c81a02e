use sea_orm::entity::prelude::*;

use crate::enums::CertificateKind;

/// A certificate of a carer, with the days for which it holds.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "carer_certificate")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub carer_id: Uuid,
    pub kind: CertificateKind,
    pub number: String,
    pub valid_from: Date,
    /// Last day on which it holds.
    pub valid_until: Date,
    pub added_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
