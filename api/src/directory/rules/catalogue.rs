//! The catalogue of services (服务目录) as it ships with the program.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use entities::enums::CertificateKind;
use serde::{Deserialize, Deserializer, de::Error as _};

/// Services, names and sources; the file says from which documents.
const SHIPPED: &str = include_str!("../../../data/services.json");

/// The service that is a bundle of other offerings (养老综合服务包).
pub const BUNDLE: &str = "service_package";

/// What a service is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "described where clients see them")]
pub enum Category {
    DailyLiving,
    PersonalCare,
    Health,
    Safety,
    Culture,
    HouseholdRepair,
    Emotional,
    Rights,
    CareStay,
    Assessment,
    Training,
    Community,
    Information,
}

/// Where a service is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "described where clients see them")]
pub enum Place {
    Home,
    Canteen,
    Centre,
    Clinic,
    Institution,
    Outdoor,
    Remote,
}

/// How one comes to a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "described where clients see them")]
pub enum Mode {
    Bookable,
    Dispatch,
    Duty,
    Programme,
    Benefit,
    Information,
}

/// What must be there before a service may be carried out.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirements {
    /// How many carers at least.
    pub carers: i16,
    /// How many of them at least with a certificate.
    pub certified: i16,
    /// Which certificates count.
    #[serde(deserialize_with = "kinds")]
    pub certificates: Vec<CertificateKind>,
    /// The elder's abilities have been assessed.
    pub ability_assessment: bool,
    /// The elder or the guardian has signed for the risk.
    pub risk_consent: bool,
    /// Blood pressure, pulse and temperature are taken before.
    pub vitals_check: bool,
}

/// Where a public document names a service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Short name of the document.
    pub document: String,
    /// Section mark of the document's own.
    pub section: String,
    /// The words.
    pub quote: String,
}

/// One service of the catalogue.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Names the service everywhere.
    pub code: String,
    /// Name in Chinese.
    pub zh: String,
    /// Name in English.
    pub en: String,
    /// What it is for.
    pub category: Category,
    /// Where it is carried out.
    pub places: Vec<Place>,
    /// How one comes to it.
    pub mode: Mode,
    /// Other names in the documents.
    pub aliases: Vec<String>,
    /// Whether the government's list of bought services has it.
    pub is_in_voucher_list: bool,
    /// What must be there; `None` when nothing is asked for.
    pub requirements: Option<Requirements>,
    /// Where it is named.
    pub sources: Vec<Source>,
}

impl Service {
    /// Whether it can be offered and booked.
    pub fn is_bookable(&self) -> bool {
        self.mode == Mode::Bookable
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[allow(dead_code, reason = "words for the reader of the file")]
    about: String,
    documents: BTreeMap<String, String>,
    services: Vec<Service>,
}

fn kinds<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<CertificateKind>, D::Error> {
    let names = Vec::<String>::deserialize(value)?;
    let kind = |name: String| CertificateKind::parse(&name).ok_or_else(|| D::Error::custom(name));
    names.into_iter().map(kind).collect()
}

fn file() -> &'static File {
    static FILE: OnceLock<File> = OnceLock::new();
    FILE.get_or_init(|| serde_json::from_str(SHIPPED).expect("it is part of the program and read by a test"))
}

/// Every service, in the order of the file.
pub fn services() -> &'static [Service] {
    &file().services
}

/// A service by its code; `None` for an unknown one.
pub fn service(code: &str) -> Option<&'static Service> {
    services().iter().find(|service| service.code == code)
}

/// Title of a document that a source names; the short name itself when it has none.
pub fn title(document: &str) -> &str {
    file().documents.get(document).map_or(document, String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_has_fifty_five_services_with_both_names_and_a_source() {
        assert_eq!(services().len(), 55);
        let mut seen = std::collections::HashSet::new();
        for service in services() {
            assert!(seen.insert(&service.code), "{} twice", service.code);
            assert!(!service.zh.is_empty() && !service.en.is_empty(), "{}", service.code);
            assert!(!service.places.is_empty() && !service.sources.is_empty(), "{}", service.code);
            for source in &service.sources {
                assert_ne!(title(&source.document), source.document, "{}", service.code);
            }
        }
        assert_eq!(services().iter().filter(|service| service.is_bookable()).count(), 39);
    }

    #[test]
    fn the_services_of_the_card_are_complete() {
        for (code, zh) in [("home_visit", "上门服务"), ("cleaning_help", "助洁"), ("bathing_help", "助浴")]
        {
            let found = service(code).unwrap();
            assert_eq!(found.zh, zh);
            assert!(found.is_bookable() && found.is_in_voucher_list, "{code}");
            assert!(found.places.contains(&Place::Home), "{code}");
        }
        assert!(service(BUNDLE).unwrap().is_bookable());
        assert!(service("haircut_on_the_moon").is_none());
    }

    #[test]
    fn bathing_needs_two_carers_one_of_them_certified() {
        let needs = service("bathing_help").unwrap().requirements.clone().unwrap();
        assert_eq!((needs.carers, needs.certified), (2, 1));
        assert_eq!(needs.certificates, [CertificateKind::Bathing, CertificateKind::CareWorker]);
        let others = services().iter().filter(|service| service.requirements.is_some());
        assert_eq!(others.count(), 1);
    }
}
