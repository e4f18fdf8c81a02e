//! Consents to subscription messages of WeChat.

use async_graphql::{Context, Enum, InputObject, Object, Result, SimpleObject};
use entities::message_consent::Model;

use super::message::MessageKind;
use crate::app::{App, Asked as _};
use crate::kit::allow::{Allow, SIGNED_IN, allow};
use crate::notices::rules::template;
use crate::notices::service::consent::{self, Choice};
use crate::notices::store::consent as store;

/// Where a page asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "template::Moment")]
pub enum SubscriptionMoment {
    /// A meal is being booked.
    MealBooked,
    /// A visit is being booked.
    VisitBooked,
    /// Vouchers are looked at.
    VouchersSeen,
    /// A bond has begun: calls for help will be told.
    Bonded,
}

/// What a person answered about one template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Choice")]
pub enum SubscriptionChoice {
    /// One more message may be sent.
    Accept,
    /// Not this time; earlier consents stay.
    Reject,
    /// Never: earlier consents are over.
    Ban,
}

/// A template of subscription messages.
#[derive(SimpleObject)]
pub struct SubscriptionTemplate {
    /// The platform's id, for `wx.requestSubscribeMessage`.
    pub template: String,
    /// What it tells.
    pub kind: MessageKind,
    /// How many messages of it you would still take, as far as the house knows.
    pub remaining: i32,
}

/// What you would still take.
#[derive(SimpleObject)]
pub struct Subscriptions {
    /// At most one for each kind of message, at most 7.
    pub templates: Vec<SubscriptionTemplate>,
}

fn shape(app: &App, kinds: &[entities::enums::MessageKind], rows: &[Model]) -> Vec<SubscriptionTemplate> {
    let of = |kind: &entities::enums::MessageKind| {
        let known = app.templates.of(*kind)?;
        let row = rows.iter().find(|row| row.template_id == known.id);
        Some(SubscriptionTemplate {
            template: known.id.clone(),
            kind: (*kind).into(),
            remaining: row.map_or(0, |row| row.remaining),
        })
    };
    kinds.iter().filter_map(of).collect()
}

answers! {
    /// Answer of `subscriptionRecord`.
    SubscriptionRecordPayload {
        /// What you would still take.
        subscriptions: Subscriptions
    }
    SubscriptionRecordError SubscriptionRecordErrorCode {
        /// One to five different templates.
        AnswersInvalid = "请提交一到五个模板的选择",
        /// A template that the house does not use.
        TemplateUnknown = "没有这个消息模板",
        /// 16 to 64 letters, digits, `-`, `_`, `.`, `:`.
        RequestKeyInvalid = "请求编号不正确",
        /// The key was used for another request.
        RequestKeyReused = "请求编号已用于别的请求",
    }
}

/// What was answered about one template.
#[derive(InputObject)]
pub struct SubscriptionAnswer {
    /// The platform's id of the template.
    pub template: String,
    /// What the person chose.
    pub choice: SubscriptionChoice,
}

/// Input of `subscriptionRecord`.
#[derive(InputObject)]
pub struct SubscriptionRecordInput {
    /// 16 to 64 letters, digits, `-`, `_`, `.`, `:`, new for each prompt.
    pub request_key: String,
    /// What `wx.requestSubscribeMessage` gave back; at most 5.
    pub answers: Vec<SubscriptionAnswer>,
}

/// The query about consents.
#[derive(Default)]
pub struct SubscriptionQuery;

#[Object]
impl SubscriptionQuery {
    /// Templates to ask for at a moment, the most important first; at most 3. Empty when the house has none for it.
    #[graphql(guard = "Allow(SIGNED_IN)", directive = allow::apply(SIGNED_IN.to_vec()))]
    async fn subscription_templates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where the page asks.")] moment: SubscriptionMoment,
    ) -> Result<Vec<SubscriptionTemplate>> {
        let app = ctx.app();
        let rows = store::of_person(app.db.read(), ctx.who()?.person.0).await?;
        Ok(shape(app, template::Moment::from(moment).kinds(), &rows))
    }
}

/// The mutation of consents.
#[derive(Default)]
pub struct SubscriptionMutation;

#[Object]
impl SubscriptionMutation {
    /// Stores what you answered to a prompt for subscription messages. Consents add up, one for each message.
    #[graphql(guard = "Allow(SIGNED_IN)", directive = allow::apply(SIGNED_IN.to_vec()))]
    async fn subscription_record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was answered.")] input: SubscriptionRecordInput,
    ) -> Result<SubscriptionRecordPayload> {
        let (app, who) = (ctx.app(), ctx.who()?);
        let answers = input.answers.into_iter().map(|answer| (answer.template, answer.choice.into()));
        let rows = consent::answer(app, who, &input.request_key, &answers.collect::<Vec<_>>()).await;
        let all = entities::enums::MessageKind::ALL;
        SubscriptionRecordPayload::from_result(
            rows.map(|rows| Subscriptions { templates: shape(app, all, &rows) }),
        )
    }
}
