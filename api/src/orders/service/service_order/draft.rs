//! The row that a booking becomes.

use chrono::Duration;
use entities::enums::{Channel, Role, ServiceState};
use entities::service_order;

use super::place::{Quoted, Terms, Want};
use crate::app::App;
use crate::kit::ids::OrderId;
use crate::kit::refusal::Fault;
use crate::kit::seal::random_text;
use crate::kit::viewer::SignedIn;
use crate::orders::rules::service_order::{Visit, pay_before};
use crate::orders::rules::turns::search_until;

/// The row of an order as quoted: it waits for its payment, or is paid at once when nothing is to pay.
pub fn draft(
    (app, who): (&App, &SignedIn),
    quoted: &Quoted,
    (want, terms): (&Want, &Terms),
    print: String,
) -> Result<service_order::Model, Fault> {
    let now = app.clock.now();
    let elder = &quoted.reached.elder;
    let Visit { split, duration_min } = quoted.visit;
    let is_free = split.cash.is_zero();
    let channel = if quoted.reached.is_self {
        Channel::ElderApp
    } else if who.has(Role::Desk) && terms.call_reference.is_some() {
        Channel::Desk
    } else if who.is_desk_for(&elder.region_code) {
        Channel::Counter
    } else {
        Channel::FamilyApp
    };
    Ok(service_order::Model {
        id: app.ids.next::<OrderId>().0,
        placed_by: who.person.0,
        request_key: terms.key.clone(),
        request_fingerprint: print,
        elder_id: elder.id,
        offering_id: quoted.offer.id,
        bundle_id: None,
        booking_id: None,
        provider_id: quoted.offer.provider_id,
        service_code: quoted.offer.service_code.clone(),
        channel,
        call_reference: terms.call_reference.clone(),
        state: if is_free { ServiceState::Paid } else { ServiceState::SlotHeld },
        version: 0,
        starts_at: terms.starts_at,
        ends_at: terms.starts_at + Duration::minutes(duration_min),
        quantity: want.quantity,
        carers_needed: quoted.offer.carers_needed,
        certificate_kind: quoted.offer.certificate_kind,
        certified_needed: quoted.offer.certified_needed,
        wished_sex: want.sex,
        wished_carer: want.carer.map(|carer| carer.0),
        list_fen: split.list.get(),
        subsidy_fen: split.subsidy.get(),
        voucher_fen: split.voucher.get(),
        cash_fen: split.cash.get(),
        kept_fen: None,
        region_code: elder.region_code.clone(),
        address_sealed: elder.address_sealed.clone().unwrap_or_default(),
        latitude_e6: elder.latitude_e6,
        longitude_e6: elder.longitude_e6,
        note_sealed: terms.note.as_deref().map(|note| app.seal.seal(note)).transpose()?,
        visit_code: random_text(b"01234567890123456789012345678901", 6)?,
        pay_before: (!is_free).then(|| pay_before(now)),
        created_at: now,
        done_at: None,
        ended_at: None,
        moves: 0,
        round: 0,
        search_until: Some(search_until(terms.starts_at, now)),
        failed_at: None,
        choice_before: None,
        disputed_at: None,
        decided_at: None,
        is_held: false,
        confirmed_device: None,
        voucher_rule: quoted.voucher_rule(),
    })
}
