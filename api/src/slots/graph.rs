//! What clients see of slots, and the mutations of holds.

pub mod nearby;
pub mod opening;
pub mod refused;

use async_graphql::{ComplexObject, Context, ID, InputObject, MergedObject, Object, Result, SimpleObject};

use super::service;
use super::store::Slot;
use crate::app::Asked as _;
pub use crate::directory::graph::MealWay;
use crate::directory::graph::{Canteen, Dish, MealPeriod, ways_of};
use crate::directory::store::{Menu, own_canteen};
use crate::kit::allow::{Allow, ORDERING, STAFF, allow};
use crate::kit::ids::{CanteenId, SlotId};
use crate::kit::page::{Connection, Page};
use crate::kit::ready::Ready;
use crate::kit::scalar::{Day, Instant};

/// Places of one canteen, day and meal.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct MealSlot {
    /// Opaque.
    pub id: ID,
    /// Service day.
    pub served_on: Day,
    /// Meal of the day.
    pub period: MealPeriod,
    /// Ways that share these places.
    pub ways: Vec<MealWay>,
    /// Portions in all.
    pub capacity: i32,
    /// Portions still free, never negative. Others may be filling in a form for some of them.
    pub portions_left: i32,
    /// Last moment to order and to cancel free of charge.
    pub cut_off_at: Instant,
    /// Serving begins.
    pub starts_at: Instant,
    /// Serving ends.
    pub ends_at: Instant,
    #[graphql(skip)]
    pub row: Slot,
    #[graphql(skip)]
    pub menu: Option<Menu>,
}

impl MealSlot {
    /// With the menu when it is known already.
    pub fn new(row: Slot, menu: Option<Menu>) -> Self {
        Self {
            id: SlotId(row.id).to_string().into(),
            served_on: row.served_on.into(),
            period: row.period.into(),
            ways: ways_of(row.ways),
            capacity: row.capacity,
            portions_left: (row.capacity - row.taken).max(0),
            cut_off_at: row.cut_off_at.into(),
            starts_at: row.starts_at.into(),
            ends_at: row.ends_at.into(),
            row,
            menu,
        }
    }
}

#[ComplexObject]
impl MealSlot {
    /// Whose places.
    async fn canteen(&self, ctx: &Context<'_>) -> Result<Canteen> {
        let app = ctx.app();
        let card = app.cards.canteen(app.db.read(), self.row.canteen_id, self.row.stamp).await?;
        Ok(card.as_deref().map(Into::into).ok_or("a slot without its canteen")?)
    }

    /// The menu, at most 30 dishes; empty until it is published.
    async fn dishes(&self, ctx: &Context<'_>) -> Result<Vec<Dish>> {
        if let Some(menu) = &self.menu {
            return Ok(menu.iter().map(Into::into).collect());
        }
        let menu = service::menu_of(ctx.app(), &self.row).await?;
        Ok(menu.iter().map(Into::into).collect())
    }
}

/// A short hold on places while a form is filled in.
#[derive(SimpleObject)]
pub struct SlotHold {
    /// Give it to `mealOrderPlace`; the same token renews or releases the hold.
    pub token: String,
    /// Seconds until it runs out by itself.
    pub seconds: i32,
    /// How many portions are held.
    pub portions: i32,
}

answers! {
    /// Answer of `slotHold`.
    SlotHoldPayload {
        /// The hold.
        hold: SlotHold
    }
    SlotHoldError SlotHoldErrorCode {
        /// There is no such slot.
        SlotNotFound = "没有找到这一餐",
        /// No places are left, or others hold them.
        SlotFull = "这一餐已经订满",
        /// The cut-off has passed, or the canteen is closed.
        SlotClosed = "这一餐已经停止订餐",
        /// You may book for nobody yet: take up a family bond first.
        NoElder = "请先绑定老人，再占位",
        /// 1 to 10 portions.
        PortionsInvalid = "份数应为 1 到 10",
    }
}

answers! {
    /// Answer of `slotHoldRelease`.
    SlotHoldReleasePayload {
        /// True: the places are free again.
        released: bool
    }
    SlotHoldReleaseError SlotHoldReleaseErrorCode {
        /// There is no such slot.
        SlotNotFound = "没有找到这一餐",
    }
}

