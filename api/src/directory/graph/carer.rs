//! Carers as their managers, the officers of their region and they themselves see them.

use std::collections::HashSet;

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entities::enums::{CertificateKind as RowCertificate, Language as RowLanguage};
use entities::{carer_certificate, carer_leave, carer_week};
use uuid::Uuid;

use super::RatingSummary;
use super::timetable::Weekday;
use crate::app::Asked as _;
use crate::directory::rules::average_milli_stars;
use crate::directory::rules::carer::{CarerFacts, Obstacle, languages_of, obstacles};
use crate::directory::store::{carer as store, certificate};
use crate::kit::allow::{Allow, MANAGERS, MANAGERS_AND_OFFICERS, Role, STAFF_AND_OFFICERS, allow};
use crate::kit::ids::{CarerId, CertificateId, LeaveId};
use crate::kit::page::{Connection, Page};
use crate::kit::refusal::top_level;
use crate::kit::scalar::{Day, Instant, TimeOfDay};
use crate::people::graph::elder::Sex;
use crate::people::rules::words::HIDDEN_WORDS;
use crate::people::store::words::hidden_of;

/// Carers alone.
const CARERS: &[Role] = &[Role::Carer];

/// A paper of a carer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RowCertificate")]
pub enum CertificateKind {
    /// 健康证. Nobody is offered work without it.
    HealthCard,
    /// 养老护理员证书.
    CareWorker,
    /// 助浴培训证书.
    Bathing,
    /// Anything else.
    Other,
}

/// What a carer speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RowLanguage")]
pub enum Language {
    /// 普通话.
    Mandarin,
    /// 昆明话.
    Kunming,
    /// 玉溪话.
    Yuxi,
    /// 彝语.
    Yi,
    /// 白语.
    Bai,
    /// 哈尼语.
    Hani,
    /// 傣语.
    Dai,
    /// 苗语.
    Miao,
    /// 手语.
    Sign,
}

/// Why a carer may not be offered work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Obstacle")]
pub enum WorkObstacle {
    /// The provider is not ACTIVE.
    ProviderNotActive,
    /// The carer does not work at present.
    CarerInactive,
    /// The carer has not learnt this service.
    SkillMissing,
    /// There is no health card.
    HealthCardMissing,
    /// The health card does not hold on the day.
    HealthCardExpired,
    /// The certificate that the work needs is not there.
    CertificateMissing,
    /// The certificate that the work needs does not hold on the day.
    CertificateExpired,
    /// A day off in the carer's week.
    DayOff,
    /// On leave for all working hours of the day.
    OnLeave,
}

/// A certificate of a carer.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct CarerCertificate {
    /// Opaque.
    pub id: ID,
    /// Which paper.
    pub kind: CertificateKind,
    /// Number on the paper.
    pub number: String,
    /// First day on which it holds.
    pub valid_from_on: Day,
    /// Last day on which it holds.
    pub valid_until_on: Day,
    #[graphql(skip)]
    pub row: carer_certificate::Model,
}

#[ComplexObject]
impl CarerCertificate {
    /// Whether it holds today; false once it has run out.
    async fn is_in_force(&self, ctx: &Context<'_>) -> bool {
        (self.row.valid_from..=self.row.valid_until).contains(&ctx.app().clock.today())
    }
}

impl From<carer_certificate::Model> for CarerCertificate {
    fn from(row: carer_certificate::Model) -> Self {
        Self {
            id: CertificateId(row.id).to_string().into(),
            kind: row.kind.into(),
            number: row.number.clone(),
            valid_from_on: row.valid_from.into(),
            valid_until_on: row.valid_until.into(),
            row,
        }
    }
}

/// A certificate that ends soon, or has ended and was not renewed.
#[derive(SimpleObject)]
pub struct ExpiringCertificate {
    /// The certificate.
    pub certificate: CarerCertificate,
    /// Whose it is.
    pub carer_id: ID,
    /// The carer's name.
    pub carer_name: String,
}

/// Working hours on a day of the usual week.
#[derive(SimpleObject)]
pub struct WorkingHours {
    /// Day of the week.
    pub weekday: Weekday,
    /// Work begins.
    pub works_from: TimeOfDay,
    /// Work ends; 00:00 is midnight at the end of the day.
    pub works_until: TimeOfDay,
}

