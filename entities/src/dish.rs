use sea_orm::entity::prelude::*;

/// A dish or set meal of a canteen.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "dish")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub canteen_id: Uuid,
    pub code: String,
    pub name: String,
    pub is_meal: bool,
    pub portion_g: i32,
    pub small_portion_g: Option<i32>,
    /// Names joined by commas; empty when none.
    pub allergens: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
