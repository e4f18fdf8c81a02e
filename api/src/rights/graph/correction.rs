//! What elders and families want corrected, and what the office says.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entities::enums::CorrectionState as RowState;
use entities::fact_correction;

use super::archive::FactInput;
use crate::app::{App, Asked as _};
use crate::kit::allow::{Allow, OFFICERS, ORDERING, allow};
use crate::kit::ids::{CorrectionId, ElderId, FactId};
use crate::kit::page::{Connection, Page};
use crate::kit::refusal::Fault;
use crate::kit::scalar::Instant;
use crate::kit::viewer::SignedIn;
use crate::people::rules::words::HIDDEN_WORDS;
use crate::people::store::words::hidden_of;
use crate::rights::rules::field::field;
use crate::rights::service::correction::{self as service, Said, Wish};

/// What became of a wish to correct the archive.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "RowState")]
pub enum CorrectionState {
    /// Nobody has answered yet.
    Open,
    /// A new word was entered.
    Accepted,
    /// It stays as it is; the answer says why.
    Refused,
}

/// Something in an archive that the elder or his family hold for wrong.
#[derive(SimpleObject)]
pub struct FactCorrection {
    /// Opaque.
    pub id: ID,
    /// In whose archive.
    pub elder_id: ID,
    /// Code of the field.
    pub field_code: String,
    /// Name of the field for people.
    pub name: String,
    /// What is wrong and what is right, as they write it; a Chinese sentence in its place when WeChat's check objects to it.
    pub words: String,
    /// What became of it.
    pub state: CorrectionState,
    /// When it was asked for.
    pub asked_at: Instant,
    /// The office's answer; null while nobody has answered.
    pub answer: Option<String>,
    /// When it was answered; null while nobody has.
    pub answered_at: Option<Instant>,
    /// The word that was entered; null unless accepted.
    pub fact_id: Option<ID>,
}

impl FactCorrection {
    /// Opens a row.
    pub fn open(app: &App, row: &fact_correction::Model) -> Result<Self, Fault> {
        Ok(Self {
            id: CorrectionId(row.id).to_string().into(),
            elder_id: ElderId(row.elder_id).to_string().into(),
            field_code: row.field.clone(),
            name: field(&row.field).map_or(&row.field, |field| &field.zh).clone(),
            words: app.seal.open(&row.words_sealed)?,
            state: row.state.into(),
            asked_at: row.asked_at.into(),
            answer: app.seal.open_optional(row.answer_sealed.as_deref())?,
            answered_at: row.answered_at.map(Into::into),
            fact_id: row.fact_id.map(|fact| FactId(fact).to_string().into()),
        })
    }

    /// Opens rows for somebody; words that the platform objects to are shown to their author alone.
    pub async fn shown(
        app: &App,
        who: &SignedIn,
        rows: &[fact_correction::Model],
    ) -> Result<Vec<Self>, Fault> {
        let ids = rows.iter().map(|row| row.id).collect();
        let hidden = hidden_of(app.db.read(), ids, who.person.0).await?;
        let open = |row: &fact_correction::Model| {
            let opened = Self::open(app, row)?;
            let is_hidden = |field: &str| hidden.contains(&(row.id, field.to_owned()));
            let words = if is_hidden("wish") { HIDDEN_WORDS.to_owned() } else { opened.words };
            let is_answer_hidden = opened.answer.is_some() && is_hidden("answer");
            let answer = if is_answer_hidden { Some(HIDDEN_WORDS.to_owned()) } else { opened.answer };
            Ok(Self { words, answer, ..opened })
        };
        rows.iter().map(open).collect()
    }
}

answers! {
    /// Answer of `factCorrectionAsk`.
    FactCorrectionAskPayload {
        /// The wish; the office answers it.
        correction: FactCorrection
    }
    FactCorrectionAskError FactCorrectionAskErrorCode {
        /// There is no such elder within your reach, or you may not see the archive.
        ElderNotFound = "没有找到这位老人",
        /// There is no such field.
        FieldUnknown = "没有这项资料",
        /// 1 to 300 characters.
        WordsMissing = "请写明哪里不对，最多300字",
        /// The key is not 16 to 64 letters, digits or - _ . :
        RequestKeyInvalid = "请求编号格式不对",
        /// The key was used with other input.
        RequestKeyReused = "请求编号已用于另一件事",
    }
}