/// Minutes of the day as a time; the 1440th is midnight.
fn time(minute: i16) -> TimeOfDay {
    let seconds = u32::try_from(minute).unwrap_or(0) % 1_440 * 60;
    TimeOfDay(chrono::NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0).unwrap_or_default())
}

impl From<&carer_week::Model> for WorkingHours {
    fn from(row: &carer_week::Model) -> Self {
        Self {
            weekday: Weekday::of(row.weekday),
            works_from: time(row.from_minute),
            works_until: time(row.until_minute),
        }
    }
}

/// A span in which a carer does not work.
#[derive(SimpleObject)]
pub struct CarerLeave {
    /// Opaque.
    pub id: ID,
    /// Beginning.
    pub starts_at: Instant,
    /// End, not included.
    pub ends_at: Instant,
    /// Why, in words; a Chinese sentence in its place when WeChat's check objects to it.
    pub reason: String,
}

impl CarerLeave {
    fn shown(row: &carer_leave::Model, hidden: &HashSet<(Uuid, String)>) -> Self {
        let is_hidden = hidden.contains(&(row.id, "reason".to_owned()));
        Self {
            id: LeaveId(row.id).to_string().into(),
            starts_at: row.starts_at.into(),
            ends_at: row.ends_at.into(),
            reason: if is_hidden { HIDDEN_WORDS.to_owned() } else { row.reason.clone() },
        }
    }
}

/// Where a carer sets out from.
#[derive(Clone, Copy, SimpleObject, InputObject)]
#[graphql(input_name = "CarerBaseInput")]
pub struct CarerBase {
    /// Latitude in millionths of a degree, WGS 84.
    pub latitude_e6: i32,
    /// Longitude in millionths of a degree, WGS 84.
    pub longitude_e6: i32,
}

/// Somebody who carries out visits for a provider. Seen by the provider, the officers of its region and the carer.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Carer {
    /// Opaque.
    pub id: ID,
    /// Sex as in the papers.
    pub sex: Sex,
    /// What the carer speaks.
    pub languages: Vec<Language>,
    /// Where the photograph lies; null when there is none.
    pub photo_ref: Option<String>,
    /// Where the carer sets out from; null when it is not told.
    pub base: Option<CarerBase>,
    /// Minutes kept free between two visits.
    pub travel_buffer_minutes: i32,
    /// Whether the carer works at present.
    pub is_active: bool,
    /// Whether the carer has taken up an invitation and signs in.
    pub is_bound: bool,
    /// Official codes of the regions in which the carer works, at most 50; everything below each is included.
    pub region_codes: Vec<String>,
    /// Codes of the services that the carer can carry out, at most 60.
    pub service_codes: Vec<String>,
    #[graphql(skip)]
    pub facts: CarerFacts,
}

impl From<CarerFacts> for Carer {
    fn from(facts: CarerFacts) -> Self {
        let row = &facts.row;
        let base = row.base_latitude_e6.zip(row.base_longitude_e6);
        Self {
            id: CarerId(row.id).to_string().into(),
            sex: row.sex.into(),
            languages: languages_of(&row.languages).into_iter().map(Into::into).collect(),
            photo_ref: row.photo_ref.clone(),
            base: base.map(|(latitude_e6, longitude_e6)| CarerBase { latitude_e6, longitude_e6 }),
            travel_buffer_minutes: row.travel_buffer_min.into(),
            is_active: row.is_active,
            is_bound: row.person_id.is_some(),
            region_codes: facts.areas.clone(),
            service_codes: facts.skills.clone(),
            facts,
        }
    }
}

#[ComplexObject]
impl Carer {
    /// Full name.
    async fn name(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(ctx.app().seal.open(&self.facts.row.name_sealed)?)
    }

    /// Telephone number.
    async fn phone(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(ctx.app().seal.open(&self.facts.row.phone_sealed)?)
    }

    /// Certificates by their last day, those that ran out too; at most 200.
    async fn certificates(&self) -> Vec<CarerCertificate> {
        self.facts.certificates.iter().take(200).cloned().map(Into::into).collect()
    }

    /// The usual week, at most 21 spans; a weekday without hours is a day off.
    async fn week(&self) -> Vec<WorkingHours> {
        self.facts.week.iter().map(Into::into).collect()
    }

