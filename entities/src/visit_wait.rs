use sea_orm::entity::prelude::*;

/// A carer at a door that nobody opens.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "visit_wait")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The order's `round` then.
    pub round: i16,
    pub carer_id: Uuid,
    pub arrived_at: DateTimeUtc,
    /// Metres to the home; null when one of the two places is not known.
    pub distance_m: Option<i32>,
    /// Whether the place was near enough and well enough known.
    pub is_proven: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
