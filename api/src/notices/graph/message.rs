//! The messages of the person who asks.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entities::enums::MessageKind as RowKind;
use entities::message::Model;

use crate::app::Asked as _;
use crate::kit::allow::{Allow, SIGNED_IN, allow};
use crate::kit::ids::{HelpCallId, MessageId, OrderId, VoucherId};
use crate::kit::page::{Connection, Page};
use crate::kit::scalar::Instant;
use crate::notices::service::message;
use crate::notices::store;

/// What a message tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RowKind")]
pub enum MessageKind {
    /// Carers have accepted a visit.
    VisitAccepted,
    /// A carer or a meal is on the way.
    OnTheWay,
    /// A visit or meal is done.
    Done,
    /// A meal can be fetched.
    MealReady,
    /// An order was cancelled by somebody else.
    Cancelled,
    /// Money has come back.
    Refund,
    /// A voucher of the month runs out soon.
    VoucherExpiring,
    /// An elder calls for help.
    Sos,
    /// An elder or the desk asks for the payment of an order.
    PaymentAsked,
}

/// What the house tells a person. It says no name and no address.
#[derive(SimpleObject)]
pub struct Message {
    /// Opaque.
    pub id: ID,
    /// What it tells.
    pub kind: MessageKind,
    /// A few Chinese words.
    pub title: String,
    /// A finished Chinese sentence.
    pub words: String,
    /// The meal or visit that it is about; null for anything else.
    pub order_id: Option<ID>,
    /// Whether that order is a meal; null when it is about no order.
    pub is_meal: Option<bool>,
    /// The voucher that it is about; null for anything else.
    pub voucher_id: Option<ID>,
    /// The call for help that it is about; null for anything else.
    pub help_call_id: Option<ID>,
    /// When it was written.
    pub made_at: Instant,
    /// When it was read; null until then.
    pub read_at: Option<Instant>,
}

impl From<Model> for Message {
    fn from(row: Model) -> Self {
        let subject = row.subject.as_str();
        let is_order = matches!(subject, "meal_order" | "service_order");
        let (is_voucher, is_call) = (subject == "voucher_grant", subject == "help_call");
        Self {
            id: MessageId(row.id).to_string().into(),
            kind: row.kind.into(),
            title: row.title,
            words: row.words,
            order_id: is_order.then(|| OrderId(row.subject_id).to_string().into()),
            is_meal: is_order.then_some(subject == "meal_order"),
            voucher_id: is_voucher.then(|| VoucherId(row.subject_id).to_string().into()),
            help_call_id: is_call.then(|| HelpCallId(row.subject_id).to_string().into()),
            made_at: row.made_at.into(),
            read_at: row.read_at.map(Into::into),
        }
    }
}

answers! {
    /// Answer of `messageRead`.
    MessageReadPayload {
        /// How many messages are still unread.
        unread_count: i32
    }
    MessageReadError MessageReadErrorCode {
        /// There is no such message for you.
        MessageNotFound = "没有找到这条消息",
    }
}

/// Input of `messageRead`.
#[derive(InputObject)]
pub struct MessageReadInput {
    /// This message and all older ones are read.
    pub up_to_id: ID,
}

/// Queries about messages.
#[derive(Default)]
pub struct MessageQuery;

#[Object]
impl MessageQuery {
    /// What the house has told you, the newest first.
    #[graphql(guard = "Allow(SIGNED_IN)", directive = allow::apply(SIGNED_IN.to_vec()))]
    async fn messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<Message>> {
        let page = Page::read(first, after.as_deref())?;
        let rows = store::of_person(ctx.app().db.read(), ctx.who()?, page).await?;
        Ok(page.connect(rows, |row| row.id, Message::from))
    }

    /// How many messages you have not read.
    #[graphql(guard = "Allow(SIGNED_IN)", directive = allow::apply(SIGNED_IN.to_vec()))]
    async fn unread_count(&self, ctx: &Context<'_>) -> Result<i32> {
        let unread = store::unread(ctx.app().db.read(), ctx.who()?).await?;
        Ok(i32::try_from(unread).unwrap_or(i32::MAX))
    }
}

/// The mutation of messages.
#[derive(Default)]
pub struct MessageMutation;

#[Object]
impl MessageMutation {
    /// Marks a message and all older ones as read. Repeated, it answers the same.
    #[graphql(guard = "Allow(SIGNED_IN)", directive = allow::apply(SIGNED_IN.to_vec()))]
    async fn message_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Up to which message.")] input: MessageReadInput,
    ) -> Result<MessageReadPayload> {
        let left = message::read(ctx.app(), ctx.who()?, input.up_to_id.parse()?).await;
        MessageReadPayload::from_result(left.map(|left| i32::try_from(left).unwrap_or(i32::MAX)))
    }
}
