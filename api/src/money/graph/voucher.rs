//! Vouchers of an elder: what each month gave, what is left, and which orders took of it.

use async_graphql::{ComplexObject, Context, Enum, ID, Object, Result, SimpleObject};
use entities::enums::{FreezeReason as RowReason, VoucherState as RowState};
use entities::{voucher_grant, voucher_use};

use crate::app::Asked as _;
use crate::kit::allow::{Allow, Role, allow};
use crate::kit::fen::Fen as Amount;
use crate::kit::ids::{ElderId, OrderId, VoucherId};
use crate::kit::page::{Connection, Page};
use crate::kit::scalar::{Day, Fen, Instant};
use crate::money::rules::voucher::quote::last_day;
use crate::money::service::voucher::office::looks_at;
use crate::money::store::voucher::office as store;
use crate::people::rules::access::Field;

/// Those who look at vouchers: the elder, his family, his desk and his office.
const LOOKING: &[Role] = &[Role::Family, Role::Elder, Role::Desk, Role::Officer, Role::Admin];

/// Life of a voucher: PENDING → ISSUED, REVOKED; ISSUED → FROZEN, LAPSED, REVOKED; FROZEN → ISSUED, LAPSED, REVOKED. Treat
/// an unknown value as "see details".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RowState")]
pub enum VoucherState {
    /// Not given yet.
    Pending,
    /// Can be used.
    Issued,
    /// Cannot be used for the time being.
    Frozen,
    /// Its month is over and nothing is open.
    Lapsed,
    /// Taken back.
    Revoked,
}

/// Why a voucher is frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RowReason")]
pub enum VoucherFreezeReason {
    /// The elder has died.
    Death,
    /// The elder has moved out of the district.
    Move,
    /// Somebody looks into what it was used for.
    FraudCheck,
}

/// A voucher of one calendar month (政府购买服务券). Always granted = rest + reserved + used + lapsed + returned.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Voucher {
    /// Opaque.
    pub id: ID,
    /// Code of the programme that gives it.
    pub programme: String,
    /// Tier of the programme on the first day of the month; empty when it has none.
    pub tier: String,
    /// Part of a price that it pays, in percent; null when it pays all that it can.
    pub percent: Option<i32>,
    /// First day of its month: it pays for services that are carried out in this month only.
    pub month_on: Day,
    /// Last day on which it pays.
    pub expires_on: Day,
    /// Where it stands.
    pub state: VoucherState,
    /// Why it is frozen; null when it is not.
    pub freeze_reason: Option<VoucherFreezeReason>,
    /// Given for the month, in fen.
    pub granted_fen: Fen,
    /// Free for orders, in fen.
    pub rest_fen: Fen,
    /// Taken by orders that are not over, in fen.
    pub reserved_fen: Fen,
    /// Paid for services that were carried out, in fen.
    pub used_fen: Fen,
    /// Not used in its month, in fen.
    pub lapsed_fen: Fen,
    /// Back in the public account, in fen: taken back, or free again after the month.
    pub returned_fen: Fen,
    /// When it was given.
    pub issued_at: Instant,
    #[graphql(skip)]
    pub row: voucher_grant::Model,
}

impl From<voucher_grant::Model> for Voucher {
    fn from(row: voucher_grant::Model) -> Self {
        let fen = |amount| Fen::from(Amount::new(amount));
        Self {
            id: VoucherId(row.id).to_string().into(),
            programme: row.programme.clone(),
            tier: row.tier.clone(),
            percent: row.percent_bp.map(|percent_bp| percent_bp / 100),
            month_on: row.month_on.into(),
            expires_on: last_day(row.month_on).into(),
            state: row.state.into(),
            freeze_reason: row.frozen_for.map(Into::into),
            granted_fen: fen(row.granted_fen),
            rest_fen: fen(row.available_fen),
            reserved_fen: fen(row.reserved_fen),
            used_fen: fen(row.redeemed_fen),
            lapsed_fen: fen(row.lapsed_fen),
            returned_fen: fen(row.returned_fen),
            issued_at: row.issued_at.into(),
            row,
        }
    }
}

#[ComplexObject]
impl Voucher {
    /// Name of the programme in Chinese.
    async fn programme_name(&self, ctx: &Context<'_>) -> String {
        ctx.app().programmes.name_of(&self.row.programme)
    }

    /// Orders that took of it, the newest first, at most 200.
    async fn uses(&self, ctx: &Context<'_>) -> Result<Vec<VoucherUse>> {
        let rows = store::uses(ctx.app().db.read(), self.row.id).await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}

/// What one order took of a voucher. Always taken = reserved + used + released + returned.
#[derive(SimpleObject)]
pub struct VoucherUse {
    /// Which order, of a meal or of a visit.
    pub order_id: ID,
    /// Taken when it was placed, in fen.
    pub taken_fen: Fen,
    /// Still kept for it, in fen.
    pub reserved_fen: Fen,
    /// Paid for it, in fen.
    pub used_fen: Fen,
    /// Free again for other orders, in fen.
    pub released_fen: Fen,
    /// Back in the public account, in fen.
    pub returned_fen: Fen,
    /// When it was taken.
    pub reserved_at: Instant,
    /// When the order ended; null while it has not.
    pub settled_at: Option<Instant>,
}

impl From<voucher_use::Model> for VoucherUse {
    fn from(row: voucher_use::Model) -> Self {
        let fen = |amount| Fen::from(Amount::new(amount));
        Self {
            order_id: OrderId(row.order_id).to_string().into(),
            taken_fen: fen(row.taken_fen),
            reserved_fen: fen(row.reserved_fen),
            used_fen: fen(row.redeemed_fen),
            released_fen: fen(row.released_fen),
            returned_fen: fen(row.returned_fen),
            reserved_at: row.reserved_at.into(),
            settled_at: row.settled_at.map(Into::into),
        }
    }
}

/// Queries about vouchers.
#[derive(Default)]
pub struct VoucherQuery;

#[Object]
impl VoucherQuery {
    /// Vouchers of an elder, the newest month first, for the elder, family with VIEW_ORDERS, desk and office; empty for any
    /// other id.
    #[graphql(guard = "Allow(LOOKING)", directive = allow::apply(LOOKING.to_vec()))]
    async fn vouchers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] elder_id: ID,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<Voucher>> {
        let page = Page::read(first, after.as_deref())?;
        let (app, elder): (_, ElderId) = (ctx.app(), elder_id.parse()?);
        let rows = match looks_at(app, ctx.who()?, elder).await? {
            Some(reached) => {
                ctx.readings().note_reached(&reached, Field::Vouchers);
                store::of_elder(app.db.read(), elder.0, page).await?
            }
            None => Vec::new(),
        };
        Ok(page.connect(rows, |row| row.id, Voucher::from))
    }
}
