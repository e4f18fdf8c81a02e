//! Rows of providers and canteens, as they are entered.

use entities::enums::{ProviderKind, ProviderState};
use entities::{canteen, canteen_delivery_region, provider};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel};

use crate::kit::ids::ProviderId;

/// A provider that has been admitted outside: entered by the house itself, it may work from its first day.
pub fn standing_provider(
    id: ProviderId,
    name: &str,
    kind: ProviderKind,
    region_code: &str,
    is_demo: bool,
) -> provider::Model {
    provider::Model {
        id: id.0,
        name: name.to_owned(),
        kind,
        region_code: region_code.to_owned(),
        is_demo,
        state: ProviderState::Active,
        version: 0,
        phone: None,
        address: None,
        applied_by: None,
        applied_at: None,
        decision_reason: None,
    }
}

/// Enters a provider.
pub async fn insert_provider<C: ConnectionTrait>(db: &C, provider: &provider::Model) -> Result<(), DbErr> {
    let row = provider.clone().into_active_model().reset_all();
    provider::Entity::insert(row).exec_without_returning(db).await.map(|_| ())
}

/// Enters a canteen with the regions to which it delivers.
pub async fn insert_canteen<C: ConnectionTrait>(
    db: &C,
    canteen: &canteen::Model,
    delivers_to: &[String],
) -> Result<(), DbErr> {
    let row = canteen.clone().into_active_model().reset_all();
    canteen::Entity::insert(row).exec_without_returning(db).await?;
    if delivers_to.is_empty() {
        return Ok(());
    }
    let rows = delivers_to.iter().map(|code| canteen_delivery_region::ActiveModel {
        canteen_id: Set(canteen.id),
        region_code: Set(code.clone()),
    });
    canteen_delivery_region::Entity::insert_many(rows).exec_without_returning(db).await.map(|_| ())
}
