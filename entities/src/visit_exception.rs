use sea_orm::entity::prelude::*;

use crate::enums::ExceptionReview;

/// Something about a visit that did not fit. Explained by the carer, judged by a person.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "visit_exception")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub order_id: Uuid,
    pub carer_id: Uuid,
    pub rule: String,
    pub score: i16,
    pub detail: String,
    pub holds_line: bool,
    pub noted_at: DateTimeUtc,
    /// The carer's words.
    pub answer_sealed: Option<String>,
    pub answered_at: Option<DateTimeUtc>,
    pub review: ExceptionReview,
    pub review_reason: Option<String>,
    pub reviewed_by: Option<Uuid>,
    pub reviewed_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
