//! A service order as its family, the elder, the desk, the provider and its carers see it.

pub mod acts;
pub mod bundle;
pub mod hold;
pub mod turns;

use async_graphql::{ComplexObject, Context, Enum, ID, Object, Result, SimpleObject};
use entities::enums::{ServiceState as RowState, Sex as RowSex};

pub use self::acts::{ServiceOrderCancelErrorCode, ServiceOrderConfirmErrorCode, ServiceOrderPlaceErrorCode};
use super::carer_work::VisitPart;
use super::parts::{OrderChannel, OrderEvent, PayerShare, Refund, VisitProvider, shares};
use crate::app::{App, Asked as _};
use crate::kit::allow::{Allow, MANAGERS, Role, SIGNED_IN, allow};
use crate::kit::fen::Fen as Amount;
use crate::kit::ids::{CarerId, ElderId, OfferingId, OrderId};
use crate::kit::page::{Connection, Page};
use crate::kit::refusal::Fault;
use crate::kit::scalar::{Day, Fen, Instant};
use crate::kit::viewer::SignedIn;
use crate::money::store::refund;
use crate::orders::rules::service_order::{ServiceEvent, after, free_cancel_until};
use crate::orders::service::service_order::cancel::fee_of;
use crate::orders::service::service_order::carer_work::{OwnPart, part_in};
use crate::orders::service::service_order::release::{OnTheWay, arrival, release};
use crate::orders::store::service_order::{self as store, ServiceSeen};
use crate::orders::store::{read, service_list};
use crate::people::graph::elder::Elder;
use crate::people::rules::Scope;
use crate::people::rules::access::Field;

/// Those who look after what goes wrong in a branch.
const IN_CHARGE: &[Role] = &[Role::Desk, Role::Officer, Role::Admin];
/// Refunds shown of one order; no honest order has as many.
const LISTED_MAX: usize = 50;

/// Life of a service order. Treat an unknown value as "see details".
///
/// SLOT_HELD → PAID, EXPIRED, CANCELLED; PAID → OFFERED, SLOT_HELD, CANCELLED; OFFERED → ACCEPTED, PAID, CANCELLED;
/// ACCEPTED → EN_ROUTE, CHECKED_IN, PAID, SLOT_HELD, CANCELLED, REFUNDED; EN_ROUTE → CHECKED_IN, PAID, REFUNDED;
/// CHECKED_IN → DONE, REFUNDED; DONE → CONFIRMED, DISPUTED; CONFIRMED → SETTLED, DISPUTED; DISPUTED → CONFIRMED, REFUNDED.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "RowState")]
pub enum ServiceOrderState {
    /// A price was told; nothing is kept yet.
    Quoted,
    /// The carers' time is kept until `payBefore`.
    SlotHeld,
    /// Not paid in time.
    Expired,
    /// Paid, or nothing to pay; carers are being looked for.
    Paid,
    /// Called off; what was paid goes back, less a fee when it was late.
    Cancelled,
    /// Carers have been asked.
    Offered,
    /// Every carer needed has said yes.
    Accepted,
    /// A carer is on the way.
    EnRoute,
    /// A carer is at the home.
    CheckedIn,
    /// Ended early; money went back.
    Refunded,
    /// Carried out; waits for the family's word.
    Done,
    /// The family said so, or nobody objected within a day.
    Confirmed,
    /// Somebody objects; a person decides.
    Disputed,
    /// In a closed statement of the provider.
    Settled,
}

/// Sex, for the wish "only a woman" or "only a man".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RowSex")]
pub enum CarerSex {
    /// A woman.
    Female,
    /// A man.
    Male,
}

/// Who comes.
#[derive(SimpleObject)]
pub struct ComingCarer {
    /// Opaque.
    pub id: ID,
    /// Full name.
    pub name: String,
    /// Reference of the picture; null when there is none.
    pub photo_ref: Option<String>,
    /// Sex.
    pub sex: CarerSex,
    /// Whether the carer has the certificate that this service asks for.
    pub is_certified: bool,
    /// Why this carer, in words: same as last time, the way, visits of the day, stars.
    pub reasons: String,
}

