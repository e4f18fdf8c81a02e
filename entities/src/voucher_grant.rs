use sea_orm::entity::prelude::*;

use crate::enums::{FreezeReason, VoucherState};

/// What one programme granted one elder for one month, and where it went. The parts always make what was granted.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "voucher_grant")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub programme: String,
    pub elder_id: Uuid,
    /// First day of the month.
    pub month_on: Date,
    /// The district whose public account bears it.
    pub region_code: String,
    pub tier: String,
    /// Part of a price that it pays, in hundredths of a percent; `None` when it pays all that it can.
    pub percent_bp: Option<i32>,
    pub state: VoucherState,
    pub granted_fen: i64,
    pub available_fen: i64,
    pub reserved_fen: i64,
    pub redeemed_fen: i64,
    pub lapsed_fen: i64,
    /// Back in the public account: revoked, or released after the month.
    pub returned_fen: i64,
    pub frozen_for: Option<FreezeReason>,
    pub issued_at: DateTimeUtc,
    /// From then on it reserves nothing more.
    pub closes_at: DateTimeUtc,
    /// The rest of the month has lapsed.
    pub lapsed_at: Option<DateTimeUtc>,
    pub reminded_on: Option<Date>,
    /// Counts the movements.
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
