//! Providers' statements: what a closed month brought, its sheet, its payment, and what is taken back.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use base64::Engine as _;
use entities::enums::StatementLineKind as RowKind;
use entities::{statement, statement_line};

use super::settlement::SettlementLine;
use crate::app::Asked as _;
use crate::kit::allow::{Allow, MANAGERS_AND_OFFICERS, OFFICERS, allow};
use crate::kit::fen::Fen as Amount;
use crate::kit::ids::{OrderId, ProviderId, StatementId};
use crate::kit::page::{Connection, Page};
use crate::kit::scalar::{Day, Fen, Instant};
use crate::orders::service::statement::{self as service, sheet};
use crate::orders::store::statement as store;

/// What a line of a statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RowKind")]
pub enum StatementLineKind {
    /// A meal that was served, or that nobody fetched.
    Meal,
    /// A visit, or what is kept of one that was called off late.
    Visit,
    /// What changed about an order since an earlier statement.
    Correction,
}

/// What one order brings in a statement, in the parts of its payers.
#[derive(SimpleObject)]
pub struct StatementLine {
    /// Which order.
    pub order_id: ID,
    /// What it is about.
    pub kind: StatementLineKind,
    /// When it was carried out.
    pub done_at: Instant,
    /// Code of the service, as in the catalogue.
    pub service_code: String,
    /// Rule behind the subsidy; null without one.
    pub subsidy_rule: Option<String>,
    /// Programme and month of the voucher; null without one.
    pub voucher_rule: Option<String>,
    /// Borne by the subsidy, in fen; below zero when it is taken back.
    pub subsidy_fen: Fen,
    /// Borne by the voucher, in fen; below zero when it is taken back.
    pub voucher_fen: Fen,
    /// Paid by the family, in fen; below zero when it is taken back.
    pub cash_fen: Fen,
}

impl From<statement_line::Model> for StatementLine {
    fn from(row: statement_line::Model) -> Self {
        Self {
            order_id: OrderId(row.order_id).to_string().into(),
            kind: row.kind.into(),
            done_at: row.done_at.into(),
            service_code: row.service_code,
            subsidy_rule: row.subsidy_rule,
            voucher_rule: row.voucher_rule,
            subsidy_fen: Amount::new(row.subsidy_fen).into(),
            voucher_fen: Amount::new(row.voucher_fen).into(),
            cash_fen: Amount::new(row.cash_fen).into(),
        }
    }
}

/// A provider's closed month. What changes afterwards is a line of the next one.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Statement {
    /// Opaque.
    pub id: ID,
    /// Whose.
    pub provider_id: ID,
    /// First day of the month.
    pub month_on: Day,
    /// When it was closed.
    pub closed_at: Instant,
    /// How many lines it has.
    pub line_count: i32,
    /// Borne by subsidies, in fen.
    pub subsidy_fen: Fen,
    /// Borne by vouchers, in fen.
    pub voucher_fen: Fen,
    /// Paid by families, in fen.
    pub cash_fen: Fen,
    /// All of it, in fen.
    pub total_fen: Fen,
    /// When it was paid out; null until then.
    pub paid_at: Option<Instant>,
    /// The office's number of the transfer; null until then.
    pub payment_reference: Option<String>,
    #[graphql(skip)]
    pub own: StatementId,
}

impl From<statement::Model> for Statement {
    fn from(row: statement::Model) -> Self {
        let parts = [row.subsidy_fen, row.voucher_fen, row.cash_fen].map(Amount::new);
        Self {
            id: StatementId(row.id).to_string().into(),
            provider_id: ProviderId(row.provider_id).to_string().into(),
            month_on: row.month_on.into(),
            closed_at: row.closed_at.into(),
            line_count: row.line_count,
            subsidy_fen: parts[0].into(),
            voucher_fen: parts[1].into(),
            cash_fen: parts[2].into(),
            total_fen: parts.into_iter().sum::<Amount>().into(),
            paid_at: row.paid_at.map(Into::into),
            payment_reference: row.payment_reference,
            own: StatementId(row.id),
        }
    }
}

/// What one programme bears of a statement.
#[derive(SimpleObject)]
pub struct StatementShare {
    /// Code of the programme.
    pub programme: String,
    /// Name of the programme in Chinese; its code when nobody knows it any more.
    pub programme_name: String,
    /// Borne as subsidies, in fen; below zero when more is taken back.
    pub subsidy_fen: Fen,
    /// Borne as vouchers, in fen; below zero when more is taken back.
    pub voucher_fen: Fen,
    /// Lines that it bears a part of.
    pub line_count: i32,
}

#[ComplexObject]
impl Statement {
    /// What each programme bears, by its code: what its public account owes the provider for the month. At most 50.
    async fn shares(&self, ctx: &Context<'_>) -> Result<Vec<StatementShare>> {
        let app = ctx.app();
        let shares = service::shares(app, self.own).await?;
        Ok(shares
            .into_iter()
            .map(|(code, sum)| StatementShare {
                programme_name: app.programmes.name_of(&code),
                programme: code,
                subsidy_fen: Amount::new(sum.subsidy_fen).into(),
                voucher_fen: Amount::new(sum.voucher_fen).into(),
                line_count: i32::try_from(sum.line_count).unwrap_or(i32::MAX),
            })
            .collect())
    }

    /// Its lines, by order.
    async fn lines(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<StatementLine>> {
        let page = Page::read(first, after.as_deref())?;
        let rows = store::lines(ctx.app().db.read(), self.own, page).await?;
        Ok(page.connect(rows, |row| row.order_id, StatementLine::from))
    }
}

/// In which form a sheet is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum SheetFormat {
    /// Comma-separated values in UTF-8, amounts in yuan.
    Csv,
    /// A workbook for Excel, WPS or LibreOffice.
    Xlsx,
}

