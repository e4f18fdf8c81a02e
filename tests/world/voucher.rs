//! Vouchers of a month: given by the house's own act, looked at through the contract, proven against the ledger.

use std::collections::BTreeMap;

use entities::enums::EnrolmentState;
use entities::programme_enrolment;
use nuanyang::kit::fen::Fen;
use nuanyang::kit::ids::ElderId;
use nuanyang::money::rules::voucher::month_of;
use nuanyang::money::service::voucher::month::{Holder, Holders, give};
use nuanyang::money::store::voucher::{books, month};
use nuanyang::rights::store::fact::put_snapshot;
use sea_orm::{EntityTrait as _, IntoActiveModel as _};
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
    /// Writes what is known of an elder since 2010 straight into his archive, and the approval from one month until
    /// another.
    pub async fn enrolled(&self, elder: ElderId, facts: &Value, (from, until): (&str, Option<&str>)) {
        let words = facts.as_object().unwrap().iter();
        let words: BTreeMap<_, _> =
            words.map(|(field, value)| (field.clone(), json!([["2010-01-01", null, value]]))).collect();
        let (db, now) = (self.app.db.write(), self.app.clock.now());
        let sealed = self.app.seal.seal(&serde_json::to_string(&words).unwrap()).unwrap();
        put_snapshot(db, elder.0, sealed, now).await.unwrap();
        let approval = programme_enrolment::Model {
            id: self.app.ids.next(),
            elder_id: elder.0,
            programme: GUANDU.to_owned(),
            item: "home_care_voucher".to_owned(),
            from_month: from.parse().unwrap(),
            until_month: until.map(|until| until.parse().unwrap()),
            source: "演示".to_owned(),
            state: EnrolmentState::Approved,
            decided_by: None,
            decided_at: now,
            ended_by: None,
            ended_at: None,
        };
        let insert = programme_enrolment::Entity::insert(approval.into_active_model());
        insert.exec_without_returning(db).await.unwrap();
    }

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
        let books = books::both(self.app.db.read()).await.unwrap().ledger;
        books.get(ACCOUNT).copied().unwrap_or_default()
    }
}
