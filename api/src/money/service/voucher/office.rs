//! What an office does with a voucher: freeze at death or move, unfreeze, revoke. Repeated, each answers the same.

use chrono::NaiveDate;
use entities::enums::{FreezeReason, VoucherState};
use entities::voucher_grant::Model;
use sea_orm::DatabaseTransaction;

use crate::app::App;
use crate::kit::event::{Event, record};
use crate::kit::ids::{ElderId, VoucherId};
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::money::graph::office::{VoucherFreezeErrorCode, VoucherRevokeErrorCode, VoucherUnfreezeErrorCode};
use crate::money::rules::voucher::{VoucherEvent, after};
use crate::money::store::voucher::office as store;
use crate::people::rules::{Scope, Scopes};
use crate::people::store::{Reached, elder_of};
use crate::rights::rules::programme::Programme;

/// Longest reason in characters.
const REASON_MAX: usize = 500;

/// What somebody in an office wants, and why.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// Which voucher.
    pub id: VoucherId,
    /// Why, in words.
    pub reason: &'a str,
}

impl Wish<'_> {
    fn is_reasoned(&self) -> bool {
        (1..=REASON_MAX).contains(&self.reason.trim().chars().count())
    }

    /// The voucher, locked, when it is borne by a district that the person decides for.
    async fn own(&self, tx: &DatabaseTransaction, who: &SignedIn) -> Result<Option<Model>, Fault> {
        let found = store::current(tx, self.id.0).await?;
        Ok(found.filter(|grant| who.is_officer_for(&grant.region_code)))
    }
}

/// No orders for the time being; what is reserved already is settled by what is carried out.
pub async fn freeze(
    app: &App,
    who: &SignedIn,
    (wish, cause): (Wish<'_>, FreezeReason),
) -> Result<Model, Stop<VoucherFreezeErrorCode>> {
    use VoucherFreezeErrorCode as C;
    if !wish.is_reasoned() {
        return refuse_field(C::ReasonMissing, "reason");
    }
    let tx = app.db.begin().await?;
    let Some(grant) = wish.own(&tx, who).await? else { return refuse_field(C::VoucherNotFound, "voucherId") };
    if grant.state == VoucherState::Frozen && grant.frozen_for == Some(cause) {
        return Ok(grant);
    }
    if !store::freeze(&tx, grant.id, cause).await? {
        return refuse(C::AlreadyOver);
    }
    finish(app, tx, who, (&grant, VoucherEvent::Freeze, wish.reason)).await
}

/// Orders again.
pub async fn unfreeze(
    app: &App,
    who: &SignedIn,
    wish: Wish<'_>,
) -> Result<Model, Stop<VoucherUnfreezeErrorCode>> {
    use VoucherUnfreezeErrorCode as C;
    if !wish.is_reasoned() {
        return refuse_field(C::ReasonMissing, "reason");
    }
    let tx = app.db.begin().await?;
    let Some(grant) = wish.own(&tx, who).await? else { return refuse_field(C::VoucherNotFound, "voucherId") };
    if grant.state == VoucherState::Issued {
        return Ok(grant);
    }
    let elder = crate::rights::store::elder(&tx, ElderId(grant.elder_id)).await?;
    let known = elder.map(|elder| (elder.region_code, elder.died_on));
    let programme = app.programmes.find(&grant.programme);
    if let Some(((region_code, died_on), programme)) = known.zip(programme)
        && shut_for(programme, (&region_code, died_on)).is_some()
    {
        return refuse(C::ElderGone);
    }
    if !store::unfreeze(&tx, grant.id).await? {
        return refuse(C::AlreadyOver);
    }
    finish(app, tx, who, (&grant, VoucherEvent::Unfreeze, wish.reason)).await
}

/// Why an elder's vouchers of a programme are shut by what is known of him; `None`: they are not.
pub fn shut_for(
    programme: &Programme,
    (region_code, died_on): (&str, Option<NaiveDate>),
) -> Option<FreezeReason> {
    match died_on {
        Some(_) => Some(FreezeReason::Death),
        None => programme.area.is_left_by(region_code).then_some(FreezeReason::Move),
    }
}

/// It was wrong to give it: what nobody has ordered goes back to the public account.
pub async fn revoke(
    app: &App,
    who: &SignedIn,
    wish: Wish<'_>,
) -> Result<Model, Stop<VoucherRevokeErrorCode>> {
    use VoucherRevokeErrorCode as C;
    if !wish.is_reasoned() {
        return refuse_field(C::ReasonMissing, "reason");
    }
    let tx = app.db.begin().await?;
    let Some(grant) = wish.own(&tx, who).await? else { return refuse_field(C::VoucherNotFound, "voucherId") };
    if grant.state == VoucherState::Revoked {
        return Ok(grant);
    }
    if !store::revoke(&tx, &grant, app.clock.now()).await? {
        return refuse(C::AlreadyOver);
    }
    finish(app, tx, who, (&grant, VoucherEvent::Revoke, wish.reason)).await
}

/// Leaves the event and gives the voucher as it is now.
async fn finish<C>(
    app: &App,
    tx: DatabaseTransaction,
    who: &SignedIn,
    (before, event, reason): (&Model, VoucherEvent, &str),
) -> Result<Model, Stop<C>> {
    let told = Event {
        subject: "voucher_grant",
        subject_id: before.id,
        name: event.name(),
        from: Some(before.state.as_str()),
        to: after(before.state, event).map(VoucherState::as_str),
        actor: Some(who.person.0),
        reason: Some(reason.trim().to_owned()),
        ..Event::default()
    };
    record(&tx, &app.ids, app.clock.now(), vec![told]).await?;
    let now = store::current(&tx, before.id).await?.ok_or_else(|| Fault::new("a voucher vanished"))?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(now)
}

/// Who looks at an elder's vouchers: the elder, family with VIEW_ORDERS, the desk and the office of the region where he
/// lives; `None` for everybody else.
pub async fn looks_at(app: &App, who: &SignedIn, elder: ElderId) -> Result<Option<Reached>, Fault> {
    if let Some(reached) = elder_of(app.db.read(), who, elder).await? {
        return Ok(Some(reached).filter(|reached| reached.scopes.has(Scope::ViewOrders)));
    }
    let row = crate::rights::store::elder(app.db.read(), elder).await?;
    let row = row.filter(|row| who.is_officer_for(&row.region_code));
    Ok(row.map(|row| Reached::new(row, Scopes::default(), who)))
}