    /// Leaves that have not ended, the earliest first; at most 200.
    async fn leaves(&self, ctx: &Context<'_>) -> Result<Vec<CarerLeave>> {
        let rows: Vec<_> = self.facts.leaves.iter().take(200).collect();
        let ids = rows.iter().map(|row| row.id).collect();
        let hidden = hidden_of(ctx.app().db.read(), ids, ctx.who()?.person.0).await?;
        Ok(rows.into_iter().map(|row| CarerLeave::shown(row, &hidden)).collect())
    }

    /// What elders say, in numbers.
    async fn rating(&self) -> RatingSummary {
        let row = &self.facts.row;
        let spread = [row.stars_1, row.stars_2, row.stars_3, row.stars_4, row.stars_5];
        RatingSummary {
            average_milli_stars: average_milli_stars(spread).and_then(|milli| i32::try_from(milli).ok()),
            count: spread.iter().sum(),
            spread: spread.to_vec(),
        }
    }

    /// Why the carer would not be offered a service on a day; empty when nothing stands against it.
    async fn obstacles(
        &self,
        #[graphql(desc = "Code of the service, such as cleaning_help.")] service_code: String,
        #[graphql(desc = "What the carer must have beyond the health card.")] certificate_kind: Option<
            CertificateKind,
        >,
        #[graphql(desc = "Day of the visit.")] visit_on: Day,
    ) -> Vec<WorkObstacle> {
        let found = obstacles(&self.facts, &service_code, certificate_kind.map(Into::into), visit_on.0);
        found.into_iter().map(Into::into).collect()
    }
}

/// Queries about carers.
#[derive(Default)]
pub struct CarerQuery;

#[Object]
impl CarerQuery {
    /// Carers of the provider that you run, by id.
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn my_carers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<Carer>> {
        let (app, page) = (ctx.app(), Page::read(first, after.as_deref())?);
        let found = match ctx.who()?.managed_provider() {
            Some(provider) => store::carers_of(app.db.read(), provider, page, app.clock.now()).await?,
            None => Vec::new(),
        };
        Ok(page.connect(found, |carer| carer.row.id, Carer::from))
    }

    /// A carer whom you employ, who works in your region, or who you are; null for any other.
    #[graphql(guard = "Allow(STAFF_AND_OFFICERS)", directive = allow::apply(STAFF_AND_OFFICERS.to_vec()))]
    async fn carer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which carer.")] id: ID,
    ) -> Result<Option<Carer>> {
        let (app, id): (_, CarerId) = (ctx.app(), id.parse()?);
        let found = store::carer_of(app.db.read(), ctx.who()?, id, app.clock.now()).await?;
        Ok(found.map(Into::into))
    }

    /// You as a carer; null until you have taken up an invitation.
    #[graphql(guard = "Allow(CARERS)", directive = allow::apply(CARERS.to_vec()))]
    async fn my_carer(&self, ctx: &Context<'_>) -> Result<Option<Carer>> {
        let app = ctx.app();
        let found = store::carer_self(app.db.read(), ctx.who()?.person, app.clock.now()).await?;
        Ok(found.map(Into::into))
    }

    /// Certificates that end within so many days and were not renewed, those that ran out first; at most 200. Of your
    /// carers, or of those in your region.
    #[graphql(guard = "Allow(MANAGERS_AND_OFFICERS)", directive = allow::apply(MANAGERS_AND_OFFICERS.to_vec()))]
    async fn certificates_expiring(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many days from today, 0 to 365.")] days: i32,
    ) -> Result<Vec<ExpiringCertificate>> {
        let app = ctx.app();
        let Some(ahead) = u64::try_from(days).ok().filter(|days| *days <= 365) else {
            return Err(top_level("BAD_REQUEST", "days must be 0 to 365"));
        };
        let until = app.clock.today() + chrono::Days::new(ahead);
        let found = certificate::expiring(app.db.read(), ctx.who()?, until).await?;
        let shape = |held: certificate::HeldCertificate| {
            let carer_name = app.seal.open(&held.name_sealed)?;
            let carer_id = CarerId(held.row.carer_id).to_string().into();
            Ok(ExpiringCertificate { certificate: held.row.into(), carer_id, carer_name })
        };
        found.into_iter().map(shape).collect()
    }
}
