//! Lines of providers' statements: what a visit brings, what is held, and a person's look at it.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entities::enums::{LineState as RowState, Role as RowRole};
use entities::settlement_line;
use sea_orm::DbErr;
use uuid::Uuid;

use super::parts::{PayerShare, shares};
use crate::app::{App, Asked as _};
use crate::kit::allow::{Allow, Role, allow};
use crate::kit::ids::{OrderId, ProviderId};
use crate::kit::page::{Connection, Page};
use crate::kit::scalar::{Fen, Instant};
use crate::kit::viewer::SignedIn;
use crate::money::store::settlement::{Whose, list};
use crate::orders::service::service_order::settle::{self, Verdict};
use crate::people::rules::words::HIDDEN_WORDS;
use crate::people::store::words::hidden_of;

/// Those who look at held lines.
const IN_CHARGE: &[Role] = &[Role::Desk, Role::Officer, Role::Admin];
/// Those whom lines concern.
const CONCERNED: &[Role] = &[Role::ProviderManager, Role::Desk, Role::Officer, Role::Admin];

/// Life of a line: PENDING → PAYABLE, HELD; HELD → PAYABLE, VOID; PAYABLE → PAID; PAID → CLAWED_BACK. Treat an unknown
/// value as "see details".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RowState")]
pub enum SettlementLineState {
    /// Confirmed; its month is not closed yet.
    Pending,
    /// A person must look at it first.
    Held,
    /// In a closed statement, or found right.
    Payable,
    /// Found wrong; everything went back to its payers.
    Void,
    /// Paid out.
    Paid,
    /// Paid out and taken back.
    ClawedBack,
}

/// What one confirmed visit brings its provider.
#[derive(SimpleObject)]
pub struct SettlementLine {
    /// Of which order.
    pub order_id: ID,
    /// Whose.
    pub provider_id: ID,
    /// Where it stands.
    pub state: SettlementLineState,
    /// What the provider gets, in fen.
    pub total_fen: Fen,
    /// From whom, at most three.
    pub payers: Vec<PayerShare>,
    /// When the visit was confirmed.
    pub confirmed_at: Instant,
    /// When a person looked at it; null when nobody had to.
    pub reviewed_at: Option<Instant>,
    /// Why it ended so; null when nobody had to look. A Chinese sentence in its place when WeChat's check objects to it.
    pub review_reason: Option<String>,
}

impl SettlementLine {
    /// Lines as somebody reads them; a reason that the platform objects to is shown to its author alone.
    async fn shown(
        app: &App,
        who: &SignedIn,
        rows: Vec<settlement_line::Model>,
    ) -> Result<Vec<(Uuid, Self)>, DbErr> {
        let reviewed = rows.iter().filter(|row| row.review_reason.is_some());
        let ids = reviewed.map(|row| row.order_id).collect();
        let hidden = hidden_of(app.db.read(), ids, who.person.0).await?;
        // A reason has the name of its event: of the line's, or of the dispute's end.
        let is_of_line = |field: &str| field.starts_with("line_") || field.starts_with("resolve_");
        let shown = rows.into_iter().map(|row| {
            let id = row.order_id;
            let is_hidden = hidden.iter().any(|(order, field)| *order == id && is_of_line(field));
            let mut line = Self::from(row);
            if is_hidden && line.review_reason.is_some() {
                line.review_reason = Some(HIDDEN_WORDS.to_owned());
            }
            (id, line)
        });
        Ok(shown.collect())
    }
}

impl From<settlement_line::Model> for SettlementLine {
    fn from(row: settlement_line::Model) -> Self {
        let total = row.subsidy_fen + row.voucher_fen + row.cash_fen;
        Self {
            order_id: OrderId(row.order_id).to_string().into(),
            provider_id: ProviderId(row.provider_id).to_string().into(),
            state: row.state.into(),
            total_fen: crate::kit::fen::Fen::new(total).into(),
            payers: shares(
                (row.subsidy_fen, None),
                (row.voucher_fen, row.voucher_rule.as_deref()),
                row.cash_fen,
            ),
            confirmed_at: row.confirmed_at.into(),
            reviewed_at: row.reviewed_at.map(Into::into),
            review_reason: row.review_reason,
        }
    }
}

