//! What an elder is entitled to, and why.

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};

use super::archive::FactField;
use crate::app::Asked as _;
use crate::kit::allow::{Allow, DESKS_AND_OFFICERS, SIGNED_IN, allow};
use crate::kit::clock::age_on;
use crate::kit::ids::ElderId;
use crate::kit::page::{Connection, Page};
use crate::kit::refusal::top_level;
use crate::kit::scalar::{Day, Fen};
use crate::rights::rules::predicate::{Reason, Truth};
use crate::rights::rules::programme::{AmountKind, Per as RowPer, Refusal, Subject as RowSubject};
use crate::rights::rules::sentence;
use crate::rights::service::entitlement::{self as service, Entitled, Unused};

/// Yes or no.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub enum EntitlementOutcome {
    /// He is entitled.
    Entitled,
    /// He is not.
    NotEntitled,
    /// Facts are missing that would decide; `missing` says which.
    Undecided,
}

/// Why nobody of a place or a day gets anything.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Refusal")]
pub enum ProgrammeRefusal {
    /// The programme is switched off.
    SwitchedOff,
    /// It has not begun or is over.
    NotInForce,
    /// The elder's place does not take part.
    AreaNotInProgramme,
}

/// For how long an amount is.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "RowPer")]
pub enum EntitlementPer {
    /// A calendar month.
    Month,
    /// A meal.
    Meal,
}

/// Whom a benefit is for.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "RowSubject")]
pub enum EntitlementSubject {
    /// The elder.
    Elder,
    /// Somebody of the elder's family.
    FamilyMember,
    /// The elder's household.
    Household,
}

/// One fact that decided.
#[derive(SimpleObject)]
pub struct EntitlementReason {
    /// Code of the field.
    pub field_code: String,
    /// Whether it fits.
    pub is_fitting: bool,
    /// What is asked and what is known, in Chinese.
    pub sentence: String,
}

impl From<&Reason<'_>> for EntitlementReason {
    fn from(reason: &Reason<'_>) -> Self {
        Self {
            field_code: reason.test.field.code.clone(),
            is_fitting: reason.fits == Truth::Yes,
            sentence: sentence::reason(reason),
        }
    }
}

/// Where a benefit stands.
#[derive(SimpleObject)]
pub struct EntitlementSource {
    /// Title of the document with its number.
    pub document: String,
    /// Section of the document.
    pub section: String,
    /// Words of the document; null when only others tell of it.
    pub quote: Option<String>,
}

/// One benefit, and whether an elder is entitled to it.
#[derive(SimpleObject)]
pub struct Entitlement {
    /// Code of the programme.
    pub programme_code: String,
    /// Name of the programme.
    pub programme_name: String,
    /// Number in the programme.
    pub item_no: i32,
    /// Code of the benefit; bands of one benefit share it.
    pub item_code: String,
    /// Name of the benefit.
    pub name: String,
    /// Whom it is for.
    pub subject: EntitlementSubject,
    /// Yes or no.
    pub outcome: EntitlementOutcome,
    /// Whether it is certain that he is entitled.
    pub is_entitled: bool,
    /// How much, of the highest step alone; null when he is not entitled or no sum is named. For a percentage the most in a
    /// month.
    pub amount_fen: Option<Fen>,
    /// Whether the document says "not less than".
    pub is_least: bool,
    /// For how long the amount is.
    pub per: EntitlementPer,
    /// Why nobody of this place or day gets anything; null otherwise.
    pub refusal: Option<ProgrammeRefusal>,
    /// The whole answer in Chinese, ready to show.
    pub sentence: String,
    /// The facts that decided, at most 30.
    pub reasons: Vec<EntitlementReason>,
    /// Facts that nobody has entered and that could turn the answer or raise the amount, at most 20.
    pub missing: Vec<FactField>,
    /// Whom the document names.
    pub target: String,
    /// What the document promises.
    pub standard: String,
    /// How and where to apply.
    pub how_to_apply: String,
    /// Offices in charge, at most 10.
    pub departments: Vec<String>,
    /// Whether its use begins with an approval.
    pub is_applied_for: bool,
    /// Whether an approval stands in this month.
    pub is_enrolled: bool,
    /// Where it stands.
    pub source: EntitlementSource,
}

