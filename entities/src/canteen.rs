use sea_orm::entity::prelude::*;

/// A seniors' canteen (老年幸福食堂).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "canteen")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub provider_id: Uuid,
    pub name: String,
    pub region_code: String,
    pub address: String,
    pub phone: Option<String>,
    /// Millionths of a degree, WGS 84.
    pub latitude_e6: Option<i32>,
    /// Millionths of a degree, WGS 84.
    pub longitude_e6: Option<i32>,
    pub delivery_fee_fen: i64,
    /// Metres.
    pub delivery_radius_m: Option<i32>,
    pub is_demo: bool,
    /// Grows with each change of menu, price or seats; versions cached answers.
    pub stamp: i64,
    pub stars_1: i32,
    pub stars_2: i32,
    pub stars_3: i32,
    pub stars_4: i32,
    pub stars_5: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
