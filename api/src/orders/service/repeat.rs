//! "The usual": the last meal again, for the next open period. One call for the elder's one button.

use crate::app::App;
use crate::kit::ids::{ElderId, SlotId};
use crate::kit::once::{fingerprint, is_request_key};
use crate::kit::refusal::{Stop, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::orders::graph::place::MealOrderPlaceErrorCode as C;
use crate::orders::rules::Wish;
use crate::orders::service::place::{Terms, Want, place};
use crate::orders::store::read::{self, Seen};
use crate::orders::store::usual;
use crate::people::rules::Scope;
use crate::people::store::elder_of;

/// Orders the last meal again: same canteen, period, way and dishes, on the next day that still takes orders.
/// A dish that is not on the menu of that day gives way to the first whole meal of the menu.
pub async fn repeat(app: &App, who: &SignedIn, elder: ElderId, key: &str) -> Result<Seen, Stop<C>> {
    if !is_request_key(key) {
        return refuse_field(C::RequestKeyInvalid, "requestKey");
    }
    let reached = elder_of(app.db.read(), who, elder).await?;
    if !reached.is_some_and(|reached| reached.scopes.has(Scope::Book)) {
        return refuse_field(C::ElderNotFound, "elderId");
    }
    // Repeated with the same key, the same order answers, although the next open slot is another by now.
    let print = fingerprint(&("the usual", elder));
    if let Some((id, known)) = read::by_key(app.db.write(), who.person.0, key).await? {
        if known != print {
            return refuse_field(C::RequestKeyReused, "requestKey");
        }
        if let Some(seen) = read::order_of(app.db.write(), who, id).await? {
            return Ok(seen);
        }
    }
    let Some(last) = usual::last_of_elder(app.db.read(), elder).await? else {
        return refuse_field(C::NothingToRepeat, "elderId");
    };
    let items = read::items(app.db.read(), last.id.into()).await?;
    for slot in usual::next_slots(app.db.read(), &last, app.clock.now()).await? {
        let menu = crate::slots::service::menu_of(app, &slot).await?;
        let usual: Vec<Wish> = items
            .iter()
            .filter(|item| menu.iter().any(|dish| dish.id == item.dish_id && !dish.is_sold_out))
            .map(|item| Wish { dish: item.dish_id, is_small: item.is_small, quantity: item.quantity })
            .collect();
        let has_meal = usual.iter().any(|wish| menu.iter().any(|dish| dish.id == wish.dish && dish.is_meal));
        let wishes = if has_meal {
            usual
        } else {
            let first = menu.iter().find(|dish| dish.is_meal && !dish.is_sold_out);
            first.map(|dish| Wish { dish: dish.id, is_small: false, quantity: 1 }).into_iter().collect()
        };
        if wishes.is_empty() {
            continue;
        }
        let want = Want { elder, slot: SlotId(slot.id), way: last.way, wishes };
        let terms =
            Terms { key: key.to_owned(), hold: None, expected_due: None, note: None, print: Some(print) };
        return place(app, who, &want, &terms).await;
    }
    refuse_field(C::SlotClosed, "elderId")
}