/// How far the carer on the way is. Never where.
#[derive(SimpleObject)]
pub struct Arrival {
    /// Metres to the home, in a straight line.
    pub distance_metres: i32,
    /// Estimate of the arrival by the usual speed in town or country.
    pub arrives_at: Instant,
    /// When the carer's phone told it.
    pub told_at: Instant,
}

impl From<OnTheWay> for Arrival {
    fn from(way: OnTheWay) -> Self {
        Self {
            distance_metres: i32::try_from(way.distance_m).unwrap_or(i32::MAX),
            arrives_at: way.arrives_at.into(),
            told_at: way.told_at.into(),
        }
    }
}

/// What a carer must know to find the home and do the work.
#[derive(SimpleObject)]
pub struct VisitHome {
    /// The elder's full name.
    pub name: String,
    /// The elder's telephone number; null when there is none.
    pub phone: Option<String>,
    /// Where to go.
    pub address: String,
    /// The family's note; null when there is none, and without a yes to PROVIDER_NOTES.
    pub note: Option<String>,
}

/// One booked visit at an elder's home. Its price is frozen.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ServiceOrder {
    /// Opaque.
    pub id: ID,
    /// Where it stands.
    pub state: ServiceOrderState,
    /// Which offering was booked.
    pub offering_id: ID,
    /// The bundle it was booked in; null for a visit booked by itself.
    pub bundle_id: Option<ID>,
    /// Code of the service, as in the catalogue.
    pub service_code: String,
    /// By which way in it came.
    pub channel: OrderChannel,
    /// The visit begins.
    pub starts_at: Instant,
    /// The visit ends.
    pub ends_at: Instant,
    /// Carers that come.
    pub carers_needed: i32,
    /// The wish "only a woman" or "only a man"; null when there is none.
    pub wished_sex: Option<CarerSex>,
    /// Published price times quantity, in fen.
    pub list_fen: Fen,
    /// What the family pays, in fen.
    pub due_fen: Fen,
    /// Who pays what, at most three; the parts make the list price.
    pub payers: Vec<PayerShare>,
    /// Pay until then, or the carers are free again; null when nothing is to pay any more.
    pub pay_before: Option<Instant>,
    /// Last moment for cancelling free of charge.
    pub free_cancel_until: Instant,
    /// When it was placed.
    pub created_at: Instant,
    /// How often the family moved it; at most twice.
    pub moves: i32,
    /// The carer failed: until then choose between other carers and the money; null when nothing is to choose.
    pub choice_ends_at: Option<Instant>,
    #[graphql(skip)]
    pub seen: ServiceSeen,
    #[graphql(skip)]
    pub part: Option<OwnPart>,
}

impl ServiceOrder {
    /// As a carer who was asked sees it.
    pub fn of_carer(seen: ServiceSeen, part: Option<OwnPart>) -> Self {
        Self { part, ..seen.into() }
    }
}

impl From<ServiceSeen> for ServiceOrder {
    fn from(seen: ServiceSeen) -> Self {
        let row = &seen.order;
        Self {
            id: OrderId(row.id).to_string().into(),
            state: row.state.into(),
            offering_id: OfferingId(row.offering_id).to_string().into(),
            bundle_id: row.bundle_id.map(|id| OfferingId(id).to_string().into()),
            service_code: row.service_code.clone(),
            channel: row.channel.into(),
            starts_at: row.starts_at.into(),
            ends_at: row.ends_at.into(),
            carers_needed: row.carers_needed.into(),
            wished_sex: row.wished_sex.map(Into::into),
            list_fen: Amount::new(row.list_fen).into(),
            due_fen: Amount::new(row.cash_fen).into(),
            payers: shares(
                (row.subsidy_fen, None),
                (row.voucher_fen, row.voucher_rule.as_deref()),
                row.cash_fen,
            ),
            pay_before: row.pay_before.filter(|_| row.state == RowState::SlotHeld).map(Into::into),
            free_cancel_until: free_cancel_until(row.starts_at).into(),
            created_at: row.created_at.into(),
            moves: row.moves.into(),
            choice_ends_at: row.choice_before.map(Into::into),
            seen,
            part: None,
        }
    }
}

