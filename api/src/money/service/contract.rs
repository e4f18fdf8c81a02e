//! What an office agrees with a provider: a cap on what a programme's vouchers pay him for a region in a year.

use chrono::{Datelike as _, NaiveDate};
use entities::enums::{ProviderState, RegionLevel as L};
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
use crate::money::graph::contract::ProcurementContractCancelErrorCode;
use crate::money::store::contract::{self as store, Name};

/// Longest number of a paper in characters.
const REFERENCE_MAX: usize = 60;
/// Longest reason in characters.
const REASON_MAX: usize = 500;

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
    let is_same = |known: &Model| {
        (known.cap_fen, known.reference.as_str(), known.cancelled_at) == (wish.cap.get(), reference, None)
    };
    if let Some(known) = known.as_ref().filter(|known| is_same(known)) {
        return Ok(known.clone());
    }
    let event = match &known {
        Some(known) if known.cancelled_at.is_some() => {
            let anew = Model { cap_fen: wish.cap.get(), reference: reference.to_owned(), ..known.clone() };
            begin(&tx, &name, anew, true).await?;
            told(ContractId(known.id), "agree", who, reference)
        }
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
                cancelled_at: None,
            };
            begin(&tx, &name, new, false).await?;
            told(id, "agree", who, reference)
        }
    };
    record(&tx, &app.ids, app.clock.now(), vec![event]).await?;
    let now = store::current(&tx, &name).await?.ok_or_else(|| Fault::new("a contract vanished"))?;
    tx.commit().await?;
    Ok(now)
}

async fn begin(tx: &DatabaseTransaction, name: &Name, new: Model, is_known: bool) -> Result<(), Stop<C>> {
    if store::overlaps(tx, name).await? {
        return refuse_field(C::RegionOverlaps, "regionCode");
    }
    if is_known {
        store::revive(tx, &new).await?;
    } else {
        store::insert(tx, new.clone()).await?;
    }
    if !store::count_earlier(tx, &new).await? {
        return refuse_field(C::CapBelowUsed, "capFen");
    }
    Ok(())
}

/// Takes a contract off that was noted by mistake: it counts no more, and what orders took under it counts for another one.
/// Repeated, it answers the same.
pub async fn cancel(
    app: &App,
    who: &SignedIn,
    id: ContractId,
    reason: &str,
) -> Result<Model, Stop<ProcurementContractCancelErrorCode>> {
    use ProcurementContractCancelErrorCode as C;
    let reason = reason.trim();
    if !(1..=REASON_MAX).contains(&reason.chars().count()) {
        return refuse_field(C::ReasonMissing, "reason");
    }
    let tx = app.db.begin().await?;
    let known = store::by_id(&tx, id).await?.filter(|known| who.is_officer_for(&known.region_code));
    let Some(known) = known else { return refuse_field(C::ContractNotFound, "contractId") };
    if who.is_staff_of(ProviderId(known.provider_id)) {
        return refuse(C::OwnProvider);
    }
    if known.cancelled_at.is_some() {
        return Ok(known);
    }
    store::cancel(&tx, id, app.clock.now()).await?;
    record(&tx, &app.ids, app.clock.now(), vec![told(id, "cancel", who, reason)]).await?;
    let now = store::by_id(&tx, id).await?.ok_or_else(|| Fault::new("a contract vanished"))?;
    tx.commit().await?;
    Ok(now)
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
    let is_fit = known.is_some_and(|known| matches!(known.level, L::District | L::Street | L::Township));
    if !is_fit || !who.is_officer_for(&wish.region_code) {
        return refuse_field(C::RegionNotFound, "regionCode");
    }
    let (programme, region_code) = (wish.programme.clone(), wish.region_code.clone());
    Ok((Name { programme, provider: wish.provider.0, region_code, begins_on }, ends_on))
}
