use sea_orm::entity::prelude::*;

use crate::enums::{CertificateKind, Channel, ServiceState, Sex};

/// One booked visit at an elder's home. Its price and its address are frozen.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "service_order")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub placed_by: Uuid,
    pub request_key: String,
    pub request_fingerprint: String,
    pub elder_id: Uuid,
    pub offering_id: Uuid,
    /// The bundle it was booked in; null for a visit booked by itself.
    pub bundle_id: Option<Uuid>,
    /// Shared by the visits of a bundle that were booked together.
    pub booking_id: Option<Uuid>,
    pub provider_id: Uuid,
    pub service_code: String,
    pub channel: Channel,
    /// The desk's note of the telephone call.
    pub call_reference: Option<String>,
    pub state: ServiceState,
    pub version: i32,
    pub starts_at: DateTimeUtc,
    pub ends_at: DateTimeUtc,
    /// Hours or pieces; 1 when priced by the visit.
    pub quantity: i16,
    pub carers_needed: i16,
    pub certificate_kind: Option<CertificateKind>,
    pub certified_needed: i16,
    pub wished_sex: Option<Sex>,
    pub wished_carer: Option<Uuid>,
    pub list_fen: i64,
    pub subsidy_fen: i64,
    pub voucher_fen: i64,
    pub cash_fen: i64,
    /// What the provider keeps of the price when the order ended early; null until then.
    pub kept_fen: Option<i64>,
    pub region_code: String,
    pub address_sealed: String,
    /// Millionths of a degree, WGS 84.
    pub latitude_e6: Option<i32>,
    /// Millionths of a degree, WGS 84.
    pub longitude_e6: Option<i32>,
    pub note_sealed: Option<String>,
    /// Six digits that the home shows to the carer.
    pub visit_code: String,
    pub pay_before: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub done_at: Option<DateTimeUtc>,
    pub ended_at: Option<DateTimeUtc>,
    /// How often the family moved it.
    pub moves: i16,
    /// How often its carers were looked for anew at another time.
    pub round: i16,
    /// Until then carers are looked for.
    pub search_until: Option<DateTimeUtc>,
    /// When the provider failed the last time; null again when somebody else has accepted.
    pub failed_at: Option<DateTimeUtc>,
    /// Until then the family chooses between other carers and its money; null when nothing is to choose.
    pub choice_before: Option<DateTimeUtc>,
    pub disputed_at: Option<DateTimeUtc>,
    /// When a person decided about its money.
    pub decided_at: Option<DateTimeUtc>,
    /// Whether its money waits for a person's look.
    pub is_held: bool,
    /// Keyed hash of the device from which the family confirmed; null when it told none.
    pub confirmed_device: Option<String>,
    pub voucher_rule: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
