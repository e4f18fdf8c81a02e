//! Erasure: asked for, taken back within some days, done by the worker, and done to its end when the last period is over.

use chrono::{DateTime, Days, Months, NaiveDate, Utc};
use entities::enums::{PrivacyKind, PrivacyState};
use entities::{elder, privacy_request};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use super::{Silent, Told, Wish, again, new_row, speaker, told};
use crate::app::App;
use crate::kit::clock::start_of_day;
use crate::kit::due::{Due, schedule};
use crate::kit::event::record;
use crate::kit::ids::{ElderId, PrivacyId};
use crate::kit::once::{Once, Request, fingerprint, is_request_key, once};
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::people::store::consent::lock_elder;
use crate::privacy::graph::{PrivacyErasureAskErrorCode, PrivacyErasureWithdrawErrorCode};
use crate::privacy::rules::{
    Basis, Obstacle, Part, closed_long_enough_at, erased_at, kept, next_end, years_of,
};
use crate::privacy::store::erase;
use crate::privacy::store::{self, End, InTheWay};
use crate::rights::service::consent::Paper;

/// What stands in the way, the first of them.
const fn obstacle(in_the_way: InTheWay) -> Option<Obstacle> {
    match in_the_way {
        InTheWay { order_open: true, .. } => Some(Obstacle::OrderOpen),
        InTheWay { voucher_reserved: true, .. } => Some(Obstacle::VoucherReserved),
        InTheWay { money_open: true, .. } => Some(Obstacle::MoneyOpen),
        _ => None,
    }
}

async fn in_the_way(tx: &DatabaseTransaction, elder: Uuid) -> Result<Option<Obstacle>, Fault> {
    Ok(store::in_the_way(tx, elder).await?.and_then(obstacle))
}

/// Asks for erasure. While one is open it is answered again.
pub async fn ask(
    app: &App,
    who: &SignedIn,
    key: &str,
    wish: &Wish,
) -> Result<Told, Stop<PrivacyErasureAskErrorCode>> {
    use PrivacyErasureAskErrorCode as C;
    let party = match speaker(app, who, wish).await? {
        Ok(party) => party,
        Err(Silent::OutOfReach) => return refuse_field(C::ElderNotFound, "elderId"),
        Err(Silent::ReferenceMissing) => return refuse_field(C::ReferenceMissing, "paperReference"),
        Err(Silent::NotEntitled) => return refuse_field(C::GuardianNotEntitled, "paperSignedAs"),
    };
    if !is_request_key(key) {
        return refuse_field(C::RequestKeyInvalid, "requestKey");
    }
    let row = privacy_request::Model {
        kind: PrivacyKind::Erasure,
        state: PrivacyState::Asked,
        due_at: erased_at(app.clock.now()),
        ended_at: None,
        ..new_row(app, who, wish, &party)
    };
    let print = fingerprint(wish);
    let request = Request { person: who.person.0, act: "privacyErasureAsk", key, fingerprint: &print };
    let tx = app.db.begin().await?;
    lock_elder(&tx, wish.elder.0).await?;
    let open = store::open_erasure(&tx, wish.elder.0).await?.map_or(row.id, |open| open.id);
    let id = match once(&tx, request, open, row.asked_at).await? {
        Once::Reused => return refuse_field(C::RequestKeyReused, "requestKey"),
        Once::Again(known) => known,
        Once::First if open != row.id => open,
        Once::First => {
            if let Some(obstacle) = in_the_way(&tx, wish.elder.0).await? {
                return refuse(obstacle.into());
            }
            store::insert(&tx, row.clone()).await?;
            schedule(&tx, &app.ids, [(Due::Erasure, row.id, row.due_at)]).await?;
            record(&tx, &app.ids, row.asked_at, vec![told(&row, "ask_erasure", Some(who.person.0))]).await?;
            row.id
        }
    };
    let told = again(app, &tx, id).await?;
    tx.commit().await?;
    Ok(told)
}

