use sea_orm::entity::prelude::*;

use crate::enums::{ConsentPurpose, SignedAs};

/// A yes, or an elder's own no, to one text.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consent")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub elder_id: Uuid,
    pub purpose: ConsentPurpose,
    /// False for an elder's own no.
    pub is_given: bool,
    pub text_version: String,
    /// Hexadecimal, of the text that was read.
    pub text_sha256: String,
    pub signed_as: SignedAs,
    /// Null when a signature on paper came from somebody without an account.
    pub signer_id: Option<Uuid>,
    pub recorded_by: Uuid,
    /// Where the paper lies, when it was signed on paper.
    pub paper_reference: Option<String>,
    pub signed_at: DateTimeUtc,
    /// Null: until it is taken back.
    pub valid_until: Option<DateTimeUtc>,
    pub withdrawn_at: Option<DateTimeUtc>,
    pub withdrawn_by: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