/// A file to be saved.
#[derive(SimpleObject)]
pub struct StatementSheet {
    /// A name for it.
    pub file_name: String,
    /// Its bytes in base64.
    pub content: String,
}

answers! {
    /// Answer of `statementPay`.
    StatementPayPayload {
        /// The statement, paid.
        statement: Statement
    }
    StatementPayError StatementPayErrorCode {
        /// There is no such statement in your region.
        StatementNotFound = "没有找到这份结算单",
        /// You work for the provider.
        OwnProvider = "本机构的结算单要由别人付款",
        /// 1 to 60 characters.
        ReferenceInvalid = "请写明转账编号，最多六十字",
        /// It was paid with another transfer.
        AlreadyPaid = "这份结算单已经付过款",
    }
}

answers! {
    /// Answer of `settlementLineClawBack`.
    SettlementLineClawBackPayload {
        /// The line, CLAWED_BACK.
        line: SettlementLine
    }
    SettlementLineClawBackError SettlementLineClawBackErrorCode {
        /// There is no such line in your region.
        LineNotFound = "没有找到这条结算明细",
        /// You work for the provider.
        OwnProvider = "本机构的明细要由别人处理",
        /// 1 to 500 characters.
        ReasonMissing = "请用五百字以内写明理由",
        /// It was not paid out: review it, or decide about the objection.
        NotPaid = "这条明细还没有付款，不能追回",
        /// A person has decided about its money before.
        AlreadyDecided = "这一单的款项已经处理过",
    }
}

/// Input of `statementPay`.
#[derive(InputObject)]
pub struct StatementPayInput {
    /// Which statement.
    pub statement_id: ID,
    /// The office's number of the transfer, 1 to 60 characters.
    pub reference: String,
}

/// Input of `settlementLineClawBack`.
#[derive(InputObject)]
pub struct SettlementLineClawBackInput {
    /// Of which order.
    pub order_id: ID,
    /// What was proven, 1 to 500 characters; the provider reads it.
    pub reason: String,
}

/// Queries about statements.
#[derive(Default)]
pub struct StatementQuery;

#[Object]
impl StatementQuery {
    /// Statements of your provider, or of the providers of your region, the newest first.
    #[graphql(guard = "Allow(MANAGERS_AND_OFFICERS)", directive = allow::apply(MANAGERS_AND_OFFICERS.to_vec()))]
    async fn statements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of the month that begins on this day.")] month_on: Option<Day>,
        #[graphql(desc = "Only of this provider.")] provider_id: Option<ID>,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<Statement>> {
        let page = Page::read(first, after.as_deref())?;
        let provider = provider_id.map(|id| id.parse::<ProviderId>()).transpose()?.map(|id| id.0);
        let of = (month_on.map(|day| day.0), provider);
        let rows = store::list(ctx.app().db.read(), ctx.who()?, of, page).await?;
        Ok(page.connect(rows, |row| row.id, Statement::from))
    }

    /// The sheet of a statement, to be saved; null for any other id.
    #[graphql(guard = "Allow(MANAGERS_AND_OFFICERS)", directive = allow::apply(MANAGERS_AND_OFFICERS.to_vec()))]
    async fn statement_sheet(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which statement.")] statement_id: ID,
        #[graphql(desc = "In which form.")] format: SheetFormat,
    ) -> Result<Option<StatementSheet>> {
        let (db, id): (_, StatementId) = (ctx.app().db.read(), statement_id.parse()?);
        let Some(statement) = store::one(db, ctx.who()?, id).await? else { return Ok(None) };
        let lines = store::all_lines(db, id).await?;
        let (bytes, ending) = match format {
            SheetFormat::Csv => (sheet::csv(&statement, &lines)?, "csv"),
            SheetFormat::Xlsx => {
                let provider = store::provider_name(db, statement.provider_id).await?;
                (sheet::xlsx((&statement, &provider), &lines)?, "xlsx")
            }
        };
        let content = base64::engine::general_purpose::STANDARD.encode(bytes);
        let file_name = format!("statement-{}-{id}.{ending}", statement.month_on.format("%Y-%m"));
        Ok(Some(StatementSheet { file_name, content }))
    }
}

/// Mutations of statements.
#[derive(Default)]
pub struct StatementMutation;

#[Object]
impl StatementMutation {
    /// Notes the transfer with which a statement was paid out. Its lines are PAID from then on.
    #[graphql(guard = "Allow(OFFICERS)", directive = allow::apply(OFFICERS.to_vec()))]
    async fn statement_pay(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which statement, by which transfer.")] input: StatementPayInput,
    ) -> Result<StatementPayPayload> {
        let (app, who, id) = (ctx.app(), ctx.who()?, input.statement_id.parse()?);
        let result = service::pay(app, who, id, &input.reference).await;
        StatementPayPayload::from_result(result.map(Into::into))
    }

    /// Takes back what was paid out for a visit or a meal that was proven to be a fraud: everything goes back to who paid, and
    /// the provider's next statement is less by it. What a walk-in paid at the canteen's own till he has back there.
    #[graphql(guard = "Allow(OFFICERS)", directive = allow::apply(OFFICERS.to_vec()))]
    async fn settlement_line_claw_back(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which line, and why.")] input: SettlementLineClawBackInput,
    ) -> Result<SettlementLineClawBackPayload> {
        let (app, who, id) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        let result = service::claw_back(app, who, id, &input.reason).await;
        SettlementLineClawBackPayload::from_result(result.map(Into::into))
    }
}
