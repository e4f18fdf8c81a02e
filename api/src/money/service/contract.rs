//! What an office agrees with a provider: a cap on what a programme's vouchers pay him for a region in a year.

use chrono::{Datelike as _, NaiveDate};
use entities::enums::ProviderState;
use entities::procurement_contract::Model;
use sea_orm::DatabaseTransaction;

use crate::app::App;
use crate::directory::store::provider::provider;
use crate::directory::store::region;
use crate::kit::event::{Event, record};
use crate::kit::fen::Fen;
use crate::kit::ids::{ContractId, ProviderId};
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::money::graph::contract::ProcurementContractAgreeErrorCode as C;
use crate::money::store::contract::{self as store, Name};

/// Longest number of a paper in characters.
const REFERENCE_MAX: usize = 60;

/// What an office wants to note.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Code of the programme.
    pub programme: String,
    /// With whom.
    pub provider: ProviderId,
    /// For the elders of this region.
    pub region_code: String,
    /// The calendar year of the services.
    pub year: i32,
    /// Most that vouchers pay.
    pub cap: Fen,
    /// The office's number of the paper.
    pub reference: String,
}

/// First day of a calendar year; `None` when no calendar has it.
pub fn first_day(year: i32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, 1, 1)
}

/// Notes a contract, or changes the cap and paper of one. Repeated, it answers the same.
pub async fn agree(app: &App, who: &SignedIn, wish: &Wish) -> Result<Model, Stop<C>> {
    let (name, ends_on) = check(app, who, wish).await?;
    let tx = app.db.begin().await?;
    let known = store::current(&tx, &name).await?;
    let reference = wish.reference.trim();
    if known.as_ref().is_some_and(|known| known.cap_fen == wish.cap.get() && known.reference == reference) {
        return known.ok_or_else(|| Fault::new("a contract vanished").into());
    }
    let event = match &known {
        Some(known) => {
            if !store::change(&tx, known.id, wish.cap, reference).await? {
                return refuse_field(C::CapBelowUsed, "capFen");
            }
            told(ContractId(known.id), "change", who, reference)
        }
        None => {
            let id: ContractId = app.ids.next();
            let new = Model {
                id: id.0,
                programme: name.programme.clone(),
                provider_id: name.provider,
                region_code: name.region_code.clone(),
                begins_on: name.begins_on,
                ends_on,
                cap_fen: wish.cap.get(),
                used_fen: 0,
                reference: reference.to_owned(),
                agreed_at: app.clock.now(),
                agreed_by: who.person.0,
            };
            begin(&tx, &name, new).await?;
            told(id, "agree", who, reference)
        }
    };
    record(&tx, &app.ids, app.clock.now(), vec![event]).await?;
    let now = store::current(&tx, &name).await?.ok_or_else(|| Fault::new("a contract vanished"))?;
    tx.commit().await?;
    Ok(now)
}

async fn begin(tx: &DatabaseTransaction, name: &Name, new: Model) -> Result<(), Stop<C>> {
    if store::overlaps(tx, name).await? {
        return refuse_field(C::RegionOverlaps, "regionCode");
    }
    store::insert(tx, new.clone()).await?;
    if !store::count_earlier(tx, &new).await? {
        return refuse_field(C::CapBelowUsed, "capFen");
    }
    Ok(())
}

fn told(id: ContractId, name: &'static str, who: &SignedIn, reference: &str) -> Event {
    Event {
        subject: "procurement_contract",
        subject_id: id.0,
        name,
        actor: Some(who.person.0),
        reason: Some(reference.to_owned()),
        is_quiet: true,
        ..Event::default()
    }
}

/// What names the contract, and its last day.
async fn check(app: &App, who: &SignedIn, wish: &Wish) -> Result<(Name, NaiveDate), Stop<C>> {
    let found = provider(app.db.read(), wish.provider).await?;
    if found.is_none_or(|found| found.state == ProviderState::Exited) {
        return refuse_field(C::ProviderNotFound, "providerId");
    }
    if who.is_staff_of(wish.provider) {
        return refuse(C::OwnProvider);
    }
    if !app.programmes.find(&wish.programme).is_some_and(|own| own.is_voucher()) {
        return refuse_field(C::ProgrammeNotFound, "programme");
    }
    let this_year = app.clock.today().year();
    let whole = |year| first_day(year).zip(NaiveDate::from_ymd_opt(year, 12, 31));
    let year = Some(wish.year).filter(|year| (this_year..=this_year + 1).contains(year));
    let Some((begins_on, ends_on)) = year.and_then(whole) else {
        return refuse_field(C::YearInvalid, "year");
    };
    if !wish.cap.is_positive() {
        return refuse_field(C::CapInvalid, "capFen");
    }
    if !(1..=REFERENCE_MAX).contains(&wish.reference.trim().chars().count()) {
        return refuse_field(C::ReferenceInvalid, "reference");
    }
    let known = region(app.db.read(), &wish.region_code).await?;
    if known.is_none() || !who.is_officer_for(&wish.region_code) {
        return refuse_field(C::RegionNotFound, "regionCode");
    }
    let (programme, region_code) = (wish.programme.clone(), wish.region_code.clone());
    Ok((Name { programme, provider: wish.provider.0, region_code, begins_on }, ends_on))
}
