use sea_orm::entity::prelude::*;

use crate::enums::Sex;

/// The person cared for, 60 or over by law (Elders' Rights Law art. 2) or younger by mistake of import.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "elder")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub person_id: Option<Uuid>,
    pub name_sealed: String,
    pub name_index: String,
    pub birth_on: Date,
    pub sex: Sex,
    pub phone_sealed: Option<String>,
    pub phone_index: Option<String>,
    pub id_number_sealed: Option<String>,
    pub id_number_index: Option<String>,
    pub card_index: Option<String>,
    pub address_sealed: Option<String>,
    /// Millionths of a degree, WGS 84.
    pub latitude_e6: Option<i32>,
    /// Millionths of a degree, WGS 84.
    pub longitude_e6: Option<i32>,
    pub dietary_sealed: Option<String>,
    pub region_code: String,
    pub created_at: DateTimeUtc,
    /// He is being erased, or was: in no list, no search and no booking.
    pub closed_at: Option<DateTimeUtc>,
    /// No more bookings and vouchers from then on.
    pub died_on: Option<Date>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