impl From<Entitled<'_>> for Entitlement {
    fn from(one: Entitled<'_>) -> Self {
        let Entitled { programme, item, verdict, region_code, is_enrolled } = one;
        let outcome = match (verdict.is_entitled, verdict.is_open()) {
            (true, _) => EntitlementOutcome::Entitled,
            (false, true) => EntitlementOutcome::Undecided,
            (false, false) => EntitlementOutcome::NotEntitled,
        };
        let amount = verdict.tier.and_then(|tier| tier.amount.as_ref());
        Self {
            programme_code: programme.code.clone(),
            programme_name: programme.name.clone(),
            item_no: item.no.into(),
            item_code: item.code.clone(),
            name: item.name.clone(),
            subject: item.subject.into(),
            outcome,
            is_entitled: verdict.is_entitled,
            amount_fen: verdict.amount.map(Into::into),
            is_least: amount.is_some_and(|amount| amount.kind == AmountKind::AtLeast),
            per: item.per.into(),
            refusal: verdict.refusal.map(Into::into),
            sentence: sentence::answer(programme, item, &verdict, &region_code),
            reasons: verdict.why.iter().take(30).map(Into::into).collect(),
            missing: verdict.missing.iter().take(20).map(|field| (*field).into()).collect(),
            target: item.target.clone(),
            standard: item.standard.clone(),
            how_to_apply: sentence::how_to_apply(item),
            departments: item.departments.clone(),
            is_applied_for: item.is_applied_for,
            is_enrolled,
            source: EntitlementSource {
                document: programme.document.title.clone(),
                section: item.source.section.clone(),
                quote: item.source.quote.clone(),
            },
        }
    }
}

/// An elder who is entitled to something and does not use it.
#[derive(SimpleObject)]
pub struct UnusedEntitlements {
    /// Who.
    pub elder_id: ID,
    /// Whole years lived on the day.
    pub age_years: i32,
    /// Benefits that begin with an approval and have none, at most 50.
    pub entitlements: Vec<Entitlement>,
}

impl UnusedEntitlements {
    fn new(one: Unused<'_>, on: Day) -> Self {
        Self {
            elder_id: ElderId(one.elder_id).to_string().into(),
            age_years: i32::try_from(age_on(one.birth_on, on.0)).unwrap_or(0),
            entitlements: one.items.into_iter().take(50).map(Into::into).collect(),
        }
    }
}

/// Digits of a street's code; a community has three more.
const STREET_DIGITS: usize = 9;

/// Queries about entitlements.
#[derive(Default)]
pub struct EntitlementQuery;

#[Object]
impl EntitlementQuery {
    /// Every benefit of every programme with yes or no and why, at most 200. For the elder, family with the scope SEE_HEALTH,
    /// and assessors, officers and the desk of the region; empty for everybody else. Each reading is recorded.
    #[graphql(guard = "Allow(SIGNED_IN)", directive = allow::apply(SIGNED_IN.to_vec()))]
    async fn entitlements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which elder.")] elder_id: ID,
        #[graphql(desc = "On which day; today when left out.")] counts_on: Option<Day>,
    ) -> Result<Vec<Entitlement>> {
        let app = ctx.app();
        let on = counts_on.map_or_else(|| app.clock.today(), |day| day.0);
        let found = service::of_elder(app, ctx.who()?, elder_id.parse()?, on).await?;
        Ok(found.unwrap_or_default().into_iter().take(200).map(Into::into).collect())
    }

    /// Elders of a street or community of yours who are entitled to something and do not use it, ordered by id, without
    /// those who said no to BENEFIT_MATCHING. Each one shown is recorded as read.
    #[graphql(guard = "Allow(DESKS_AND_OFFICERS)", directive = allow::apply(DESKS_AND_OFFICERS.to_vec()))]
    async fn entitlements_unused(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Official code of the street or community, 9 digits or more.")] region_code: String,
        #[graphql(desc = "On which day; today when left out.")] counts_on: Option<Day>,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<UnusedEntitlements>> {
        let page = Page::read(first, after.as_deref())?;
        if region_code.len() < STREET_DIGITS || !region_code.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(top_level("BAD_REQUEST", "regionCode is that of a street or community"));
        }
        let app = ctx.app();
        let on = counts_on.unwrap_or_else(|| app.clock.today().into());
        let found = service::unused(app, ctx.who()?, (&region_code, on.0), page).await?;
        Ok(page.connect(found, |one| one.elder_id, |one| UnusedEntitlements::new(one, on)))
    }
}
