//! Words beside the ratings that wait for a person: what those in charge of texts see and decide.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use entities::enums::TextState;

use crate::app::{App, Asked as _};
use crate::kit::allow::{Allow, DESKS_AND_OFFICERS, allow};
use crate::kit::ids::{ElderId, OrderId, WordsId};
use crate::kit::page::{Connection, Page};
use crate::kit::refusal::Fault;
use crate::kit::scalar::Instant;
use crate::kit::viewer::SignedIn;
use crate::people::rules::access::Field;
use crate::people::service::reading::Readings;
use crate::ratings::rules::{Moderation, is_in_charge, words as rules};
use crate::ratings::service::words as service;
use crate::ratings::store::words::{self as store, Held};

/// Words that somebody wrote for others, and that WeChat's check hid or left for a person.
#[derive(SimpleObject)]
pub struct HeldWords {
    /// Opaque. Words that their author writes anew get another one.
    pub id: ID,
    /// What they are, in Chinese, such as 订单备注 or 请假理由.
    pub kind_name: String,
    /// The words.
    pub text: String,
    /// What WeChat saw in them, in Chinese.
    pub objection: String,
    /// Whether others read them now.
    pub is_shown: bool,
    /// The elder whom they concern; null when there is none, or when he lives in another branch.
    pub elder_id: Option<ID>,
    /// The order of either kind in which they were written; null when there is none, or when its elder lives in another branch.
    pub order_id: Option<ID>,
    /// Canteen or provider whom they concern; null when there is none.
    pub provider_name: Option<String>,
    /// When they were written.
    pub written_at: Instant,
    /// Since when they wait for a person.
    pub held_at: Instant,
    /// When a person last decided about them; null before.
    pub decided_at: Option<Instant>,
}

impl HeldWords {
    /// As somebody in charge reads them.
    fn open(app: &App, who: &SignedIn, held: Held) -> Result<Self, Fault> {
        let Held { words, order, elder, elder_region, provider_name } = held;
        let is_near = elder_region.is_some_and(|region| is_in_charge(who, &region));
        let near = |id: String| is_near.then(|| id.into());
        Ok(Self {
            id: WordsId(words.id).to_string().into(),
            kind_name: rules::name(&words.subject, &words.field).to_owned(),
            text: app.seal.open(&words.words_sealed)?,
            objection: words.reason.unwrap_or_default(),
            is_shown: words.state != TextState::Hidden,
            elder_id: elder.and_then(|id| near(ElderId(id).to_string())),
            order_id: order.and_then(|id| near(OrderId(id).to_string())),
            provider_name,
            written_at: words.written_at.into(),
            held_at: words.settled_at.unwrap_or(words.written_at).into(),
            decided_at: words.decided_at.map(Into::into),
        })
    }
}

/// Words about an elder are read at work.
fn note(readings: &Readings, held: &Held) {
    held.elder.into_iter().for_each(|elder| readings.note(elder, Field::HeldWords));
}

answers! {
    /// Answer of `wordsDecide`.
    WordsDecidePayload {
        /// The words as they stand now.
        words: HeldWords
    }
    WordsDecideError WordsDecideErrorCode {
        /// There are no such words of somebody else in your branch that wait or waited for a person.
        WordsNotFound = "没有找到这段文字",
        /// Somebody decided otherwise at the same moment: look again, then repeat.
        ChangedMeanwhile = "这段文字刚刚有变动，请刷新后再试",
    }
}

/// Input of `wordsDecide`.
#[derive(InputObject)]
pub struct WordsDecideInput {
    /// Which words.
    pub words_id: ID,
    /// True: others read them from now on. False: nobody but their author does.
    pub is_shown: bool,
}

/// The query of words that wait for a person.
#[derive(Default)]
pub struct WordsQuery;

#[Object]
impl WordsQuery {
    /// Words of others in your branch that WeChat's check hid or left for a person, and about which no person has decided, the
    /// oldest first. Ratings have a list of their own.
    #[graphql(guard = "Allow(DESKS_AND_OFFICERS)", directive = allow::apply(DESKS_AND_OFFICERS.to_vec()))]
    async fn words_held(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<HeldWords>> {
        let (app, who, page) = (ctx.app(), ctx.who()?, Page::read(first, after.as_deref())?);
        let rows = store::held(app.db.read(), who, page).await?;
        // The row behind the page is not read.
        let read = rows.iter().take(usize::try_from(page.first).unwrap_or(usize::MAX));
        read.for_each(|row| note(ctx.readings(), row));
        let open = |row: Held| Ok((row.words.id, HeldWords::open(app, who, row)?));
        let opened = rows.into_iter().map(open).collect::<Result<Vec<_>, Fault>>()?;
        Ok(page.connect(opened, |(id, _)| *id, |(_, words)| words))
    }
}

/// The mutation of words that wait for a person.
#[derive(Default)]
pub struct WordsMutation;

#[Object]
impl WordsMutation {
    /// Shows or hides words that WeChat's check hid or left for a person; again when you think otherwise. No verdict of WeChat comes
    /// after that. The same decision twice is one.
    #[graphql(guard = "Allow(DESKS_AND_OFFICERS)", directive = allow::apply(DESKS_AND_OFFICERS.to_vec()))]
    async fn words_decide(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which words, and whether others read them.")] input: WordsDecideInput,
    ) -> Result<WordsDecidePayload> {
        let (app, who, id) = (ctx.app(), ctx.who()?, input.words_id.parse()?);
        let act = if input.is_shown { Moderation::Show } else { Moderation::Hide };
        let decided = service::decide(app, who, id, act).await.and_then(|held| {
            note(ctx.readings(), &held);
            HeldWords::open(app, who, held).map_err(Into::into)
        });
        WordsDecidePayload::from_result(decided)
    }
}
