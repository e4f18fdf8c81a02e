use sea_orm::entity::prelude::*;

use crate::enums::Sex;

/// Somebody who carries out visits for a provider.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "carer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub provider_id: Uuid,
    /// Null until the carer has taken up an invitation.
    pub person_id: Option<Uuid>,
    pub name_sealed: String,
    pub phone_sealed: String,
    pub sex: Sex,
    /// Names of `enums::Language` joined by commas.
    pub languages: String,
    pub photo_ref: Option<String>,
    /// Where the carer sets out from; millionths of a degree, WGS 84.
    pub base_latitude_e6: Option<i32>,
    /// Millionths of a degree, WGS 84.
    pub base_longitude_e6: Option<i32>,
    /// Minutes kept free between two visits.
    pub travel_buffer_min: i16,
    pub is_active: bool,
    pub created_at: DateTimeUtc,
    pub version: i32,
    pub stars_1: i32,
    pub stars_2: i32,
    pub stars_3: i32,
    pub stars_4: i32,
    pub stars_5: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
