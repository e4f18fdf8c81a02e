use sea_orm::entity::prelude::*;

use crate::enums::AssignmentState;

/// A carer who was chosen or asked for a seat of an order.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "assignment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub order_id: Uuid,
    /// Which search for carers it belongs to: the order's `round` then.
    pub round: i16,
    pub seat: i16,
    pub carer_id: Uuid,
    pub state: AssignmentState,
    /// Whether the carer has the certificate that the offering asks for.
    pub is_certified: bool,
    /// Why this carer came in this place of the row.
    pub reasons: String,
    pub decline_reason: Option<String>,
    pub offered_at: Option<DateTimeUtc>,
    pub expires_at: Option<DateTimeUtc>,
    pub answered_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
