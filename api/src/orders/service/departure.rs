//! An elder has died, or lives elsewhere from now on: what becomes of his vouchers and orders.

use chrono::NaiveDate;
use entities::elder::Model;
use entities::enums::RegionLevel;
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use crate::app::App;
use crate::directory::store::region;
use crate::kit::due::{Due, schedule};
use crate::kit::event::{Event, record};
use crate::kit::fen::Fen;
use crate::kit::ids::ElderId;
use crate::kit::refusal::{Fault, Stop, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::money::rules::voucher::VoucherEvent;
use crate::money::service::voucher::office::shut_for;
use crate::orders::graph::departure::{ElderDeathRecordErrorCode, ElderMoveErrorCode};
use crate::orders::rules::MealEvent;
use crate::orders::rules::service_order::ServiceEvent;
use crate::orders::service::cancel::undo as undo_meal;
use crate::orders::service::service_order::cancel::undo as undo_visit;
use crate::orders::store::departure::{self as store, Fate, NewHome};
use crate::orders::store::service_order as visits;
use crate::orders::store::write::{self, Cause};
use crate::people::rules::Scopes;
use crate::people::store::Reached;
use crate::people::store::consent::lock_elder;
use crate::rights::store as rights;

/// Longest source and address in characters.
const WORDS_MAX: usize = 200;

/// The elder, when he lives in the person's branch.
async fn own(app: &App, who: &SignedIn, id: ElderId) -> Result<Option<Model>, Fault> {
    let found = rights::elder(app.db.write(), id).await?;
    Ok(found.filter(|elder| who.is_desk_for(&elder.region_code) || who.is_officer_for(&elder.region_code)))
}

/// Notes a death, or with no day that it was noted in error. All vouchers whose month is not over are frozen, the next months
/// bring none, nothing can be booked, and what has not begun is called off without a fee. Repeated, it answers the same.
pub async fn note_death(
    app: &App,
    who: &SignedIn,
    id: ElderId,
    (died_on, source): (Option<NaiveDate>, &str),
) -> Result<Reached, Stop<ElderDeathRecordErrorCode>> {
    use ElderDeathRecordErrorCode as C;
    let Some(elder) = own(app, who, id).await? else { return refuse_field(C::ElderNotFound, "elderId") };
    let source = source.trim();
    if !(1..=WORDS_MAX).contains(&source.chars().count()) {
        return refuse_field(C::SourceMissing, "source");
    }
    if died_on.is_some_and(|on| on < elder.birth_on || on > app.clock.today()) {
        return refuse_field(C::DayInvalid, "diedOn");
    }
    let (tx, now) = (app.db.begin().await?, app.clock.now());
    lock_elder(&tx, id.0).await?;
    if store::died(&tx, id.0, died_on).await? {
        let name = if died_on.is_some() { "death" } else { "death_withdrawn" };
        tell(app, &tx, (who, source), (id.0, name)).await?;
        settle_vouchers(app, &tx, (who, source), (id.0, &elder.region_code, died_on)).await?;
        if died_on.is_some() {
            schedule(&tx, &app.ids, [(Due::ElderDeath, id.0, now)]).await?;
        }
    }
    finish(app, tx, who, id).await
}

/// Notes where an elder lives from now on. Vouchers of programmes whose area he leaves are frozen, those of programmes to
/// whose area he comes back open again; who is entitled next month follows from his new home. Repeated, it answers the same.
pub async fn note_move(
    app: &App,
    who: &SignedIn,
    id: ElderId,
    (region_code, address, source): (&str, &str, &str),
) -> Result<Reached, Stop<ElderMoveErrorCode>> {
    use ElderMoveErrorCode as C;
    let Some(elder) = own(app, who, id).await? else { return refuse_field(C::ElderNotFound, "elderId") };
    let (address, source) = (address.trim(), source.trim());
    if !(1..=WORDS_MAX).contains(&source.chars().count()) {
        return refuse_field(C::SourceMissing, "source");
    }
    if address.chars().count() > WORDS_MAX {
        return refuse_field(C::AddressInvalid, "address");
    }
    let home = region(app.db.read(), region_code).await?;
    if home.is_none_or(|home| matches!(home.level, RegionLevel::Province | RegionLevel::City)) {
        return refuse_field(C::RegionNotFound, "regionCode");
    }
    let known = app.seal.open_optional(elder.address_sealed.as_deref())?.unwrap_or_default();
    if (elder.region_code.as_str(), known.as_str()) == (region_code, address) {
        return Ok(Reached::new(elder, Scopes::default(), who));
    }
    let sealed = (!address.is_empty()).then(|| app.seal.seal(address)).transpose()?;
    let home = NewHome { region_code: region_code.to_owned(), address_sealed: sealed };
    let tx = app.db.begin().await?;
    lock_elder(&tx, id.0).await?;
    store::moved(&tx, id.0, home).await?;
    tell(app, &tx, (who, source), (id.0, "move")).await?;
    settle_vouchers(app, &tx, (who, source), (id.0, region_code, elder.died_on)).await?;
    finish(app, tx, who, id).await
}

/// Vouchers follow what is known of the elder: shut for his death, or by his move out of the programme's area, else open.
async fn settle_vouchers(
    app: &App,
    tx: &DatabaseTransaction,
    (who, source): (&SignedIn, &str),
    (elder, region_code, died_on): (Uuid, &str, Option<NaiveDate>),
) -> Result<(), Fault> {
    let now = app.clock.now();
    for programme in app.programmes.iter().filter(|programme| programme.is_voucher()) {
        let fate =
            Fate { elder, programme: &programme.code, cause: shut_for(programme, (region_code, died_on)) };
        for (ids, event) in [
            (store::freeze(tx, fate, now).await?, VoucherEvent::Freeze),
            (store::unfreeze(tx, fate, now).await?, VoucherEvent::Unfreeze),
        ] {
            tell_vouchers(app, tx, (who, source), (ids, event)).await?;
        }
    }
    Ok(())
}

async fn tell(
    app: &App,
    tx: &DatabaseTransaction,
    (who, source): (&SignedIn, &str),
    (elder, name): (Uuid, &'static str),
) -> Result<(), Fault> {
    let event = Event {
        subject: "elder",
        subject_id: elder,
        name,
        actor: Some(who.person.0),
        reason: Some(source.to_owned()),
        is_quiet: true,
        ..Event::default()
    };
    Ok(record(tx, &app.ids, app.clock.now(), vec![event]).await?)
}

async fn tell_vouchers(
    app: &App,
    tx: &DatabaseTransaction,
    (who, source): (&SignedIn, &str),
    (ids, event): (Vec<Uuid>, VoucherEvent),
) -> Result<(), Fault> {
    let told = ids.into_iter().map(|id| Event {
        subject: "voucher_grant",
        subject_id: id,
        name: event.name(),
        actor: Some(who.person.0),
        reason: Some(source.to_owned()),
        ..Event::default()
    });
    Ok(record(tx, &app.ids, app.clock.now(), told.collect()).await?)
}

async fn finish<C>(
    app: &App,
    tx: DatabaseTransaction,
    who: &SignedIn,
    id: ElderId,
) -> Result<Reached, Stop<C>> {
    let elder = rights::elder(&tx, id).await?.ok_or_else(|| Fault::new("an elder vanished"))?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(Reached::new(elder, Scopes::default(), who))
}

/// The worker's turn after a death: what has not begun is called off, each in a transaction of its own, and everything goes
/// back to its payers. What is being cooked or carried out ends like any other.
pub async fn end_orders(app: &App, elder: ElderId) -> Result<(), Fault> {
    let found = rights::elder(app.db.write(), elder).await?;
    if found.is_none_or(|elder| elder.died_on.is_none()) {
        return Ok(());
    }
    let (meals, others) = store::open_orders(app.db.write(), elder.0).await?;
    let cause = || Cause { reason: Some("老人已离世".to_owned()), ..Cause::default() };
    for id in meals {
        let tx = app.db.begin().await?;
        let Some(order) = write::current(&tx, id).await? else { continue };
        if undo_meal(app, &tx, &order, MealEvent::Cancel, cause()).await? {
            tx.commit().await?;
        }
    }
    for id in others {
        let tx = app.db.begin().await?;
        let Some(order) = visits::current(&tx, id).await? else { continue };
        if undo_visit(app, &tx, &order, (ServiceEvent::Cancel, Fen::ZERO), cause()).await? {
            tx.commit().await?;
        }
    }
    app.nudge.notify_one();
    Ok(())
}