/// Takes an erasure back. Repeated, it answers the same.
pub async fn take_back(
    app: &App,
    who: &SignedIn,
    id: PrivacyId,
    paper: &Paper,
) -> Result<Told, Stop<PrivacyErasureWithdrawErrorCode>> {
    use PrivacyErasureWithdrawErrorCode as C;
    let found = store::request(app.db.write(), id.0).await?;
    let Some(row) = found.filter(|row| row.kind == PrivacyKind::Erasure) else {
        return refuse_field(C::RequestNotFound, "requestId");
    };
    let wish = Wish { elder: ElderId(row.elder_id), paper: paper.clone() };
    match speaker(app, who, &wish).await? {
        Ok(_) => {}
        Err(Silent::OutOfReach) => return refuse_field(C::RequestNotFound, "requestId"),
        Err(Silent::ReferenceMissing) => return refuse_field(C::ReferenceMissing, "paperReference"),
        Err(Silent::NotEntitled) => return refuse_field(C::GuardianNotEntitled, "paperSignedAs"),
    }
    let tx = app.db.begin().await?;
    lock_elder(&tx, row.elder_id).await?;
    let now = app.clock.now();
    let end = End { state: "WITHDRAWN", refused_for: None, outcome: None };
    if store::end(&tx, row.id, end, now).await? {
        store::close(&tx, row.elder_id, None).await?;
        record(&tx, &app.ids, now, vec![told(&row, "withdraw", Some(who.person.0))]).await?;
    }
    let told = again(app, &tx, row.id).await?;
    if told.row.state != PrivacyState::Withdrawn {
        return refuse(C::TooLate);
    }
    tx.commit().await?;
    Ok(told)
}

/// The worker's turn: closes the elder, erases him when nothing is under way any more, and comes again on the day on which
/// the next period is over. Gives the next turn.
pub async fn pursue(app: &App, id: PrivacyId) -> Result<Option<DateTime<Utc>>, Fault> {
    let Some(row) = store::request(app.db.write(), id.0).await? else { return Ok(None) };
    let now = app.clock.now();
    match row.state {
        PrivacyState::Asked if now < row.due_at => Ok(Some(row.due_at)),
        PrivacyState::Asked => close_or_erase(app, &row).await,
        PrivacyState::Done => end_periods(app, &row).await,
        PrivacyState::Withdrawn | PrivacyState::Refused => Ok(None),
    }
}

async fn close_or_erase(app: &App, row: &privacy_request::Model) -> Result<Option<DateTime<Utc>>, Fault> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    lock_elder(&tx, row.elder_id).await?;
    let elder = store::elder(&tx, row.elder_id).await?.ok_or_else(|| Fault::new("an elder vanished"))?;
    let next = if let Some(obstacle) = in_the_way(&tx, row.elder_id).await? {
        let end = End { state: "REFUSED", refused_for: Some(obstacle.as_str()), outcome: None };
        if store::end(&tx, row.id, end, now).await? {
            store::close(&tx, row.elder_id, None).await?;
            record(&tx, &app.ids, now, vec![told(row, "refuse", None)]).await?;
        }
        None
    } else if let Some(closed_at) = elder.closed_at {
        let ready_at = closed_long_enough_at(closed_at);
        if now >= ready_at { erase_elder(app, &tx, (row, &elder)).await? } else { Some(ready_at) }
    } else {
        store::close(&tx, row.elder_id, Some(now)).await?;
        record(&tx, &app.ids, now, vec![told(row, "close", None)]).await?;
        Some(closed_long_enough_at(now))
    };
    tx.commit().await?;
    if let Some(person) = elder.person_id {
        // Other processes find out within a second.
        let ended = erase::ended_sessions(app.db.write(), person).await?;
        ended.into_iter().for_each(|session| app.sessions.forget(session.into()));
    }
    Ok(next)
}

