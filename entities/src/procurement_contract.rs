use sea_orm::entity::prelude::*;

/// What a district buys of a provider for the elders of one region in one year.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "procurement_contract")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub programme: String,
    pub provider_id: Uuid,
    /// The street, or the whole district, whose elders it is for.
    pub region_code: String,
    pub begins_on: Date,
    pub ends_on: Date,
    pub cap_fen: i64,
    /// Reserved and redeemed by orders under it.
    pub used_fen: i64,
    /// The office's number of the paper.
    pub reference: String,
    pub agreed_at: DateTimeUtc,
    pub agreed_by: Uuid,
    /// Noted by mistake: it counts no more.
    pub cancelled_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
