//! Where an elder can eat next.

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use super::MealSlot;
use crate::app::Asked as _;
use crate::directory::graph::{Canteen, warm_timetables};
use crate::kit::allow::{Allow, ORDERING, allow};
use crate::kit::ids::ElderId;
use crate::kit::refusal::top_level;
use crate::slots::service::nearby::{Choice, choices};

/// Most canteens in one answer.
const CHOICES_MAX: usize = 20;

/// A canteen near an elder's home, with its next meals.
#[derive(SimpleObject)]
pub struct MealChoice {
    /// The canteen.
    pub canteen: Canteen,
    /// From the elder's home as the crow flies; null when one of the two places is not known.
    pub distance_metres: Option<i32>,
    /// Slots of the coming three days that still take orders, the earliest first, at most 4; `mealSlots` tells all.
    pub slots: Vec<MealSlot>,
}

impl From<Choice> for MealChoice {
    fn from(choice: Choice) -> Self {
        Self {
            canteen: choice.canteen.into(),
            distance_metres: choice.distance_m.and_then(|metres| i32::try_from(metres).ok()),
            slots: choice.slots.into_iter().map(|(slot, menu)| MealSlot::new(slot, menu)).collect(),
        }
    }
}

/// Queries about what is near.
#[derive(Default)]
pub struct NearbyQuery;

#[Object]
impl NearbyQuery {
    /// Canteens of an elder's district or within 5 km of the home, the nearest first, with their next meals; at most 20.
    /// Empty for an elder out of your reach.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn meal_choices(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose home.")] elder_id: ID,
        #[graphql(desc = "How many canteens, 1 to 20.", default = 10)] first: i32,
    ) -> Result<Vec<MealChoice>> {
        let Some(count) = usize::try_from(first).ok().filter(|count| (1..=CHOICES_MAX).contains(count))
        else {
            return Err(top_level("BAD_REQUEST", "first must be 1 to 20"));
        };
        let elder: ElderId = elder_id.parse()?;
        let wants_menus = ctx.look_ahead().field("slots").field("dishes").exists();
        let found = choices(ctx.app(), ctx.who()?, elder, (count, wants_menus)).await?;
        let rows: Vec<_> = found.iter().map(|choice| choice.canteen.clone()).collect();
        warm_timetables(ctx, &rows).await?;
        Ok(found.into_iter().map(Into::into).collect())
    }
}
