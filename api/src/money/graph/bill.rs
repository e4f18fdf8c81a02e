//! What a day's bills differ in from the books, for the desk and the office.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use base64::Engine as _;
use entities::bill_case::Model;
use entities::bill_day;
use entities::enums::{BillCaseKind as RowKind, BillCaseState as RowState, BillOwner as RowOwner};

use crate::app::Asked as _;
use crate::kit::allow::{Allow, DESKS_AND_OFFICERS, OFFICERS, allow};
use crate::kit::fen::Fen as Amount;
use crate::kit::ids::{BillCaseId, OrderId};
use crate::kit::page::{Connection, Page};
use crate::kit::scalar::{Day, Fen, Instant};
use crate::money::service::bill as service;
use crate::money::store::bill as store;

/// How a day's bills and the books differ. Treat an unknown value as "see both sides".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RowKind")]
pub enum BillCaseKind {
    /// A payment of a number that nobody here made.
    PaymentUnknown,
    /// Paid at WeChat, not here: its notification was lost. The platform is asked at once.
    PaymentNotHere,
    /// Paid here, in no bill up to the day.
    PaymentNotThere,
    /// Both know the payment, with different amounts.
    PaymentAmount,
    /// The bill has the payment more than once.
    PaymentTwice,
    /// The bill says something else than that it succeeded.
    PaymentState,
    /// Both know the payment, under different numbers of WeChat's.
    PaymentNumber,
    /// A refund of a number that nobody here made.
    RefundUnknown,
    /// Going back at WeChat, not sent or closed here. The platform is asked at once.
    RefundNotHere,
    /// Gone back here, in no bill up to the day.
    RefundNotThere,
    /// Both know the refund, with different amounts.
    RefundAmount,
    /// The bill has the refund more than once.
    RefundTwice,
    /// The refund ended here in another way than WeChat says, in the bill or, asked for it, later.
    RefundState,
    /// Both know the refund, under different numbers of WeChat's.
    RefundNumber,
    /// The ledger has not what was paid for the order.
    Ledger,
    /// What moved on the merchant's account is not what the trade bill lets expect, fees included.
    Net,
    /// The day's bill did not come or does not read. It is asked for each half hour and the case heals when it is compared; its
    /// number is the day.
    BillUnread,
}

/// Who looks after a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RowOwner")]
pub enum BillOwner {
    /// The desk: a family may be waiting for its order.
    Desk,
    /// The office.
    Office,
}

/// Where a difference stands: OPEN → HEALED, CLOSED.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RowState")]
pub enum BillCaseState {
    /// Nobody knows yet.
    Open,
    /// The other side has come.
    Healed,
    /// Somebody in an office found out and wrote it down.
    Closed,
}

/// A difference between a day's bills and the books.
#[derive(SimpleObject)]
pub struct BillCase {
    /// Opaque.
    pub id: ID,
    /// The day of the bill.
    pub day_on: Day,
    /// How they differ.
    pub kind: BillCaseKind,
    /// Number of the payment or refund, as the bill writes it.
    pub number: String,
    /// The order behind it; null when nobody knows the number.
    pub order_id: Option<ID>,
    /// What the books say, in fen; null when they say nothing. For NET what the trade bill lets expect.
    pub ours_fen: Option<Fen>,
    /// What the bill says, in fen; null when it says nothing.
    pub theirs_fen: Option<Fen>,
    /// Who looks after it.
    pub owner: BillOwner,
    /// Where it stands.
    pub state: BillCaseState,
    /// When it was found.
    pub opened_at: Instant,
    /// When it ended; null while it is open.
    pub ended_at: Option<Instant>,
    /// What the office found out; null unless it is CLOSED.
    pub note: Option<String>,
}

impl From<Model> for BillCase {
    fn from(row: Model) -> Self {
        let fen = |amount: Option<i64>| amount.map(|amount| Amount::new(amount).into());
        Self {
            id: BillCaseId(row.id).to_string().into(),
            day_on: row.day_on.into(),
            kind: row.kind.into(),
            number: row.number,
            order_id: row.order_id.map(|id| OrderId(id).to_string().into()),
            ours_fen: fen(row.ours_fen),
            theirs_fen: fen(row.theirs_fen),
            owner: row.owner.into(),
            state: row.state.into(),
            opened_at: row.opened_at.into(),
            ended_at: row.ended_at.map(Into::into),
            note: row.note,
        }
    }
}

/// A day whose bills were compared with the books.
#[derive(SimpleObject)]
pub struct BillDay {
    /// Which day.
    pub day_on: Day,
    /// Rows of its trade bill.
    pub row_count: i32,
    /// Payments of the bill, in fen.
    pub paid_fen: Fen,
    /// Refunds asked for on the day, in fen.
    pub refunded_fen: Fen,
    /// Differences found that became cases: a thousand of each kind at most.
    pub case_count: i32,
    /// Differences beyond those, counted and not listed; `billReport` tells them by kind.
    pub unlisted_count: i32,
    /// When it was compared.
    pub done_at: Instant,
}

