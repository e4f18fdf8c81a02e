//! Acts that a carer's phone hands in later.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entities::enums::QueueKind as RowKind;

use super::visit::{PlaceInput, VisitTaskInput};
use crate::app::{App, Asked as _};
use crate::dispatch::rules::queue::{Written, canonical};
use crate::dispatch::service::queue::{self, Entry, Outcome};
use crate::kit::allow::{Allow, Role, allow};
use crate::kit::ids::{DeviceId, OrderId};
use crate::kit::scalar::Instant;

/// Those who carry visits out.
const CARERS: &[Role] = &[Role::Carer];
/// Tasks of one act.
const TASKS_MAX: usize = 30;

/// An act that a phone hands in later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RowKind")]
pub enum VisitQueueKind {
    /// As `visitSetOut`.
    SetOut,
    /// As `visitCheckIn`.
    CheckIn,
    /// As `visitCheckOut`.
    CheckOut,
}

macro_rules! queue_codes {
    ($($(#[$doc:meta])* $variant:ident = $sentence:literal),+ $(,)?) => {
        /// Why an act of a queue was not applied. Treat an unknown value as "see message".
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
        pub enum VisitQueueCode { $($(#[$doc])* $variant),+ }

        impl VisitQueueCode {
            /// A finished Chinese sentence, ready to show.
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence),+ }
            }

            /// The code behind its name in a column; what is not known was for a wrong state.
            pub fn read(name: &str) -> Self {
                match name { $(stringify!($variant) => Self::$variant,)+ _ => Self::WrongState }
            }
        }
    };
}

queue_codes! {
    /// There is no such visit for you.
    OrderNotFound = "没有找到这次服务",
    /// The signature is not the device's.
    BadSignature = "签名不对，这条记录没有采用",
    /// Numbers begin with 1.
    SequenceInvalid = "记录编号从一开始",
    /// The number was used for something else.
    SequenceReused = "这个编号已用于另一条记录",
    /// More than two hours before the start.
    TooEarly = "离约定时间还早，暂时不能签到",
    /// The visit is not at this point.
    WrongState = "现在不能做这一步，请刷新后再看",
    /// You have not checked in.
    NotCheckedIn = "还没有签到，不能签退",
    /// A task has no answer, or a "no" has no reason.
    TasksMissing = "请逐项填写服务内容，没做的要写明原因",
}

/// How one act of a queue ended.
#[derive(SimpleObject)]
pub struct VisitQueueResult {
    /// Its number.
    pub sequence: i32,
    /// Whether it was applied, now or before.
    pub is_applied: bool,
    /// Why not; null when it was.
    pub code: Option<VisitQueueCode>,
    /// Why not, in Chinese; null when it was.
    pub message: Option<String>,
}

impl From<Outcome> for VisitQueueResult {
    fn from((sequence, code): Outcome) -> Self {
        let message = code.map(|code| code.sentence().to_owned());
        Self { sequence, is_applied: code.is_none(), code, message }
    }
}

/// A phone that may hand acts in later.
#[derive(SimpleObject)]
pub struct VisitDevice {
    /// Opaque.
    pub id: ID,
    /// The key with which the phone signs: its UTF-8 bytes are the key of HMAC-SHA256. Keep it on the phone; it is not told
    /// again once something was handed in.
    pub secret: String,
}

answers! {
    /// Answer of `visitDeviceAdd`.
    VisitDeviceAddPayload {
        /// The phone with its secret.
        device: VisitDevice
    }
    VisitDeviceAddError VisitDeviceAddErrorCode {
        /// You are not bound to a carer who works.
        NotACarer = "您还没有绑定在岗的护理员身份",
        /// The key is not 16 to 64 letters, digits or - _ . :
        RequestKeyInvalid = "请求编号格式不对",
        /// The device of this key has handed something in already; use a new key.
        RequestKeyReused = "请求编号已用于另一台设备",
    }
}

answers! {
    /// Answer of `visitQueueSend`.
    VisitQueueSendPayload {
        /// A result for each act, by number; at most 50.
        results: Vec<VisitQueueResult>
    }
    VisitQueueSendError VisitQueueSendErrorCode {
        /// There is no such device of yours.
        DeviceNotFound = "没有找到这台设备",
        /// 1 to 50 acts, each with at most 30 tasks.
        EntriesInvalid = "每次上传一到五十条记录",
    }
}

/// Input of `visitDeviceAdd`.
#[derive(InputObject)]
pub struct VisitDeviceAddInput {
    /// Made and stored by the client before sending; the same on every retry. 16 to 64 characters.
    pub request_key: String,
}

/// One act as the phone wrote it down when it happened.
#[derive(InputObject)]
pub struct VisitQueueEntryInput {
    /// 1, 2, 3 … of this device, without gaps.
    pub sequence: i32,
    /// Which act.
    pub kind: VisitQueueKind,
    /// Which order.
    pub order_id: ID,
    /// The phone's own time when it happened. The server's time stays the truth; this one is kept beside it.
    pub device_at: Instant,
    /// Where it was; its own `deviceAt` is not looked at. Left out when nothing is known.
    pub place: Option<PlaceInput>,
    /// For CHECK_IN: the second proof, as in `visitCheckIn`.
    pub code: Option<String>,
    /// For CHECK_OUT: answers to the tasks, at most 30.
    pub tasks: Option<Vec<VisitTaskInput>>,
    /// HMAC-SHA256 in hexadecimal of these lines, joined by line feeds, with the device's secret: `NYQ1`; `deviceId`;
    /// `sequence`; `kind`; `orderId`; `deviceAt` in milliseconds since 1970; then of `place` `latitudeE6`, `longitudeE6`,
    /// `accuracyMetres`, `isMock` (true or false), `photoHash`, `photoRef`, `deviceKey`; `code`; then a line
    /// `code:isDone:reason` for each task. What is left out is an empty line (`isMock`: false). Inside photo reference,
    /// hashes, keys, codes and reasons a backslash is written as two and a line feed as `\n`.
    pub signature: String,
}

/// Input of `visitQueueSend`.
#[derive(InputObject)]
pub struct VisitQueueSendInput {
    /// From which device.
    pub device_id: ID,
    /// What happened, at most 50 acts.
    pub entries: Vec<VisitQueueEntryInput>,
}

impl VisitQueueEntryInput {
    /// What the act takes of it.
    fn read(self, app: &App, device: DeviceId) -> Result<Entry> {
        let order: OrderId = self.order_id.parse()?;
        let place = self.place.unwrap_or_default();
        let tasks = self.tasks.unwrap_or_default();
        let number = |value: Option<i32>| value.map_or_else(String::new, |value| value.to_string());
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let written = Written {
            device: &device.to_string(),
            sequence: self.sequence,
            kind: self.kind.into(),
            order: &order.to_string(),
            device_at: self.device_at.0,
            place: [
                number(place.latitude_e6),
                number(place.longitude_e6),
                number(place.accuracy_metres),
                place.is_mock.to_string(),
                text(&place.photo_hash),
                text(&place.photo_ref),
                text(&place.device_key),
            ],
            code: self.code.as_deref().unwrap_or_default(),
            tasks: tasks
                .iter()
                .map(|task| (task.code.as_str(), task.is_done, task.reason.as_deref().unwrap_or_default()))
                .collect(),
        };
        let canonical = canonical(&written);
        let mut said = place.read(&app.seal);
        (said.device_at, said.is_signed) = (Some(self.device_at.0), true);
        Ok(Entry {
            sequence: self.sequence,
            kind: self.kind.into(),
            order,
            said,
            device_at: self.device_at.0,
            code: self.code,
            answers: tasks.into_iter().take(TASKS_MAX).map(Into::into).collect(),
            canonical,
            signature: self.signature,
        })
    }
}

/// Mutations of phones that hand acts in later.
#[derive(Default)]
pub struct QueueMutation;

#[Object]
impl QueueMutation {
    /// Gives your phone a number and a secret, so that it can write acts down while it has no network.
    #[graphql(guard = "Allow(CARERS)", directive = allow::apply(CARERS.to_vec()))]
    async fn visit_device_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The key of this request.")] input: VisitDeviceAddInput,
    ) -> Result<VisitDeviceAddPayload> {
        let added = queue::add(ctx.app(), ctx.who()?, &input.request_key).await;
        let shape =
            |added: queue::Added| VisitDevice { id: added.id.to_string().into(), secret: added.secret };
        VisitDeviceAddPayload::from_result(added.map(shape))
    }

    /// Hands in what your phone wrote down while it had no network. Acts are applied by their numbers as if they were done
    /// online; sent again, each answers what it answered before.
    #[graphql(guard = "Allow(CARERS)", directive = allow::apply(CARERS.to_vec()))]
    async fn visit_queue_send(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "From which device, and what happened.")] input: VisitQueueSendInput,
    ) -> Result<VisitQueueSendPayload> {
        let (app, who, device): (_, _, DeviceId) = (ctx.app(), ctx.who()?, input.device_id.parse()?);
        let entries = input.entries.into_iter().map(|entry| entry.read(app, device));
        let outcomes = queue::send(app, who, device, entries.collect::<Result<Vec<_>>>()?).await;
        let shape = |outcomes: Vec<Outcome>| outcomes.into_iter().map(Into::into).collect();
        VisitQueueSendPayload::from_result(outcomes.map(shape))
    }
}
