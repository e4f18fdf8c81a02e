//! Calls to families about visits that were drawn.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entities::enums::CallBackState as RowState;

use crate::app::{App, Asked as _};
use crate::dispatch::service::call_back;
use crate::dispatch::store::call_back as store;
use crate::kit::allow::{Allow, DESKS, allow};
use crate::kit::ids::{OrderId, ProviderId};
use crate::kit::page::{Connection, Page};
use crate::kit::refusal::Fault;
use crate::kit::scalar::Instant;

/// Whether a family that was drawn has been called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RowState")]
pub enum CallBackState {
    /// Nobody has called yet.
    Open,
    /// The answer is written.
    Done,
}

/// A confirmed visit that was drawn: the desk calls the family and asks whether it was carried out, and well. 5 of 100
/// visits are drawn, 30 of 100 of new or flagged providers.
#[derive(SimpleObject)]
pub struct CallBack {
    /// Which order.
    pub order_id: ID,
    /// Whose visit it was.
    pub provider_id: ID,
    /// Whether the family has been called.
    pub state: CallBackState,
    /// When it was drawn.
    pub drawn_at: Instant,
    /// What the family said; null until then.
    pub answer: Option<String>,
    /// Whether the family was satisfied; null until then.
    pub is_satisfied: Option<bool>,
    /// When the answer was written; null until then.
    pub answered_at: Option<Instant>,
}

impl CallBack {
    fn new(app: &App, row: entities::call_back::Model) -> Result<Self, Fault> {
        Ok(Self {
            order_id: OrderId(row.order_id).to_string().into(),
            provider_id: ProviderId(row.provider_id).to_string().into(),
            state: row.state.into(),
            drawn_at: row.drawn_at.into(),
            answer: app.seal.open_optional(row.answer_sealed.as_deref())?,
            is_satisfied: row.is_satisfied,
            answered_at: row.answered_at.map(Into::into),
        })
    }
}

answers! {
    /// Answer of `callBackAnswer`.
    CallBackAnswerPayload {
        /// The call, DONE.
        call_back: CallBack
    }
    CallBackAnswerError CallBackAnswerErrorCode {
        /// The visit was not drawn, or is not of your region.
        CallBackNotFound = "没有找到这次回访",
        /// 1 to 500 characters.
        AnswerInvalid = "请用一到五百字写明家属的回答",
        /// Somebody has called before.
        AlreadyAnswered = "这次回访已经有人做过了",
    }
}

/// Input of `callBackAnswer`.
#[derive(InputObject)]
pub struct CallBackAnswerInput {
    /// About which order.
    pub order_id: ID,
    /// What the family said, 1 to 500 characters.
    pub answer: String,
    /// Whether the family was satisfied.
    pub is_satisfied: bool,
}

/// Queries about calls.
#[derive(Default)]
pub struct CallBackQuery;

#[Object]
impl CallBackQuery {
    /// Visits of your region that were drawn for a call to the family, the oldest order first.
    #[graphql(guard = "Allow(DESKS)", directive = allow::apply(DESKS.to_vec()))]
    async fn call_backs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Called or not.", default_with = "CallBackState::Open")] state: CallBackState,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<CallBack>> {
        let (app, who, page) = (ctx.app(), ctx.who()?, Page::read(first, after.as_deref())?);
        let rows = store::of_desk(app.db.read(), who, state.into(), page).await?;
        let shaped = rows.into_iter().map(|row| Ok((row.order_id, CallBack::new(app, row)?)));
        Ok(page.connect(shaped.collect::<Result<Vec<_>, Fault>>()?, |row| row.0, |row| row.1))
    }
}

/// The mutation of calls.
#[derive(Default)]
pub struct CallBackMutation;

#[Object]
impl CallBackMutation {
    /// Writes what the family said about a visit that was drawn. Once.
    #[graphql(guard = "Allow(DESKS)", directive = allow::apply(DESKS.to_vec()))]
    async fn call_back_answer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which visit, and what was said.")] input: CallBackAnswerInput,
    ) -> Result<CallBackAnswerPayload> {
        let (app, who, id) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        match call_back::answer(app, who, id, (&input.answer, input.is_satisfied)).await {
            Ok(row) => CallBackAnswerPayload::from_result(Ok(CallBack::new(app, row)?)),
            Err(stop) => CallBackAnswerPayload::from_result(Err(stop)),
        }
    }
}