#[ComplexObject]
impl ServiceOrder {
    /// For whom; masked for those who have no bond.
    async fn elder(&self) -> Elder {
        self.seen.reached.clone().into()
    }

    /// What cancelling would cost the family at this moment, in fen; null when it cannot be cancelled.
    async fn cancel_fee_fen(&self, ctx: &Context<'_>) -> Option<Fen> {
        let order = &self.seen.order;
        after(order.state, ServiceEvent::Cancel)?;
        Some(fee_of(order, ctx.app().clock.now()).into())
    }

    /// The desk's note of the telephone call, for the desk; null for everybody else.
    async fn call_reference(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let order = &self.seen.order;
        Ok(order
            .call_reference
            .clone()
            .filter(|_| ctx.who().is_ok_and(|who| who.is_desk_for(&order.region_code))))
    }

    /// What was written for the carer; null for everybody but its writer.
    async fn note(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let order = &self.seen.order;
        let is_own = ctx.who().is_ok_and(|who| who.person.0 == order.placed_by);
        Ok(ctx.app().seal.open_optional(order.note_sealed.as_deref().filter(|_| is_own))?)
    }

    /// Who comes, at most three; empty until they have said yes.
    async fn carers(&self, ctx: &Context<'_>) -> Result<Vec<ComingCarer>> {
        let app = ctx.app();
        let shape = |row: store::Coming| {
            Ok(ComingCarer {
                id: CarerId(row.id).to_string().into(),
                name: app.seal.open(&row.name_sealed)?,
                photo_ref: row.photo_ref,
                sex: row.sex.into(),
                is_certified: row.is_certified,
                reasons: row.reasons,
            })
        };
        store::coming(app.db.read(), self.seen.order.id).await?.into_iter().map(shape).collect()
    }

    /// Who carries it out, and how to reach them.
    async fn provider(&self, ctx: &Context<'_>) -> Result<VisitProvider> {
        VisitProvider::of(ctx.app(), self.seen.order.provider_id).await
    }

    /// How far the carer on the way is, for those with the scope VIEW_ORDERS; null before and after the way, and when the
    /// carer does not share his place.
    async fn arrival(&self, ctx: &Context<'_>) -> Result<Option<Arrival>> {
        if !self.seen.reached.scopes.has(Scope::ViewOrders) || self.seen.order.state != RowState::EnRoute {
            return Ok(None);
        }
        Ok(arrival(ctx.app(), &self.seen.order).await?.map(Into::into))
    }

    /// Your own part, for a carer who was asked or has said yes; null for everybody else.
    async fn my_part(&self, ctx: &Context<'_>) -> Result<Option<VisitPart>> {
        let who = ctx.who()?;
        let part = match self.part {
            None if who.has(Role::Carer.into()) => part_in(ctx.app(), who, &self.seen.order).await?,
            known => known,
        };
        Ok(part.map(Into::into))
    }

    /// Six digits that the home shows to the carer at the door; null for carers and managers, and without the scope VIEW_ORDERS.
    async fn visit_code(&self) -> Option<String> {
        let may = self.seen.reached.scopes.has(Scope::ViewOrders);
        may.then(|| self.seen.order.visit_code.clone())
    }

    /// The home, for a carer who has said yes, until the visit is over; null for everybody else. Each reading is recorded.
    async fn home(&self, ctx: &Context<'_>) -> Result<Option<VisitHome>> {
        let released = release(ctx.app(), ctx.who()?, &self.seen).await?;
        Ok(released.map(|home| VisitHome {
            name: home.name,
            phone: home.phone,
            address: home.address,
            note: home.note,
        }))
    }