/// Everything that no law keeps goes in one transaction; what is kept is written down.
async fn erase_elder(
    app: &App,
    tx: &DatabaseTransaction,
    (row, elder): (&privacy_request::Model, &elder::Model),
) -> Result<Option<DateTime<Utc>>, Fault> {
    let now = app.clock.now();
    erase::at_once(tx, elder.id).await?;
    if let Some(person) = elder.person_id {
        erase::account(tx, person, (app.seal.seal("")?, now)).await?;
    }
    let basis = store::basis(tx, elder.id, now).await?;
    let outcome = serde_json::to_string(&kept(&basis, basis.ends_on))?;
    let end = End { state: "DONE", refused_for: None, outcome: Some(outcome) };
    if !store::end(tx, row.id, end, now).await? {
        return Ok(None);
    }
    record(tx, &app.ids, now, vec![told(row, "erase", None)]).await?;
    clear(app, tx, (row, &basis)).await
}

/// Comes again after a period, or after a pause of the worker.
async fn end_periods(app: &App, row: &privacy_request::Model) -> Result<Option<DateTime<Utc>>, Fault> {
    let Some(ended_at) = row.ended_at else { return Ok(None) };
    let tx = app.db.begin().await?;
    lock_elder(&tx, row.elder_id).await?;
    let basis = store::basis(&tx, row.elder_id, ended_at).await?;
    let next = clear(app, &tx, (row, &basis)).await?;
    tx.commit().await?;
    Ok(next)
}

/// Removes what is kept no longer today, and gives the beginning of the day on which the next period is over.
async fn clear(
    app: &App,
    tx: &DatabaseTransaction,
    (row, basis): (&privacy_request::Model, &Basis),
) -> Result<Option<DateTime<Utc>>, Fault> {
    let (now, today, elder) = (app.clock.now(), app.clock.today(), row.elder_id);
    let gone = app.seal.seal("已删除")?;
    let left = kept(basis, today);
    let is_left = |part: Part| left.iter().any(|kept| kept.part == part);
    let mut removed = 0;
    for (part, is_public) in [(Part::PublicOrders, true), (Part::Orders, false)] {
        let before = start_of_day(years_before(today, years_of(part)));
        removed += erase::orders(tx, elder, (is_public, before), &gone).await?;
    }
    if basis.has_health && !is_left(Part::Health) {
        removed += erase::health(tx, elder).await?;
    }
    if basis.has_consents && !is_left(Part::Consents) {
        removed += erase::consents(tx, elder).await?;
    }
    if !is_left(Part::Identity) {
        removed += erase::identity(tx, elder, &gone).await?;
    }
    if removed > 0 {
        record(tx, &app.ids, now, vec![told(row, "period_end", None)]).await?;
    }
    Ok(next_end(basis, today).map(|last| start_of_day(last + Days::new(1))))
}

/// The day so many years ago: what ended before it is kept no longer.
fn years_before(today: NaiveDate, years: u32) -> NaiveDate {
    today.checked_sub_months(Months::new(years * 12)).unwrap_or(NaiveDate::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::rules::kept_until;

    #[test]
    fn an_order_is_cleared_on_the_day_after_its_last_one() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        for ended_on in ["2026-06-05", "2024-02-29", "2024-02-28", "2024-03-01"] {
            let last = kept_until(Part::Orders, day(ended_on));
            let years = years_of(Part::Orders);
            assert!(day(ended_on) >= years_before(last, years), "{ended_on} is kept on {last}");
            assert!(day(ended_on) < years_before(last + Days::new(1), years), "{ended_on} goes after {last}");
        }
    }

    #[test]
    fn an_open_order_comes_before_vouchers_and_money() {
        let told = |order_open, voucher_reserved, money_open| {
            obstacle(InTheWay { order_open, voucher_reserved, money_open })
        };
        assert_eq!(told(true, true, true), Some(Obstacle::OrderOpen));
        assert_eq!(told(false, true, true), Some(Obstacle::VoucherReserved));
        assert_eq!(told(false, false, true), Some(Obstacle::MoneyOpen));
        assert_eq!(told(false, false, false), None);
    }
}
