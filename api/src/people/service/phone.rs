//! The phone number behind the code of a phone button: asked for once, then kept, because each success costs money.

use wechat::mini::MiniError;

use crate::app::App;
use crate::kit::event::{Event, record};
use crate::kit::refusal::{Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::people::graph::phone::PhoneBindErrorCode;
use crate::people::rules::mask_phone;
use crate::people::store::phone as store;

/// Keeps the number; gives it masked. A code is good once, so a repetition with the same code is refused.
pub async fn bind(app: &App, who: &SignedIn, code: &str) -> Result<String, Stop<PhoneBindErrorCode>> {
    use PhoneBindErrorCode as C;
    let phone = match app.mini.phone_number(code).await {
        Ok(phone) => phone,
        Err(MiniError::InvalidCode) => return refuse_field(C::CodeInvalid, "code"),
        Err(MiniError::TooManyRequests) => return refuse(C::TooManyTries),
        Err(MiniError::QuotaUsedUp) => {
            tracing::error!("the paid quota of phone numbers is used up");
            return refuse(C::QuotaUsedUp);
        }
        Err(error) => {
            tracing::warn!(%error, "a phone number could not be fetched");
            return refuse(C::WechatUnavailable);
        }
    };
    let now = app.clock.now();
    let sealed = (app.seal.seal(&phone.number)?, app.seal.index("phone", &phone.number));
    let tx = app.db.begin().await?;
    store::put(&tx, who.person.0, sealed, now).await?;
    let event = Event {
        subject: "person",
        subject_id: who.person.0,
        name: "phone_bind",
        actor: Some(who.person.0),
        is_quiet: true,
        ..Event::default()
    };
    record(&tx, &app.ids, now, vec![event]).await?;
    tx.commit().await?;
    Ok(mask_phone(&phone.number))
}
