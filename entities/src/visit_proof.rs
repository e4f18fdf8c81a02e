use sea_orm::entity::prelude::*;

use crate::enums::{ProofKind, SecondProof};

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
    pub second_proof: SecondProof,
    /// SHA-256 of the picture taken there, hexadecimal; null when none was taken.
    pub photo_hash: Option<String>,
    /// Where the picture is kept.
    pub photo_ref: Option<String>,
    /// Keyed hash of the device; null when it was not told.
    pub device_index: Option<String>,
    /// Whether it came in a signed queue, so that the phone's own time may count.
    pub is_signed: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
