//! The platform's own numbers of a payment and its refund, when the first that was told was wrong.

use entities::payment_attempt::Model as Attempt;
use entities::refund::Model;
use sea_orm::ConnectionTrait;

use super::tell_as;
use crate::app::App;
use crate::kit::refusal::Fault;
use crate::kit::viewer::SignedIn;
use crate::money::rules::refund::misfit;
use crate::money::service::bill::heal;
use crate::money::service::evidence::{has_number, make_room};
use crate::money::store::{attempt as attempts, refund};

/// Takes the numbers that the platform tells when it is asked, for a refund on which nothing else differs. Only when a person who
/// looked at it wants it to go on. A payment's number must be told twice: with the refund, and by the payment itself.
/// False: there was nothing to put right, or not for certain.
pub async fn put_right(app: &App, who: &SignedIn, row: &Model) -> Result<bool, Fault> {
    let attempt = attempts::by_id(app.db.write(), row.attempt_id.into()).await?;
    let attempt = attempt.ok_or_else(|| Fault::new("a refund without its payment"))?;
    let Ok(said) = app.pay.query_refund(&row.out_refund_no).await else { return Ok(false) };
    let told = Model { wechat_refund_id: Some(said.refund_id.clone()), ..row.clone() };
    let paid = Attempt { transaction_id: said.transaction_id.clone(), ..attempt.clone() };
    let mchid = &app.config.wechat_mchid;
    if misfit((row, &attempt), &said, mchid).is_none() || misfit((&told, &paid), &said, mchid).is_some() {
        return Ok(false);
    }
    if paid.transaction_id != attempt.transaction_id {
        let Some(number) = &paid.transaction_id else { return Ok(false) };
        // Two payments may have been told with each other's numbers.
        if has_number(app, &attempt, number).await? != Some(true) || !make_room(app, number, &attempt).await?
        {
            return Ok(false);
        }
    }
    let tx = app.db.begin().await?;
    let is_new = renumber(&tx, (row, &told), (&attempt, &paid)).await?;
    if is_new {
        tell_as(app, &tx, row, ("refund_numbers_put_right", Some(who.person))).await?;
        heal(app, &tx, Some(&attempt.out_trade_no)).await?;
        heal(app, &tx, Some(&row.out_refund_no)).await?;
        tx.commit().await?;
        tracing::error!(refund.id = %crate::kit::ids::RefundId(row.id), "numbers of the platform were put right");
    }
    Ok(is_new)
}

async fn renumber<C: ConnectionTrait>(
    tx: &C,
    (row, told): (&Model, &Model),
    (attempt, paid): (&Attempt, &Attempt),
) -> Result<bool, Fault> {
    let mut is_new = false;
    if let Some(number) = told.wechat_refund_id.as_deref().filter(|_| row.wechat_refund_id.is_some()) {
        is_new |= refund::renumber(tx, row.id, number).await?;
    }
    if let Some(number) = &paid.transaction_id {
        is_new |= attempts::renumber(tx, attempt.id, number).await?;
    }
    Ok(is_new)
}