/// Input of `slotHold`.
#[derive(InputObject)]
pub struct SlotHoldInput {
    /// Which slot.
    pub slot_id: ID,
    /// How many portions, 1 to 10.
    #[graphql(default = 1)]
    pub portions: i32,
    /// Token of an earlier hold of yours, to renew it; left out for a new one.
    pub token: Option<String>,
}

/// Input of `slotHoldRelease`.
#[derive(InputObject)]
pub struct SlotHoldReleaseInput {
    /// Which slot.
    pub slot_id: ID,
    /// Token of the hold.
    pub token: String,
}

/// Queries about slots: they hold nobody's data.
#[derive(Default)]
pub struct SlotQuery;

#[Object]
impl SlotQuery {
    /// Slots of a canteen that still take orders, the earliest first. Open to all.
    async fn meal_slots(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which canteen.")] canteen_id: ID,
        #[graphql(desc = "Serving begins then or later; now when left out.")] from: Option<Instant>,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Ready<Connection<MealSlot>>> {
        let page = Page::read(first, after.as_deref())?;
        open_slots(ctx, canteen_id.parse()?, from, page).await
    }

    /// Slots of one of your canteens that still take orders, the earliest first; empty when it is none of yours.
    #[graphql(guard = "Allow(STAFF)", directive = allow::apply(STAFF.to_vec()))]
    async fn my_meal_slots(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which canteen; the one that `myCanteens` lists first when left out.")]
        canteen_id: Option<ID>,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Ready<Connection<MealSlot>>> {
        let page = Page::read(first, after.as_deref())?;
        let asked: Option<CanteenId> = canteen_id.map(|id| id.parse()).transpose()?;
        let own = own_canteen(ctx.app().db.read(), ctx.who()?, asked).await?;
        // No canteen has the id of nothing.
        let canteen = own.map_or(uuid::Uuid::nil(), |canteen| canteen.id);
        open_slots(ctx, canteen.into(), None, page).await
    }
}

async fn open_slots(
    ctx: &Context<'_>,
    canteen: CanteenId,
    from: Option<Instant>,
    page: Page,
) -> Result<Ready<Connection<MealSlot>>> {
    let nodes = ctx.look_ahead().field("nodes").field("dishes");
    let edges = ctx.look_ahead().field("edges").field("node").field("dishes");
    let wants_menu = nodes.exists() || edges.exists();
    let app = ctx.app().clone();
    let slots = service::open_slots(&app, (canteen, from.map(|from| from.0)), page).await?;
    Ok(Ready::new(slots, move |slots| {
        let app = app.clone();
        Box::pin(async move {
            let found = service::with_menus(&app, &slots, wants_menu).await?;
            Ok(page.connect(found, |(row, _)| row.id, |(row, menu)| MealSlot::new(row, menu)))
        })
    }))
}

/// Mutations of places: holds, and what managers do.
#[derive(Default, MergedObject)]
pub struct SlotMutation(HoldMutation, opening::OpeningMutation, refused::RefusedMutation);

/// Mutations of holds.
#[derive(Default)]
pub struct HoldMutation;

#[Object]
impl HoldMutation {
    /// Keeps places for some minutes while a form is filled in. A courtesy, not a booking; one hold of a slot a person.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn slot_hold(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many places of which slot.")] input: SlotHoldInput,
    ) -> Result<SlotHoldPayload> {
        let slot: SlotId = input.slot_id.parse()?;
        let result = service::hold(ctx.app(), ctx.who()?, slot, input.portions, input.token).await;
        SlotHoldPayload::from_result(result)
    }

    /// Gives held places back before the hold runs out.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn slot_hold_release(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which hold.")] input: SlotHoldReleaseInput,
    ) -> Result<SlotHoldReleasePayload> {
        let slot: SlotId = input.slot_id.parse()?;
        SlotHoldReleasePayload::from_result(service::release(ctx.app(), ctx.who()?, slot, &input.token).await)
    }
}
