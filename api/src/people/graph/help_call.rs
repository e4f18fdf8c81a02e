//! Calls for help.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entities::enums::HelpCallState as RowState;
use uuid::Uuid;

use crate::app::{App, Asked as _};
use crate::kit::allow::{Allow, DESKS, ORDERING, allow};
use crate::kit::ids::{ElderId, HelpCallId};
use crate::kit::page::{Connection, Page};
use crate::kit::refusal::Fault;
use crate::kit::scalar::Instant;
use crate::kit::viewer::SignedIn;
use crate::people::rules::mask_name;
use crate::people::rules::words::HIDDEN_WORDS;
use crate::people::service::help_call as service;
use crate::people::store::help_call::{self as store, Named};
use crate::people::store::words::hidden_of;

/// Whether somebody looks after a call for help: OPEN → SEEN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RowState")]
pub enum HelpCallState {
    /// Nobody at the desk has seen it yet.
    Open,
    /// The desk looks after it.
    Seen,
}

/// A call for help. Presses within ten minutes are one call.
#[derive(SimpleObject)]
pub struct HelpCall {
    /// Opaque.
    pub id: ID,
    /// Who needs help.
    pub elder_id: ID,
    /// The first character of his name and stars; ask for the elder to see more.
    pub elder_name: String,
    /// When it was first pressed.
    pub called_at: Instant,
    /// How often it was pressed.
    pub presses: i32,
    /// When it was last pressed.
    pub last_pressed_at: Instant,
    /// Whether the desk looks after it.
    pub state: HelpCallState,
    /// Since when the desk looks after it; null until then.
    pub seen_at: Option<Instant>,
    /// What the desk did; null until then. A Chinese sentence in its place when WeChat's check objects to it.
    pub note: Option<String>,
}

impl HelpCall {
    fn new(app: &App, named: Named) -> Result<Self, Fault> {
        let Named { call, elder_name } = named;
        Ok(Self {
            id: HelpCallId(call.id).to_string().into(),
            elder_id: ElderId(call.elder_id).to_string().into(),
            elder_name: mask_name(&app.seal.open(&elder_name)?),
            called_at: call.called_at.into(),
            presses: call.presses,
            last_pressed_at: call.last_pressed_at.into(),
            state: call.state.into(),
            seen_at: call.seen_at.map(Into::into),
            note: app.seal.open_optional(call.note_sealed.as_deref())?,
        })
    }

    /// Calls as somebody reads them; a note that the platform objects to is shown to its author alone.
    async fn shown(app: &App, who: &SignedIn, rows: Vec<Named>) -> Result<Vec<(Uuid, Self)>, Fault> {
        let noted = rows.iter().filter(|row| row.call.note_sealed.is_some());
        let ids = noted.map(|row| row.call.id).collect();
        let hidden = hidden_of(app.db.read(), ids, who.person.0).await?;
        let open = |row: Named| {
            let (id, mut call) = (row.call.id, Self::new(app, row)?);
            if hidden.contains(&(id, "note".to_owned())) {
                call.note = Some(HIDDEN_WORDS.to_owned());
            }
            Ok((id, call))
        };
        rows.into_iter().map(open).collect()
    }

    async fn one(app: &App, who: &SignedIn, row: Named) -> Result<Self, Fault> {
        let shown = Self::shown(app, who, vec![row]).await?.pop();
        shown.map(|row| row.1).ok_or_else(|| Fault::new("a call for help vanished"))
    }
}

answers! {
    /// Answer of `helpCallStart`.
    HelpCallStartPayload {
        /// The call; the same one when it was pressed within ten minutes before.
        call: HelpCall
    }
    HelpCallStartError HelpCallStartErrorCode {
        /// There is no such elder for you.
        ElderNotFound = "没有找到这位老人，紧急时请直接拨打 120",
    }
}

answers! {
    /// Answer of `helpCallAcknowledge`.
    HelpCallAcknowledgePayload {
        /// The call, SEEN.
        call: HelpCall
    }
    HelpCallAcknowledgeError HelpCallAcknowledgeErrorCode {
        /// There is no such call in your branch.
        CallNotFound = "没有找到这次求助",
        /// 1 to 500 characters.
        NoteInvalid = "请用一到五百字写明怎么处理的",
        /// Somebody else looks after it.
        AlreadySeen = "这次求助已经有人在处理",
    }
}

/// Input of `helpCallStart`.
#[derive(InputObject)]
pub struct HelpCallStartInput {
    /// Who needs help.
    pub elder_id: ID,
}

/// Input of `helpCallAcknowledge`.
#[derive(InputObject)]
pub struct HelpCallAcknowledgeInput {
    /// Which call.
    pub call_id: ID,
    /// What you did, 1 to 500 characters.
    pub note: String,
}

/// The query of calls for help.
#[derive(Default)]
pub struct HelpCallQuery;

#[Object]
impl HelpCallQuery {
    /// Calls for help of yourself, of elders you are bound to and of the desk's region, the newest first.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn help_calls(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand there.")] state: Option<HelpCallState>,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<HelpCall>> {
        let (app, page) = (ctx.app(), Page::read(first, after.as_deref())?);
        let rows = store::list(app.db.read(), ctx.who()?, state.map(Into::into), page).await?;
        let shown = HelpCall::shown(app, ctx.who()?, rows).await?;
        Ok(page.connect(shown, |row| row.0, |row| row.1))
    }
}

/// Mutations of calls for help.
#[derive(Default)]
pub struct HelpCallMutation;

#[Object]
impl HelpCallMutation {
    /// Calls for help: everybody bound to the elder is told at once, and the desk sees it. It does not call an ambulance.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn help_call_start(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who needs help.")] input: HelpCallStartInput,
    ) -> Result<HelpCallStartPayload> {
        let (app, elder) = (ctx.app(), input.elder_id.parse()?);
        let who = ctx.who()?;
        match service::start(app, who, elder).await {
            Ok(call) => HelpCallStartPayload::from_result(Ok(HelpCall::one(app, who, call).await?)),
            Err(stop) => HelpCallStartPayload::from_result(Err(stop)),
        }
    }

    /// Says that the desk looks after a call, and what it did. Once.
    #[graphql(guard = "Allow(DESKS)", directive = allow::apply(DESKS.to_vec()))]
    async fn help_call_acknowledge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which call, and what was done.")] input: HelpCallAcknowledgeInput,
    ) -> Result<HelpCallAcknowledgePayload> {
        let (app, id) = (ctx.app(), input.call_id.parse()?);
        let who = ctx.who()?;
        match service::acknowledge(app, who, id, &input.note).await {
            Ok(call) => HelpCallAcknowledgePayload::from_result(Ok(HelpCall::one(app, who, call).await?)),
            Err(stop) => HelpCallAcknowledgePayload::from_result(Err(stop)),
        }
    }
}
