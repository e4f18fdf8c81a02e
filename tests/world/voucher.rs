//! Vouchers of a month: given by the house's own act, looked at through the contract, proven against the ledger.

use nuanyang::kit::fen::Fen;
use nuanyang::kit::ids::ElderId;
use nuanyang::money::rules::voucher::month_of;
use nuanyang::money::service::voucher::month::{Holder, Holders, give};
use nuanyang::money::store::voucher::{books, month};
use serde_json::{Value, json};

use super::World;
use super::client::Person;

/// The programme of Guandu.
pub const GUANDU: &str = "guandu_home_care_voucher";
/// The name of its account in the ledger, behind `public/` and `voucher/`.
pub const ACCOUNT: &str = "guandu_home_care_voucher/530111";
/// What a test asks of a voucher.
pub const VOUCHER: &str = "id tier state freezeReason monthOn expiresOn grantedFen restFen reservedFen usedFen lapsedFen \
    returnedFen uses { orderId takenFen reservedFen usedFen releasedFen returnedFen }";

/// Somebody with a tier of the programme, for so many fen.
pub fn holder(elder: ElderId, fen: i64) -> Holder {
    Holder {
        elder: elder.0,
        region_code: "530111".to_owned(),
        tier: (fen / 100).to_string(),
        amount: Fen::new(fen),
        percent_bp: None,
    }
}

impl World {
    /// Gives vouchers of the current month to those who have none.
    pub async fn grant(&self, holders: Vec<Holder>) {
        let (db, now) = (self.app.db.write(), self.app.clock.now());
        let month_on = month_of(self.app.clock.today());
        let run = month::begin(db, (GUANDU, month_on), (now, true)).await.unwrap();
        let given = give(&self.app, &run, Holders { holders, next: None }).await.unwrap();
        assert!(given.is_some_and(|run| run.finished_at.is_some()), "nobody else gives");
    }

    /// Vouchers of an elder as a person sees them, the newest first.
    pub async fn vouchers(&self, who: &Person, elder: ElderId) -> Value {
        let document =
            format!("query($id: ID!) {{ vouchers(elderId: $id, first: 12) {{ nodes {{ {VOUCHER} }} }} }}");
        self.data(who, &document, json!({ "id": elder.to_string() })).await["vouchers"]["nodes"].clone()
    }

    /// Rest, reserved, used, lapsed and returned of the newest voucher, in fen.
    pub async fn purse(&self, who: &Person, elder: ElderId) -> [i64; 5] {
        let all = self.vouchers(who, elder).await;
        ["restFen", "reservedFen", "usedFen", "lapsedFen", "returnedFen"]
            .map(|name| all[0][name].as_i64().unwrap_or_else(|| panic!("{all}")))
    }

    /// Granted, available, reserved, redeemed, lapsed and returned of the programme in Guandu, by the ledger alone.
    pub async fn public_book(&self) -> [i64; 6] {
        let books = books::from_ledger(self.app.db.read()).await.unwrap();
        books.get(ACCOUNT).copied().unwrap_or_default()
    }
}
