//! Live updates: after each change the thing is read again with the eyes of the person who listens, so that an
//! ended bond ends the view.

use async_graphql::{Context, ID, Result, Subscription};
use futures_util::{Stream, StreamExt as _, stream};

use super::carer_work::CARERS;
use super::kitchen::{KitchenSheet, sheet};
use super::order::MealOrder;
use super::service_order::ServiceOrder;
use crate::app::Asked as _;
use crate::directory::graph::MealPeriod;
use crate::directory::store::canteen_of_provider;
use crate::kit::allow::{Allow, SIGNED_IN, STAFF, allow};
use crate::kit::ids::{CanteenId, OrderId};
use crate::kit::refusal::top_level;
use crate::kit::scalar::Day;
use crate::orders::service::service_order::carer_work::visits;
use crate::orders::store::carer_work::carer_topic;
use crate::orders::store::{read, service_order};

/// The stream up to and with its first refusal: what may not be seen any more is not asked for again, and the
/// listener is told at once that it is over.
fn until_refused<T: Send>(
    updates: impl Stream<Item = Result<T>> + Send,
) -> impl Stream<Item = Result<T>> + Send {
    stream::unfold(Some(Box::pin(updates)), |open| async move {
        let mut updates = open?;
        let update = updates.next().await?;
        let open = update.is_ok().then_some(updates);
        Some((update, open))
    })
}

/// Live updates of orders.
#[derive(Default)]
pub struct OrderSubscription;

#[Subscription]
impl OrderSubscription {
    /// The order now and after each change. Ends with BAD_REQUEST when you may not see it, also later.
    #[graphql(guard = "Allow(SIGNED_IN)", directive = allow::apply(SIGNED_IN.to_vec()))]
    async fn order_updated(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order.")] order_id: ID,
    ) -> Result<impl Stream<Item = Result<MealOrder>>> {
        let (app, who, id): (_, _, OrderId) = (ctx.app().clone(), ctx.who()?.clone(), order_id.parse()?);
        let changes = app.bus.listen(&format!("meal_order:{}", id.0));
        let bonds = app.bus.listen(&format!("bond:{}", who.person.0));
        let beats = stream::select(Box::pin(changes), Box::pin(bonds));
        Ok(until_refused(stream::once(async {}).chain(beats).then(move |()| {
            let (app, who) = (app.clone(), who.clone());
            async move {
                let seen = read::order_of(app.db.read(), &who, id).await?;
                seen.map(Into::into).ok_or_else(|| top_level("BAD_REQUEST", "没有找到这个订单"))
            }
        })))
    }

    /// The visit now and after each change, for family, elder, desk, manager and carer. Ends with BAD_REQUEST when you may
    /// not see it, also later.
    #[graphql(guard = "Allow(SIGNED_IN)", directive = allow::apply(SIGNED_IN.to_vec()))]
    async fn service_order_updated(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order.")] order_id: ID,
    ) -> Result<impl Stream<Item = Result<ServiceOrder>>> {
        let (app, who, id): (_, _, OrderId) = (ctx.app().clone(), ctx.who()?.clone(), order_id.parse()?);
        let changes = app.bus.listen(&format!("service_order:{}", id.0));
        let bonds = app.bus.listen(&format!("bond:{}", who.person.0));
        let beats = stream::select(Box::pin(changes), Box::pin(bonds));
        Ok(until_refused(stream::once(async {}).chain(beats).then(move |()| {
            let (app, who) = (app.clone(), who.clone());
            async move {
                let seen = service_order::order_for(app.db.read(), &who, id).await?;
                seen.map(Into::into).ok_or_else(|| top_level("BAD_REQUEST", "没有找到这个订单"))
            }
        })))
    }

    /// Your visits as `myVisits` tells them, at most 100: now, when you are asked for another, and after
    /// each change of one of them.
    #[graphql(guard = "Allow(CARERS)", directive = allow::apply(CARERS.to_vec()))]
    async fn my_visits_updated(
        &self,
        ctx: &Context<'_>,
    ) -> Result<impl Stream<Item = Result<Vec<ServiceOrder>>>> {
        let (app, who) = (ctx.app().clone(), ctx.who()?.clone());
        let beats = app.bus.listen(&carer_topic(who.person.0));
        Ok(stream::once(async {}).chain(beats).then(move |()| {
            let (app, who) = (app.clone(), who.clone());
            async move {
                let found = visits(&app, &who).await?;
                Ok(found.into_iter().map(|(seen, part)| ServiceOrder::of_carer(seen, part)).collect())
            }
        }))
    }

    /// Your canteen's sheet of a day and period, now and after each change.
    #[graphql(guard = "Allow(STAFF)", directive = allow::apply(STAFF.to_vec()))]
    async fn kitchen_sheet_updated(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which canteen.")] canteen_id: ID,
        #[graphql(desc = "Service day.")] served_on: Day,
        #[graphql(desc = "Meal of the day.")] period: MealPeriod,
    ) -> Result<impl Stream<Item = Result<KitchenSheet>>> {
        let (app, who, canteen): (_, _, CanteenId) =
            (ctx.app().clone(), ctx.who()?.clone(), canteen_id.parse()?);
        let beats = app.bus.listen(&format!("kitchen:{}:{}", canteen.0, served_on.0));
        Ok(until_refused(stream::once(async {}).chain(beats).then(move |()| {
            let (app, who) = (app.clone(), who.clone());
            async move {
                if canteen_of_provider(app.db.read(), &who, canteen).await?.is_none() {
                    return Err(top_level("BAD_REQUEST", "没有找到这个食堂"));
                }
                Ok(sheet(&app, &who, canteen, (served_on.0, period.into())).await?)
            }
        })))
    }
}
