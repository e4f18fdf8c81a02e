//! The catalogue of services, open to all.

use async_graphql::{Enum, Object, SimpleObject};

use crate::directory::graph::carer::CertificateKind;
use crate::directory::rules::catalogue::{self, Category, Mode, Place};

/// What a service is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Category")]
pub enum ServiceCategory {
    /// 日常生活: meals, cleaning, errands.
    DailyLiving,
    /// 个人照护: bathing, hair, daily care.
    PersonalCare,
    /// 医疗健康.
    Health,
    /// 安全应急.
    Safety,
    /// 文化教育.
    Culture,
    /// 居家维修与改造.
    HouseholdRepair,
    /// 精神慰藉.
    Emotional,
    /// 法律权益.
    Rights,
    /// 照护托养.
    CareStay,
    /// 评估.
    Assessment,
    /// 培训.
    Training,
    /// 社区互助.
    Community,
    /// 信息缴费.
    Information,
}

/// Where a service is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Place")]
pub enum ServicePlace {
    /// At the elder's home.
    Home,
    /// At a seniors' canteen.
    Canteen,
    /// At a centre for home-based care.
    Centre,
    /// At a clinic or hospital.
    Clinic,
    /// In a care institution.
    Institution,
    /// Out of doors.
    Outdoor,
    /// By telephone or on the screen.
    Remote,
}

/// How one comes to a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Mode")]
pub enum ServiceMode {
    /// Offered by providers and booked.
    Bookable,
    /// Sent at once when help is needed.
    Dispatch,
    /// A duty of the community; nobody books it.
    Duty,
    /// Applied for in a programme.
    Programme,
    /// A right that one has.
    Benefit,
    /// Told, not carried out.
    Information,
}

/// What must be there before a service may be carried out.
#[derive(SimpleObject)]
pub struct ServiceRequirements {
    /// How many carers at least.
    pub carers: i32,
    /// How many of them at least with one of the certificates.
    pub certified: i32,
    /// Which certificates count.
    pub certificates: Vec<CertificateKind>,
    /// Whether the elder's abilities must have been assessed.
    pub needs_ability_assessment: bool,
    /// Whether the elder or the guardian must have signed for the risk.
    pub needs_risk_consent: bool,
    /// Whether blood pressure, pulse and temperature are taken before.
    pub needs_vitals_check: bool,
}

/// Where a public document names a service.
#[derive(SimpleObject)]
pub struct ServiceSource {
    /// Title of the document.
    pub document: String,
    /// Section mark of the document's own.
    pub section: String,
    /// The words.
    pub quote: String,
}

/// A service of the catalogue.
#[derive(SimpleObject)]
pub struct Service {
    /// Names the service everywhere.
    pub code: String,
    /// Name in Chinese.
    pub name: String,
    /// Name in English.
    pub name_en: String,
    /// What it is for.
    pub category: ServiceCategory,
    /// Where it is carried out.
    pub places: Vec<ServicePlace>,
    /// How one comes to it.
    pub mode: ServiceMode,
    /// Whether providers can offer it and families book it.
    pub is_bookable: bool,
    /// Other names in Chinese, at most 10.
    pub aliases: Vec<String>,
    /// Whether the government's list of bought services has it.
    pub is_in_voucher_list: bool,
    /// What must be there before it may be carried out; null when nothing is asked for.
    pub requirements: Option<ServiceRequirements>,
    /// Where it is named, at most 10.
    pub sources: Vec<ServiceSource>,
}

impl From<&catalogue::Service> for Service {
    fn from(service: &catalogue::Service) -> Self {
        let requirements = service.requirements.as_ref().map(|needs| ServiceRequirements {
            carers: needs.carers.into(),
            certified: needs.certified.into(),
            certificates: needs.certificates.iter().map(|kind| (*kind).into()).collect(),
            needs_ability_assessment: needs.ability_assessment,
            needs_risk_consent: needs.risk_consent,
            needs_vitals_check: needs.vitals_check,
        });
        let sources = service.sources.iter().map(|source| ServiceSource {
            document: catalogue::title(&source.document).to_owned(),
            section: source.section.clone(),
            quote: source.quote.clone(),
        });
        Self {
            code: service.code.clone(),
            name: service.zh.clone(),
            name_en: service.en.clone(),
            category: service.category.into(),
            places: service.places.iter().map(|place| (*place).into()).collect(),
            mode: service.mode.into(),
            is_bookable: service.is_bookable(),
            aliases: service.aliases.clone(),
            is_in_voucher_list: service.is_in_voucher_list,
            requirements,
            sources: sources.collect(),
        }
    }
}

/// Queries about the catalogue.
#[derive(Default)]
pub struct CatalogueQuery;

#[Object]
impl CatalogueQuery {
    /// The catalogue of services, at most 100, in the order of the file. Open to all.
    async fn services(
        &self,
        #[graphql(desc = "Only services of this category.")] category: Option<ServiceCategory>,
        #[graphql(desc = "Only those that can be booked, or only those that cannot.")] is_bookable: Option<
            bool,
        >,
    ) -> Vec<Service> {
        let wanted = category.map(Category::from);
        let all = catalogue::services().iter();
        all.filter(|service| wanted.is_none_or(|category| service.category == category))
            .filter(|service| is_bookable.is_none_or(|is_so| service.is_bookable() == is_so))
            .map(Into::into)
            .collect()
    }

    /// A service by its code; null for an unknown one. Open to all.
    async fn service(&self, #[graphql(desc = "Such as cleaning_help.")] code: String) -> Option<Service> {
        catalogue::service(&code).map(Into::into)
    }
}