answers! {
    /// Answer of `factCorrectionAnswer`.
    FactCorrectionAnswerPayload {
        /// The wish with its answer.
        correction: FactCorrection
    }
    FactCorrectionAnswerError FactCorrectionAnswerErrorCode {
        /// There is no such wish in your region.
        CorrectionNotFound = "没有找到这条更正申请",
        /// Somebody has answered it otherwise.
        AnsweredAlready = "这条申请已经答复过",
        /// 1 to 300 characters.
        AnswerMissing = "请写明答复，最多300字",
        /// The new word cannot stand, or is about another field; the message says why.
        FactInvalid = "更正后的内容有误，请检查",
    }
}

/// Input of `factCorrectionAsk`.
#[derive(InputObject)]
pub struct FactCorrectionAskInput {
    /// Made and stored by the client before sending; the same on every retry. 16 to 64 characters.
    pub request_key: String,
    /// In whose archive.
    pub elder_id: ID,
    /// Which field.
    pub field_code: String,
    /// What is wrong and what is right, 1 to 300 characters.
    pub words: String,
}

/// Input of `factCorrectionAnswer`.
#[derive(InputObject)]
pub struct FactCorrectionAnswerInput {
    /// Which wish.
    pub correction_id: ID,
    /// The answer for the elder, 1 to 300 characters.
    pub answer: String,
    /// The right word about the same field; left out, the wish is refused.
    pub fact: Option<FactInput>,
}

/// Queries about corrections.
#[derive(Default)]
pub struct CorrectionQuery;

#[Object]
impl CorrectionQuery {
    /// Wishes of your region that nobody has answered, the oldest first. Each reading is recorded.
    #[graphql(guard = "Allow(OFFICERS)", directive = allow::apply(OFFICERS.to_vec()))]
    async fn fact_corrections_open(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<FactCorrection>> {
        let page = Page::read(first, after.as_deref())?;
        let rows = service::open(ctx.app(), ctx.who()?, page).await?;
        let shown = FactCorrection::shown(ctx.app(), ctx.who()?, &rows).await?;
        let pairs = rows.iter().map(|row| row.id).zip(shown).collect();
        Ok(page.connect(pairs, |(id, _)| *id, |(_, correction)| correction))
    }
}

/// Mutations of corrections.
#[derive(Default)]
pub struct CorrectionMutation;

#[Object]
impl CorrectionMutation {
    /// Asks the office to correct something in an archive.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn fact_correction_ask(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "In whose archive, and what is wrong.")] input: FactCorrectionAskInput,
    ) -> Result<FactCorrectionAskPayload> {
        let wish = Wish { elder: input.elder_id.parse()?, field: input.field_code, words: input.words };
        let opened = match service::ask(ctx.app(), ctx.who()?, &input.request_key, &wish).await {
            Ok(row) => Ok(FactCorrection::open(ctx.app(), &row)?),
            Err(stop) => Err(stop),
        };
        FactCorrectionAskPayload::from_result(opened)
    }

    /// Answers a wish: with the right word, or with the reason why it stays as it is.
    #[graphql(guard = "Allow(OFFICERS)", directive = allow::apply(OFFICERS.to_vec()))]
    async fn fact_correction_answer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which wish, and what the office says.")] input: FactCorrectionAnswerInput,
    ) -> Result<FactCorrectionAnswerPayload> {
        let id: CorrectionId = input.correction_id.parse()?;
        let said = Said { words: input.answer, entry: input.fact.map(Into::into) };
        let (app, who) = (ctx.app(), ctx.who()?);
        let shown = match service::answer(app, who, id, &said).await {
            Ok(row) => FactCorrection::shown(app, who, &[row]).await?.pop(),
            Err(stop) => return FactCorrectionAnswerPayload::from_result(Err(stop)),
        };
        FactCorrectionAnswerPayload::from_result(shown.ok_or_else(|| Fault::new("a wish vanished").into()))
    }
}
