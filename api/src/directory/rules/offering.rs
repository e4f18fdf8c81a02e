//! Pure decisions about offerings: what may be offered at all, what it costs, what a bundle adds up to.

use entities::enums::{CertificateKind, OfferingUnit};

use super::admission::is_text;
use super::catalogue::{BUNDLE, Service};
use crate::kit::fen::Fen;

/// 10,000 yuan: more is a slip of the hand.
const PRICE_MAX: Fen = Fen::new(1_000_000);
/// Most offerings in a bundle.
pub const ITEMS_MAX: usize = 20;

/// What is to be offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOffering {
    /// Code of the service.
    pub service_code: String,
    /// What is done for the price.
    pub content: String,
    /// What the price is for.
    pub unit: OfferingUnit,
    /// Minutes of one unit.
    pub duration_min: i32,
    /// How many carers come.
    pub carers_needed: i32,
    /// What some of the carers must have beyond the health card.
    pub certificate_kind: Option<CertificateKind>,
    /// How many of the carers must have it.
    pub certified_needed: i32,
}

/// Why something cannot be offered like this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferFault {
    /// The catalogue does not know the service, it cannot be booked, or it is the bundle.
    ServiceNotOffered,
    /// The field named has no sound value.
    Field(&'static str),
    /// The service needs more carers or certificates than are offered.
    RequirementsUnmet,
}

impl NewOffering {
    /// Why it cannot stand beside the service of the catalogue, or `None`.
    pub fn fault(&self, service: Option<&Service>) -> Option<OfferFault> {
        let Some(service) = service.filter(|service| service.is_bookable() && service.code != BUNDLE) else {
            return Some(OfferFault::ServiceNotOffered);
        };
        if !is_text(&self.content, 300) {
            return Some(OfferFault::Field("content"));
        }
        if !(5..=1_440).contains(&self.duration_min) {
            return Some(OfferFault::Field("durationMinutes"));
        }
        if !(1..=3).contains(&self.carers_needed) {
            return Some(OfferFault::Field("carersNeeded"));
        }
        let is_counted = (0..=self.carers_needed).contains(&self.certified_needed);
        if !is_counted || (self.certified_needed > 0) != self.certificate_kind.is_some() {
            return Some(OfferFault::Field("certifiedNeeded"));
        }
        let needs = service.requirements.as_ref()?;
        let is_met = self.carers_needed >= i32::from(needs.carers)
            && self.certified_needed >= i32::from(needs.certified)
            && self.certificate_kind.is_some_and(|kind| needs.certificates.contains(&kind));
        (!is_met).then_some(OfferFault::RequirementsUnmet)
    }
}

/// Whether a price can be published.
pub fn is_price(price: Fen) -> bool {
    (Fen::ZERO..=PRICE_MAX).contains(&price)
}

/// One offering inside a bundle, as it stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemPrice {
    /// How many times.
    pub quantity: i16,
    /// The price of one; `None` while it is not sold.
    pub price: Option<Fen>,
}

/// What a bundle costs: the sum of its items. `None` when it is empty or one of the items is not sold.
pub fn bundle_price(items: &[ItemPrice]) -> Option<Fen> {
    let mut sum = Fen::ZERO;
    for item in items {
        sum = sum.checked_add(item.price?.checked_times(i64::from(item.quantity))?)?;
    }
    (!items.is_empty()).then_some(sum)
}

/// Whether what a bundle promises in a region is promised there by an item too.
pub fn is_covered(bundle_area: &str, item_areas: &[String]) -> bool {
    item_areas.iter().any(|area| bundle_area.starts_with(area.as_str()))
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::service;
    use super::*;

    fn bathing() -> NewOffering {
        NewOffering {
            service_code: "bathing_help".to_owned(),
            content: "上门助浴一次".to_owned(),
            unit: OfferingUnit::Visit,
            duration_min: 90,
            carers_needed: 2,
            certificate_kind: Some(CertificateKind::Bathing),
            certified_needed: 1,
        }
    }

    #[test]
    fn only_bookable_services_with_what_they_need_are_offered() {
        use OfferFault::{Field, RequirementsUnmet, ServiceNotOffered};
        let good = bathing();
        let cleaning = NewOffering {
            service_code: "cleaning_help".to_owned(),
            carers_needed: 1,
            certificate_kind: None,
            certified_needed: 0,
            ..bathing()
        };
        let of = |code: &str| NewOffering { service_code: code.to_owned(), ..cleaning.clone() };
        let cases = [
            (good.clone(), None),
            (cleaning.clone(), None),
            (of("sos_call"), Some(ServiceNotOffered)),
            (of("welfare_visit"), Some(ServiceNotOffered)),
            (of("service_package"), Some(ServiceNotOffered)),
            (of("nothing"), Some(ServiceNotOffered)),
            (of("bathing_help"), Some(RequirementsUnmet)),
            (NewOffering { carers_needed: 1, ..good.clone() }, Some(RequirementsUnmet)),
            (
                NewOffering { certificate_kind: None, certified_needed: 0, ..good.clone() },
                Some(RequirementsUnmet),
            ),
            (
                NewOffering { certificate_kind: Some(CertificateKind::Other), ..good.clone() },
                Some(RequirementsUnmet),
            ),
            (NewOffering { content: " ".to_owned(), ..good.clone() }, Some(Field("content"))),
            (NewOffering { duration_min: 4, ..good.clone() }, Some(Field("durationMinutes"))),
            (NewOffering { carers_needed: 4, ..good.clone() }, Some(Field("carersNeeded"))),
            (NewOffering { certified_needed: 3, ..good.clone() }, Some(Field("certifiedNeeded"))),
            (NewOffering { certified_needed: 1, ..cleaning.clone() }, Some(Field("certifiedNeeded"))),
        ];
        for (offering, wanted) in cases {
            assert_eq!(offering.fault(service(&offering.service_code)), wanted, "{offering:?}");
        }
    }

    #[test]
    fn a_bundle_costs_what_its_items_cost_and_nothing_while_one_is_not_sold() {
        let item = |quantity, price: Option<i64>| ItemPrice { quantity, price: price.map(Fen::new) };
        assert_eq!(bundle_price(&[item(4, Some(8_000)), item(1, Some(26_000))]), Some(Fen::new(58_000)));
        assert_eq!(bundle_price(&[item(4, Some(8_000)), item(1, None)]), None);
        assert_eq!(bundle_price(&[]), None);
        assert_eq!(bundle_price(&[item(31, Some(i64::MAX))]), None);
    }

    #[test]
    fn prices_are_within_bounds_and_bundles_within_the_areas_of_their_items() {
        for (fen, is_sound) in [(-1, false), (0, true), (1_000_000, true), (1_000_001, false)] {
            assert_eq!(is_price(Fen::new(fen)), is_sound, "{fen}");
        }
        let areas = ["530111004".to_owned()];
        assert!(is_covered("530111004009", &areas) && !is_covered("530111", &areas));
    }
}
