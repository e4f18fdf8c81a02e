use sea_orm::entity::prelude::*;

use crate::enums::{PrivacyKind, PrivacyState, SignedAs};

/// What an elder asked for about all of his data.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "privacy_request")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub elder_id: Uuid,
    pub kind: PrivacyKind,
    pub state: PrivacyState,
    pub asked_by: Uuid,
    pub asked_as: SignedAs,
    /// Where the paper lies, when it was asked for on paper.
    pub paper_reference: Option<String>,
    pub asked_at: DateTimeUtc,
    /// An erasure happens then; a copy can be fetched until then.
    pub due_at: DateTimeUtc,
    pub ended_at: Option<DateTimeUtc>,
    /// Code of what stood in the way.
    pub refused_for: Option<String>,
    /// What an erasure has kept until when, as JSON.
    pub outcome: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
