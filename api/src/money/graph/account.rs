//! The public account of each programme and district, for the office that bears it.

use async_graphql::{Context, Object, Result, SimpleObject};

use crate::app::Asked as _;
use crate::kit::allow::{Allow, OFFICERS, allow};
use crate::kit::fen::Fen as Amount;
use crate::kit::scalar::Fen;
use crate::money::store::voucher::books;
use crate::rights::rules::programme::Programmes;

/// What a programme of vouchers gave in a district so far. Always granted = available + reserved + redeemed + lapsed +
/// returned, to the fen.
#[derive(SimpleObject)]
pub struct PublicAccount {
    /// Code of the programme.
    pub programme: String,
    /// Name of the programme in Chinese.
    pub programme_name: String,
    /// Code of the district that bears it.
    pub region_code: String,
    /// Given to elders, in fen.
    pub granted_fen: Fen,
    /// Free for orders, in fen.
    pub available_fen: Fen,
    /// Taken by orders that are not over, in fen.
    pub reserved_fen: Fen,
    /// Paid for services that were carried out, in fen.
    pub redeemed_fen: Fen,
    /// Not used in its month, in fen.
    pub lapsed_fen: Fen,
    /// Back in the account, in fen: taken back, or free again after the month.
    pub returned_fen: Fen,
}

/// Most accounts that are shown.
const ACCOUNTS_MAX: usize = 500;

/// Queries about public accounts.
#[derive(Default)]
pub struct AccountQuery;

#[Object]
impl AccountQuery {
    /// Public accounts of the districts of your branch, by programme and district; at most 500.
    #[graphql(guard = "Allow(OFFICERS)", directive = allow::apply(OFFICERS.to_vec()))]
    async fn public_accounts(&self, ctx: &Context<'_>) -> Result<Vec<PublicAccount>> {
        let (app, branch) = (ctx.app(), ctx.who()?.office_branch());
        let Some(branch) = branch else { return Ok(Vec::new()) };
        let books = books::from_rows(app.db.read()).await?.into_iter();
        let own = books.filter_map(|book| account(&app.programmes, book));
        Ok(own.filter(|account| account.region_code.starts_with(branch)).take(ACCOUNTS_MAX).collect())
    }
}

fn account(programmes: &Programmes, (name, parts): (String, books::Book)) -> Option<PublicAccount> {
    let (programme, region_code) = name.rsplit_once('/')?;
    let [granted, available, reserved, redeemed, lapsed, returned] =
        parts.map(|fen| Fen::from(Amount::new(fen)));
    Some(PublicAccount {
        programme: programme.to_owned(),
        programme_name: programmes.name_of(programme),
        region_code: region_code.to_owned(),
        granted_fen: granted,
        available_fen: available,
        reserved_fen: reserved,
        redeemed_fen: redeemed,
        lapsed_fen: lapsed,
        returned_fen: returned,
    })
}