impl BillDay {
    fn of(row: bill_day::Model, unlisted: &[store::Unlisted]) -> Self {
        let more = unlisted.iter().filter(|one| one.day_on == row.day_on).map(|one| one.count);
        Self {
            unlisted_count: i32::try_from(more.sum::<i64>()).unwrap_or(i32::MAX),
            day_on: row.day_on.into(),
            row_count: row.row_count,
            paid_fen: Amount::new(row.paid_fen).into(),
            refunded_fen: Amount::new(row.refunded_fen).into(),
            case_count: row.case_count,
            done_at: row.done_at.into(),
        }
    }
}

/// The differences of a day as a file to be saved.
#[derive(SimpleObject)]
pub struct BillReport {
    /// A name for it.
    pub file_name: String,
    /// Its bytes in base64: comma-separated values in UTF-8, amounts in yuan.
    pub content: String,
}

answers! {
    /// Answer of `billCaseClose`.
    BillCaseClosePayload {
        /// The case, CLOSED.
        case: BillCase
    }
    BillCaseCloseError BillCaseCloseErrorCode {
        /// There is no such case in your branch.
        CaseNotFound = "没有找到这条对账差异",
        /// 1 to 500 characters.
        NoteInvalid = "请用五百字以内写明查明的情况",
        /// It has healed, or was closed with another note.
        AlreadyOver = "这条差异已经了结",
    }
}

/// Input of `billCaseClose`.
#[derive(InputObject)]
pub struct BillCaseCloseInput {
    /// Which case.
    pub case_id: ID,
    /// What was found out, 1 to 500 characters.
    pub note: String,
}

/// Queries about bills.
#[derive(Default)]
pub struct BillQuery;

#[Object]
impl BillQuery {
    /// Days whose bills were compared, the newest first; at most 92.
    #[graphql(guard = "Allow(DESKS_AND_OFFICERS)", directive = allow::apply(DESKS_AND_OFFICERS.to_vec()))]
    async fn bill_days(&self, ctx: &Context<'_>) -> Result<Vec<BillDay>> {
        let db = ctx.app().db.read();
        let days = store::days(db).await?;
        let since = days.last().map_or(ctx.app().clock.today(), |day| day.day_on);
        let unlisted = store::unlisted(db, since).await?;
        Ok(days.into_iter().map(|day| BillDay::of(day, &unlisted)).collect())
    }

    /// Differences between bills and books in your branch, the newest first. A number that nobody knows is shown to all.
    #[graphql(guard = "Allow(DESKS_AND_OFFICERS)", directive = allow::apply(DESKS_AND_OFFICERS.to_vec()))]
    async fn bill_cases(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand there.")] state: Option<BillCaseState>,
        #[graphql(desc = "Only those of this day's bill.")] day_on: Option<Day>,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<BillCase>> {
        let page = Page::read(first, after.as_deref())?;
        let of = (state.map(Into::into), day_on.map(|day| day.0));
        let rows = store::cases(ctx.app().db.read(), ctx.who()?, of, page).await?;
        Ok(page.connect(rows, |row| row.id, BillCase::from))
    }

    /// The differences of a day in your branch, and how many more there are, to be saved; null for a day whose bills were not compared.
    #[graphql(guard = "Allow(DESKS_AND_OFFICERS)", directive = allow::apply(DESKS_AND_OFFICERS.to_vec()))]
    async fn bill_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The day of the bill.")] day_on: Day,
    ) -> Result<Option<BillReport>> {
        let db = ctx.app().db.read();
        if store::day(db, day_on.0).await?.is_none() {
            return Ok(None);
        }
        let cases = store::cases_of_day(db, ctx.who()?, day_on.0).await?;
        let mut unlisted = store::unlisted(db, day_on.0).await?;
        unlisted.retain(|one| one.day_on == day_on.0);
        let content = base64::engine::general_purpose::STANDARD.encode(service::report(&cases, &unlisted)?);
        Ok(Some(BillReport { file_name: format!("bill-{}.csv", day_on.0.format("%Y-%m-%d")), content }))
    }
}

/// Mutations of bills.
#[derive(Default)]
pub struct BillMutation;

#[Object]
impl BillMutation {
    /// Ends a difference with what was found out about it.
    #[graphql(guard = "Allow(OFFICERS)", directive = allow::apply(OFFICERS.to_vec()))]
    async fn bill_case_close(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which difference, and what it was.")] input: BillCaseCloseInput,
    ) -> Result<BillCaseClosePayload> {
        let (app, who, id) = (ctx.app(), ctx.who()?, input.case_id.parse()?);
        let result = service::close(app, who, id, &input.note).await;
        BillCaseClosePayload::from_result(result.map(Into::into))
    }
}
