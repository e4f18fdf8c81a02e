//! The archive of an elder: what is known, from where, since when.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entities::elder_fact;

use super::correction::FactCorrection;
use crate::app::{App, Asked as _};
use crate::kit::allow::{ARCHIVING, Allow, SIGNED_IN, allow};
use crate::kit::ids::{ElderId, FactId, PersonId};
use crate::kit::page::{Connection, Page};
use crate::kit::refusal::Fault;
use crate::kit::scalar::{Day, Instant};
use crate::rights::rules::field::{Choice as RowChoice, Field, Kind, Value, catalogue, field};
use crate::rights::rules::sentence::say;
use crate::rights::service::fact::{self as service, Entry};
use crate::rights::service::reach::Opened;
use crate::rights::store::fact as store;

/// What the values of a field are.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Kind")]
pub enum FactKind {
    /// A whole number.
    Number,
    /// One of the values listed.
    Word,
    /// Any of the values listed, or none of them: 无.
    Words,
    /// 是 or 否.
    Flag,
    /// Official code of a region.
    Region,
    /// Words for people; no rule reads them.
    Note,
    /// Another person; never entered.
    Relative,
}

/// A value that a field can have.
#[derive(SimpleObject)]
pub struct FactChoice {
    /// For programs.
    pub code: String,
    /// For people.
    pub name: String,
}

impl From<&RowChoice> for FactChoice {
    fn from(choice: &RowChoice) -> Self {
        Self { code: choice.code.clone(), name: choice.zh.clone() }
    }
}

/// A field of the archive.
#[derive(SimpleObject)]
pub struct FactField {
    /// Give it as `fieldCode` when entering.
    pub code: String,
    /// For people.
    pub name: String,
    /// What its values are.
    pub kind: FactKind,
    /// Values of a WORD or WORDS, at most 20; empty otherwise.
    pub choices: Vec<FactChoice>,
    /// Unit of a NUMBER in Chinese; empty otherwise.
    pub unit: String,
    /// Whether it is known from elsewhere and never entered: age, home, assessed level.
    pub is_derived: bool,
    /// Whether it can be known that there is none: 无.
    pub is_optional: bool,
}

impl From<&Field> for FactField {
    fn from(field: &Field) -> Self {
        Self {
            code: field.code.clone(),
            name: field.zh.clone(),
            kind: field.kind.into(),
            choices: field.values.iter().map(Into::into).collect(),
            unit: field.unit.clone(),
            is_derived: field.is_derived,
            is_optional: field.may_be_nothing,
        }
    }
}

/// One word about an elder. It counts from its first day until another word on the field begins, or until its last day.
#[derive(SimpleObject)]
pub struct ElderFact {
    /// Opaque.
    pub id: ID,
    /// Code of the field.
    pub field_code: String,
    /// Name of the field for people.
    pub name: String,
    /// Codes or numbers as rules read them, at most 20; empty when it is known that there is none.
    pub values: Vec<String>,
    /// The same in Chinese.
    pub text: String,
    /// Where it is known from.
    pub source: String,
    /// First day on which it counts.
    pub from_on: Day,
    /// Last day on which it counts; null when it has none.
    pub valid_until_on: Option<Day>,
    /// Who entered it; null when it came with a file.
    pub entered_by_id: Option<ID>,
    /// When it was entered.
    pub entered_at: Instant,
    /// Whether no other word was entered in its place.
    pub is_standing: bool,
}

impl ElderFact {
    /// Opens a row.
    pub fn open(app: &App, row: &elder_fact::Model) -> Result<Self, Fault> {
        let (value, source) = service::opened_row(app, row)?;
        let known = field(&row.field);
        let values = match &value {
            Value::Nothing => Vec::new(),
            Value::Flag(is_so) => vec![if *is_so { "是" } else { "否" }.to_owned()],
            Value::Number(number) => vec![number.to_string()],
            Value::Text(text) => vec![text.clone()],
            Value::Words(words) => words.clone(),
        };
        Ok(Self {
            id: FactId(row.id).to_string().into(),
            field_code: row.field.clone(),
            name: known.map_or(&row.field, |field| &field.zh).clone(),
            values,
            text: known.map(|field| say(field, &value)).unwrap_or_default(),
            source,
            from_on: row.from_on.into(),
            valid_until_on: row.valid_until.map(Into::into),
            entered_by_id: row.entered_by.map(|person| PersonId(person).to_string().into()),
            entered_at: row.entered_at.into(),
            is_standing: row.superseded_by.is_none(),
        })
    }
}

/// What is known of an elder.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Archive {
    /// Whose.
    pub elder_id: ID,
    /// Day of birth.
    pub birth_on: Day,
    /// Official code of the region where the elder lives.
    pub region_code: String,
    #[graphql(skip)]
    pub opened: Opened,
}

impl From<Opened> for Archive {
    fn from(opened: Opened) -> Self {
        Self {
            elder_id: ElderId(opened.elder.id).to_string().into(),
            birth_on: opened.elder.birth_on.into(),
            region_code: opened.elder.region_code.clone(),
            opened,
        }
    }
}