answers! {
    /// Answer of `settlementLineReview`.
    SettlementLineReviewPayload {
        /// The line: PAYABLE, or VOID when everything went back.
        line: SettlementLine
    }
    SettlementLineReviewError SettlementLineReviewErrorCode {
        /// There is no such line in your region.
        LineNotFound = "没有找到这条结算明细",
        /// You work for the provider.
        OwnProvider = "本机构的明细要由别人核查",
        /// 1 to 500 characters.
        ReasonMissing = "请用五百字以内写明理由",
        /// It is not held, somebody has decided already, or the family objects: decide about the objection.
        NotHeld = "这条明细现在不需要核查",
        /// More than nothing and less than the price.
        AmountInvalid = "退款金额要大于零、小于价格",
    }
}

/// How a look at a held line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum LineVerdict {
    /// The provider gets everything.
    Clear,
    /// Part of the price goes back.
    Cut,
    /// All of the price goes back.
    Reject,
}

/// Input of `settlementLineReview`.
#[derive(InputObject)]
pub struct SettlementLineReviewInput {
    /// Of which order.
    pub order_id: ID,
    /// How it ends.
    pub verdict: LineVerdict,
    /// What goes back of the price, in fen; only for CUT.
    pub back_fen: Option<Fen>,
    /// Why, 1 to 500 characters; the provider reads it.
    pub reason: String,
}

impl SettlementLineReviewInput {
    fn verdict(&self) -> Verdict {
        match self.verdict {
            LineVerdict::Clear => Verdict::Clear,
            LineVerdict::Cut => Verdict::Cut(self.back_fen.map(|fen| fen.0).unwrap_or_default()),
            LineVerdict::Reject => Verdict::Reject,
        }
    }
}

/// Whose lines the person may see: a manager's own, else those of the branch.
fn whose(who: &SignedIn) -> Option<Whose> {
    let in_charge = |role| matches!(role, RowRole::Desk | RowRole::Officer | RowRole::Admin);
    let branch = who.roles.iter().find(|grant| in_charge(grant.role));
    match branch {
        Some(grant) => Some(Whose::Branch(format!("{}%", grant.region.as_deref().unwrap_or("")))),
        None => who.managed_provider().map(|id| Whose::Provider(id.0)),
    }
}

/// Queries about lines.
#[derive(Default)]
pub struct SettlementQuery;

#[Object]
impl SettlementQuery {
    /// Lines of your provider, or of the providers' visits in your region, the newest order first.
    #[graphql(guard = "Allow(CONCERNED)", directive = allow::apply(CONCERNED.to_vec()))]
    async fn settlement_lines(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only lines in this state; all when left out.")] state: Option<SettlementLineState>,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<SettlementLine>> {
        let page = Page::read(first, after.as_deref())?;
        let (app, who) = (ctx.app(), ctx.who()?);
        let rows = match whose(who) {
            Some(whose) => list(app.db.read(), &whose, state.map(Into::into), page).await?,
            None => Vec::new(),
        };
        let shown = SettlementLine::shown(app, who, rows).await?;
        Ok(page.connect(shown, |row| row.0, |row| row.1))
    }
}

/// Mutations of lines.
#[derive(Default)]
pub struct SettlementMutation;

#[Object]
impl SettlementMutation {
    /// Decides about a held line, once, as desk or office of the region.
    #[graphql(guard = "Allow(IN_CHARGE)", directive = allow::apply(IN_CHARGE.to_vec()))]
    async fn settlement_line_review(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which line, how, and why.")] input: SettlementLineReviewInput,
    ) -> Result<SettlementLineReviewPayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        let result = settle::review(app, who, id, (input.verdict(), &input.reason)).await;
        SettlementLineReviewPayload::from_result(result.map(Into::into))
    }
}
