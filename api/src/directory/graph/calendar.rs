//! Certificates, usual weeks and leaves of carers, as their manager keeps them.

use async_graphql::{Context, ID, InputObject, Object, Result};
use chrono::Timelike as _;
use entities::carer_week;

use super::carer::{Carer, CertificateKind};
use super::timetable::Weekday;
use crate::app::Asked as _;
use crate::directory::rules::admission::Paper;
use crate::directory::service::calendar::{self as acts, NewLeave};
use crate::directory::service::certificate;
use crate::kit::allow::{Allow, MANAGERS, allow};
use crate::kit::ids::{CarerId, LeaveId};
use crate::kit::scalar::{Day, Instant, TimeOfDay};

answers! {
    /// Answer of `carerCertificateAdd`.
    CarerCertificateAddPayload {
        /// The carer with his papers.
        carer: Carer
    }
    CarerCertificateAddError CarerCertificateAddErrorCode {
        /// There is no such carer for you to manage.
        CarerNotFound = "没有找到这位护理员",
        /// A field is missing or of the wrong form, or the paper has run out; `field` says which.
        InputInvalid = "证件内容有误或已过期，请检查",
        /// The key is not 16 to 64 letters, digits or - _ . :
        RequestKeyInvalid = "请求编号格式不对",
        /// The key was used with other input.
        RequestKeyReused = "请求编号已用于另一件事",
    }
}

answers! {
    /// Answer of `carerCalendarSet`.
    CarerCalendarSetPayload {
        /// The carer with his usual week.
        carer: Carer
    }
    CarerCalendarSetError CarerCalendarSetErrorCode {
        /// There is no such carer for you to manage.
        CarerNotFound = "没有找到这位护理员",
        /// At most 21 spans; each ends after it begins, none overlaps another.
        HoursInvalid = "工作时间有误或有重叠，请检查",
    }
}

answers! {
    /// Answer of `carerLeaveAdd`.
    CarerLeaveAddPayload {
        /// The carer with his leaves.
        carer: Carer
    }
    CarerLeaveAddError CarerLeaveAddErrorCode {
        /// There is no such carer for you to manage.
        CarerNotFound = "没有找到这位护理员",
        /// It ends after it starts and after now, and lasts 366 days at most.
        SpanInvalid = "请假时间有误，请检查",
        /// 1 to 100 characters, no control characters.
        ReasonInvalid = "请用一到一百字写明请假事由",
        /// The key is not 16 to 64 letters, digits or - _ . :
        RequestKeyInvalid = "请求编号格式不对",
        /// The key was used with other input.
        RequestKeyReused = "请求编号已用于另一件事",
    }
}

answers! {
    /// Answer of `carerLeaveEnd`.
    CarerLeaveEndPayload {
        /// The carer with his leaves.
        carer: Carer
    }
    CarerLeaveEndError CarerLeaveEndErrorCode {
        /// There is no such leave of a carer of yours.
        LeaveNotFound = "没有找到这条请假",
        /// It has ended already.
        LeaveOver = "这条请假已经结束",
    }
}

/// Input of `carerCertificateAdd`.
#[derive(InputObject)]
pub struct CarerCertificateAddInput {
    /// Made and stored by the client before sending; the same on every retry. 16 to 64 characters.
    pub request_key: String,
    /// Whose it is.
    pub carer_id: ID,
    /// Which paper.
    pub kind: CertificateKind,
    /// Number on the paper, at most 40 characters.
    pub number: String,
    /// First day on which it holds.
    pub valid_from_on: Day,
    /// Last day on which it holds; today or later.
    pub valid_until_on: Day,
}

/// Working hours on a day of the usual week.
#[derive(InputObject)]
pub struct WorkingHoursInput {
    /// Day of the week.
    pub weekday: Weekday,
    /// Work begins.
    pub works_from: TimeOfDay,
    /// Work ends; 00:00 is midnight at the end of the day.
    pub works_until: TimeOfDay,
}

fn minute(time: TimeOfDay) -> i16 {
    i16::try_from(time.0.num_seconds_from_midnight() / 60).unwrap_or(0)
}

impl WorkingHoursInput {
    fn row(&self, carer: CarerId) -> carer_week::Model {
        let until = minute(self.works_until);
        carer_week::Model {
            carer_id: carer.0,
            weekday: self.weekday.number(),
            from_minute: minute(self.works_from),
            until_minute: if until == 0 { 1_440 } else { until },
        }
    }
}

/// Input of `carerCalendarSet`.
#[derive(InputObject)]
pub struct CarerCalendarSetInput {
    /// Whose week.
    pub carer_id: ID,
    /// The whole week, at most 21 spans; a weekday without one is a day off.
    pub hours: Vec<WorkingHoursInput>,
}

/// Input of `carerLeaveAdd`.
#[derive(InputObject)]
pub struct CarerLeaveAddInput {
    /// Made and stored by the client before sending; the same on every retry. 16 to 64 characters.
    pub request_key: String,
    /// Who is away.
    pub carer_id: ID,
    /// Beginning.
    pub starts_at: Instant,
    /// End, not included.
    pub ends_at: Instant,
    /// Why, 1 to 100 characters.
    pub reason: String,
}

/// Input of `carerLeaveEnd`.
#[derive(InputObject)]
pub struct CarerLeaveEndInput {
    /// Which leave.
    pub leave_id: ID,
}

/// Mutations of certificates and calendars.
#[derive(Default)]
pub struct CalendarMutation;

#[Object]
impl CalendarMutation {
    /// Enters a certificate of your carer. You are warned 30 and 7 days before it ends.
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn carer_certificate_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose paper, and what it says.")] input: CarerCertificateAddInput,
    ) -> Result<CarerCertificateAddPayload> {
        let id: CarerId = input.carer_id.parse()?;
        let paper = Paper {
            kind: input.kind.into(),
            number: input.number,
            valid_from: input.valid_from_on.0,
            valid_until: input.valid_until_on.0,
        };
        let result = certificate::add(ctx.app(), ctx.who()?, &input.request_key, (id, &paper)).await;
        CarerCertificateAddPayload::from_result(result.map(Into::into))
    }

    /// Sets the usual week of your carer; what was set before is replaced.
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn carer_calendar_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose week, and its hours.")] input: CarerCalendarSetInput,
    ) -> Result<CarerCalendarSetPayload> {
        let id: CarerId = input.carer_id.parse()?;
        let week: Vec<_> = input.hours.iter().map(|hours| hours.row(id)).collect();
        let result = acts::set_week(ctx.app(), ctx.who()?, id, &week).await;
        CarerCalendarSetPayload::from_result(result.map(Into::into))
    }

    /// Enters a leave of your carer.
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn carer_leave_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who is away, and when.")] input: CarerLeaveAddInput,
    ) -> Result<CarerLeaveAddPayload> {
        let id: CarerId = input.carer_id.parse()?;
        let new = NewLeave { starts_at: input.starts_at.0, ends_at: input.ends_at.0, reason: input.reason };
        let result = acts::add_leave(ctx.app(), ctx.who()?, &input.request_key, (id, &new)).await;
        CarerLeaveAddPayload::from_result(result.map(Into::into))
    }

    /// Ends a leave of your carer now; one that has not begun is taken away.
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn carer_leave_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which leave.")] input: CarerLeaveEndInput,
    ) -> Result<CarerLeaveEndPayload> {
        let id: LeaveId = input.leave_id.parse()?;
        let result = acts::end_leave(ctx.app(), ctx.who()?, id).await;
        CarerLeaveEndPayload::from_result(result.map(Into::into))
    }
}
