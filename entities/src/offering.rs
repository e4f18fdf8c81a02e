use sea_orm::entity::prelude::*;

use crate::enums::{CertificateKind, OfferingUnit};

/// A service as a provider offers it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "offering")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub provider_id: Uuid,
    /// Code in the catalogue of services.
    pub service_code: String,
    /// What is done for the price, in words.
    pub content: String,
    pub unit: OfferingUnit,
    /// Minutes of one unit.
    pub duration_min: i32,
    pub carers_needed: i16,
    pub certificate_kind: Option<CertificateKind>,
    /// How many of the carers need that certificate.
    pub certified_needed: i16,
    pub is_active: bool,
    pub created_at: DateTimeUtc,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
