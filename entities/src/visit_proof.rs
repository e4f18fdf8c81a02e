use sea_orm::entity::prelude::*;

use crate::enums::ProofKind;

/// What was known when a carer came or left: place, time of server and device, second proof.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "visit_proof")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub order_id: Uuid,
    pub carer_id: Uuid,
    pub kind: ProofKind,
    pub server_at: DateTimeUtc,
    pub device_at: Option<DateTimeUtc>,
    pub latitude_e6: Option<i32>,
    pub longitude_e6: Option<i32>,
    pub accuracy_m: Option<i32>,
    /// Metres to the home.
    pub distance_m: Option<i32>,
    pub is_mock: bool,
    pub has_code: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