    /// What happened, the first first; at most 100 steps.
    async fn timeline(&self, ctx: &Context<'_>) -> Result<Vec<OrderEvent>> {
        let (db, reader) = (ctx.app().db.read(), ctx.who()?.person);
        let rows = read::timeline_for(db, self.seen.order.id.into(), reader).await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Money on its way back, the first first, at most 50; empty without the scope VIEW_ORDERS.
    async fn refunds(&self, ctx: &Context<'_>) -> Result<Vec<Refund>> {
        if !self.seen.reached.scopes.has(Scope::ViewOrders) {
            return Ok(Vec::new());
        }
        let rows = refund::of_order(ctx.app().db.read(), self.seen.order.id.into()).await?;
        Ok(rows.into_iter().take(LISTED_MAX).map(Into::into).collect())
    }
}

/// The order after an act, as the acting person may see it.
pub async fn seen_again(app: &App, who: &SignedIn, id: OrderId) -> Result<ServiceOrder, Fault> {
    match store::order_for(app.db.write(), who, id).await? {
        Some(seen) => Ok(seen.into()),
        // A carer who has said no does not see the order any more, but is answered.
        None => last_look(app, who, id).await,
    }
}

async fn last_look(app: &App, who: &SignedIn, id: OrderId) -> Result<ServiceOrder, Fault> {
    let seen = store::order_once_asked(app.db.write(), who, id).await?;
    seen.map(Into::into).ok_or_else(|| Fault::new("an order vanished after an act"))
}

/// Queries about service orders.
#[derive(Default)]
pub struct ServiceOrderQuery;

#[Object]
impl ServiceOrderQuery {
    /// One order that you may see as family, elder, desk, manager or carer; null for any other id.
    #[graphql(guard = "Allow(SIGNED_IN)", directive = allow::apply(SIGNED_IN.to_vec()))]
    async fn service_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order.")] id: ID,
    ) -> Result<Option<ServiceOrder>> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, id.parse()?);
        let seen = store::order_for(app.db.read(), who, id).await?;
        let at_the_desk = seen.as_ref().filter(|seen| who.is_desk_for(&seen.order.region_code));
        at_the_desk.inspect(|seen| ctx.readings().note_reached(&seen.reached, Field::Orders));
        Ok(seen.map(Into::into))
    }

    /// Visits booked for your elders, the newest first; of one elder when named.
    #[graphql(guard = "Allow(SIGNED_IN)", directive = allow::apply(SIGNED_IN.to_vec()))]
    async fn service_orders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only this elder's; all of yours when left out.")] elder_id: Option<ID>,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<ServiceOrder>> {
        let page = Page::read(first, after.as_deref())?;
        let (db, who) = (ctx.app().db.read(), ctx.who()?);
        let rows = match elder_id {
            Some(id) => service_list::orders_of_elder(db, who, id.parse::<ElderId>()?, page).await?,
            None => service_list::orders_of_viewer(db, who, page).await?,
        };
        rows.iter().for_each(|seen| ctx.readings().note_reached(&seen.reached, Field::Orders));
        Ok(page.connect(rows, |seen| seen.order.id, ServiceOrder::from))
    }

    /// Visits of a service day of your provider, the first first; at most 200.
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn provider_visits(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Service day.")] visit_on: Day,
    ) -> Result<Vec<ServiceOrder>> {
        let rows = service_list::visits_of_provider(ctx.app().db.read(), ctx.who()?, visit_on.0).await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Visits of your branch that need somebody, the first first, at most 100: the family must choose, a carer is late or
    /// has not left, somebody objects, money is held.
    #[graphql(guard = "Allow(IN_CHARGE)", directive = allow::apply(IN_CHARGE.to_vec()))]
    async fn visits_to_watch(&self, ctx: &Context<'_>) -> Result<Vec<ServiceOrder>> {
        let (app, who) = (ctx.app(), ctx.who()?);
        let rows = service_list::visits_to_watch(app.db.read(), who, app.clock.now()).await?;
        rows.iter().for_each(|seen| ctx.readings().note_reached(&seen.reached, Field::Orders));
        Ok(rows.into_iter().map(Into::into).collect())
    }
}
