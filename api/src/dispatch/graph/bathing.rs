//! The gate of a bath as those see it who may see the order.

pub mod acts;

use async_graphql::{ComplexObject, Context, Enum, ID, Object, Result, SimpleObject};
use entities::enums::{BathingAbort as RowAbort, BathingState as RowState, VitalPhase as RowPhase};

use crate::app::Asked as _;
use crate::dispatch::service::bathing::look::{self, Reading, Seen};
use crate::kit::allow::{Allow, SIGNED_IN, allow};
use crate::kit::ids::{CarerId, OrderId};
use crate::kit::scalar::Instant;

/// Life of the gate before a bath. Treat an unknown value as "see details".
///
/// OPEN → ASSESSED, REFUSED; ASSESSED → CONSENTED, REFUSED; CONSENTED → STAFFED, ABORTED; STAFFED → CLEARED, ABORTED;
/// CLEARED → BATHING; BATHING → COMPLETED, ABORTED.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "RowState")]
pub enum BathingState {
    /// Nothing is known yet.
    Open,
    /// The assessment is good.
    Assessed,
    /// No bath: no good assessment, or no consent.
    Refused,
    /// Signed; waits for the carers.
    Consented,
    /// Both carers are at the home.
    Staffed,
    /// Stopped; the order is refunded in full.
    Aborted,
    /// The values are good.
    Cleared,
    /// In the water.
    Bathing,
    /// Over.
    Completed,
}

/// Why a bath was stopped. Treat an unknown value as "see details".
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "RowAbort")]
pub enum BathingAbortReason {
    /// The second carer did not come.
    ShortStaffed,
    /// Blood pressure, pulse or temperature was out of its limits.
    VitalsOutOfLimits,
    /// The elder was not well.
    Distress,
}

/// Before or after the bath.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "RowPhase")]
pub enum VitalPhase {
    /// Before.
    Before,
    /// After.
    After,
}

/// Blood pressure, pulse and temperature of one moment.
#[derive(SimpleObject)]
pub struct VitalSigns {
    /// Before or after the bath.
    pub phase: VitalPhase,
    /// When they were taken.
    pub taken_at: Instant,
    /// By which carer.
    pub carer_id: ID,
    /// Upper blood pressure in mmHg.
    pub systolic_mmhg: i32,
    /// Lower blood pressure in mmHg.
    pub diastolic_mmhg: i32,
    /// Beats per minute.
    pub pulse_per_minute: i32,
    /// Body temperature in tenths of a degree Celsius.
    pub temperature_tenths: i32,
    /// Whether every value is within its limits.
    pub is_within_limits: bool,
    /// When the elder had last eaten; null when nobody said.
    pub last_meal_at: Option<Instant>,
}

impl From<Reading> for VitalSigns {
    fn from(reading: Reading) -> Self {
        let Reading { row, vitals } = reading;
        Self {
            phase: row.phase.into(),
            taken_at: row.taken_at.into(),
            carer_id: CarerId(row.taken_by).to_string().into(),
            systolic_mmhg: vitals.systolic_mmhg.into(),
            diastolic_mmhg: vitals.diastolic_mmhg.into(),
            pulse_per_minute: vitals.pulse_per_minute.into(),
            temperature_tenths: vitals.temperature_tenths.into(),
            is_within_limits: row.is_within_limits,
            last_meal_at: row.last_meal_at.map(Into::into),
        }
    }
}

/// Something that went wrong at a bath.
#[derive(SimpleObject)]
pub struct BathIncident {
    /// Who noted it.
    pub carer_id: ID,
    /// What happened, in the carer's words.
    pub words: String,
    /// Whether help was called.
    pub is_emergency: bool,
    /// When it was noted.
    pub noted_at: Instant,
}