#[ComplexObject]
impl Archive {
    /// Standing words by field, the oldest first; at most 200.
    async fn facts(&self, ctx: &Context<'_>) -> Result<Vec<ElderFact>> {
        let rows = store::standing(ctx.app().db.read(), self.opened.elder.id).await?;
        Ok(rows.iter().map(|row| ElderFact::open(ctx.app(), row)).collect::<Result<_, _>>()?)
    }

    /// Every word ever entered, also those with others in their place, the oldest first.
    async fn history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<ElderFact>> {
        let page = Page::read(first, after.as_deref())?;
        let rows = store::history(ctx.app().db.read(), self.opened.elder.id, page).await?;
        let opened: Vec<_> = rows
            .iter()
            .map(|row| Ok((row.id, ElderFact::open(ctx.app(), row)?)))
            .collect::<Result<_, Fault>>()?;
        Ok(page.connect(opened, |(id, _)| *id, |(_, fact)| fact))
    }

    /// What the elder or his family wanted corrected, the newest first; at most 50.
    async fn corrections(&self, ctx: &Context<'_>) -> Result<Vec<FactCorrection>> {
        let rows = store::corrections(ctx.app().db.read(), self.opened.elder.id).await?;
        Ok(FactCorrection::shown(ctx.app(), ctx.who()?, &rows).await?)
    }
}

answers! {
    /// Answer of `factEnter`.
    FactEnterPayload {
        /// The word as it counts from its first day on.
        fact: ElderFact
    }
    FactEnterError FactEnterErrorCode {
        /// There is no such elder in your region.
        ElderNotFound = "没有找到这位老人",
        /// There is no such field, or it is known from elsewhere.
        FieldUnknown = "没有这项资料，或不能手工填写",
        /// The value cannot stand in this field; the message says what can.
        ValueInvalid = "填写的内容不符合这项资料的要求",
        /// It begins before birth or more than a year ahead, or ends before it begins.
        PeriodInvalid = "起止日期不对，请检查",
        /// 1 to 100 characters about where it is known from.
        SourceMissing = "请写明资料来源，最多100字",
        /// The key is not 16 to 64 letters, digits or - _ . :
        RequestKeyInvalid = "请求编号格式不对",
        /// The key was used with other input.
        RequestKeyReused = "请求编号已用于另一件事",
    }
}

/// What is known about one field.
#[derive(InputObject)]
pub struct FactInput {
    /// Which field.
    pub field_code: String,
    /// Codes or Chinese words, at most 20; 无 when it is known that there is none.
    pub values: Vec<String>,
    /// First day on which it counts, at most a year ahead.
    pub from_on: Day,
    /// Last day on which it counts; none when left out.
    pub valid_until_on: Option<Day>,
    /// Where it is known from, such as a paper with its number; 1 to 100 characters.
    pub source: String,
}

impl From<FactInput> for Entry {
    fn from(input: FactInput) -> Self {
        Self {
            field: input.field_code,
            values: input.values,
            from_on: input.from_on.0,
            valid_until: input.valid_until_on.map(|day| day.0),
            source: input.source,
        }
    }
}

/// Input of `factEnter`.
#[derive(InputObject)]
pub struct FactEnterInput {
    /// Made and stored by the client before sending; the same on every retry. 16 to 64 characters.
    pub request_key: String,
    /// About whom.
    pub elder_id: ID,
    /// What is known.
    pub fact: FactInput,
}

/// Queries about archives.
#[derive(Default)]
pub struct ArchiveQuery;

#[Object]
impl ArchiveQuery {
    /// Fields that an archive can have, at most 100, in the order in which they are shown. Open to all.
    async fn fact_fields(&self) -> Vec<FactField> {
        catalogue().iter().map(Into::into).collect()
    }

    /// What is known of an elder; null for any other id. For the elder, family with the scope SEE_HEALTH, and assessors,
    /// officers and the desk of the region. Each reading is recorded.
    #[graphql(guard = "Allow(SIGNED_IN)", directive = allow::apply(SIGNED_IN.to_vec()))]
    async fn archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which elder.")] elder_id: ID,
    ) -> Result<Option<Archive>> {
        let opened = service::archive(ctx.app(), ctx.who()?, elder_id.parse()?).await?;
        Ok(opened.map(Into::into))
    }
}

/// Mutations of archives.
#[derive(Default)]
pub struct ArchiveMutation;

#[Object]
impl ArchiveMutation {
    /// Enters what is known about one field from some day on; what was said of it before stays in the history.
    #[graphql(guard = "Allow(ARCHIVING)", directive = allow::apply(ARCHIVING.to_vec()))]
    async fn fact_enter(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "About whom, and what.")] input: FactEnterInput,
    ) -> Result<FactEnterPayload> {
        let (elder, entry): (ElderId, Entry) = (input.elder_id.parse()?, input.fact.into());
        let result = service::enter(ctx.app(), ctx.who()?, &input.request_key, (elder, &entry)).await;
        let opened = match result {
            Ok(row) => Ok(ElderFact::open(ctx.app(), &row)?),
            Err(stop) => Err(stop),
        };
        FactEnterPayload::from_result(opened)
    }
}