/// The gate beside the order of a bath.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct BathingCheck {
    /// Of which order.
    pub order_id: ID,
    /// Where it stands.
    pub state: BathingState,
    /// Why it was stopped; null when it was not.
    pub abort_reason: Option<BathingAbortReason>,
    /// Both carers were there.
    pub staffed_at: Option<Instant>,
    /// The values were good.
    pub cleared_at: Option<Instant>,
    /// The bath began.
    pub started_at: Option<Instant>,
    /// It ended, one way or the other.
    pub ended_at: Option<Instant>,
    /// Temperature of the water in tenths of a degree Celsius; null before the bath.
    pub water_tenths: Option<i32>,
    #[graphql(skip)]
    pub seen: Seen,
}

impl From<Seen> for BathingCheck {
    fn from(seen: Seen) -> Self {
        let row = &seen.check;
        Self {
            order_id: OrderId(row.order_id).to_string().into(),
            state: row.state.into(),
            abort_reason: row.abort_reason.map(Into::into),
            staffed_at: row.staffed_at.map(Into::into),
            cleared_at: row.cleared_at.map(Into::into),
            started_at: row.started_at.map(Into::into),
            ended_at: row.ended_at.map(Into::into),
            water_tenths: row.water_tenths.map(Into::into),
            seen,
        }
    }
}

#[ComplexObject]
impl BathingCheck {
    /// What to do now, in Chinese, when the bath was stopped for the elder's health; null otherwise.
    async fn advice(&self) -> Option<&'static str> {
        match self.seen.check.abort_reason? {
            RowAbort::VitalsOutOfLimits => {
                Some("测量结果超出安全范围，请不要洗澡，让老人休息，并尽快咨询医生")
            }
            RowAbort::Distress => {
                Some("请让老人平躺保暖，有胸痛、意识不清或呼吸困难时立即拨打120，并尽快就医")
            }
            RowAbort::ShortStaffed => None,
        }
    }

    /// Minutes from the start of the bath to its end; null before.
    async fn duration_minutes(&self) -> Option<i32> {
        let row = &self.seen.check;
        let minutes = (row.ended_at? - row.started_at?).num_minutes();
        i32::try_from(minutes).ok()
    }

    /// Values before and after, by time, at most 20. For the elder, family with the scope SEE_HEALTH and the carers at the home;
    /// empty for everybody else. Each reading is recorded.
    async fn vitals(&self, ctx: &Context<'_>) -> Result<Vec<VitalSigns>> {
        let found = look::readings(ctx.app(), ctx.who()?, &self.seen).await?;
        Ok(found.into_iter().map(Into::into).collect())
    }

    /// What was seen of the skin; null when nothing was noted, and for those who may not read the values. Each reading is
    /// recorded.
    async fn skin_note(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(look::skin_note(ctx.app(), ctx.who()?, &self.seen).await?)
    }

    /// What went wrong, by time, at most 20; empty for those who may not read the values. Each reading is recorded.
    async fn incidents(&self, ctx: &Context<'_>) -> Result<Vec<BathIncident>> {
        let found = look::incidents(ctx.app(), ctx.who()?, &self.seen).await?;
        let shape = |(row, words): (entities::incident::Model, String)| BathIncident {
            carer_id: CarerId(row.carer_id).to_string().into(),
            words,
            is_emergency: row.is_emergency,
            noted_at: row.noted_at.into(),
        };
        Ok(found.into_iter().map(shape).collect())
    }
}

/// Queries about baths.
#[derive(Default)]
pub struct BathingQuery;

#[Object]
impl BathingQuery {
    /// The gate of an order, for everybody who may see the order; null for any other id, and when the service has none.
    #[graphql(guard = "Allow(SIGNED_IN)", directive = allow::apply(SIGNED_IN.to_vec()))]
    async fn bathing_check(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which order.")] order_id: ID,
    ) -> Result<Option<BathingCheck>> {
        let seen = look::seen(ctx.app(), ctx.who()?, order_id.parse()?).await?;
        Ok(seen.map(Into::into))
    }
}
