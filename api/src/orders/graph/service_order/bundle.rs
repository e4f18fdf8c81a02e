//! Booking the visits of a bundle together.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::acts::ServiceOrderPlaceErrorCode as P;
use super::{CarerSex, ServiceOrder};
use crate::app::Asked as _;
use crate::kit::allow::{Allow, ORDERING, allow};
use crate::kit::fen::Fen as Amount;
use crate::kit::ids::OfferingId;
use crate::kit::scalar::{Fen, Instant};
use crate::orders::service::service_order::bundle::{BundleTerms, BundleWant, PlannedVisit, place_bundle};
use crate::orders::store::service_order::ServiceSeen;

/// Visits of a bundle that were booked together. Each is paid, carried out, confirmed and settled by itself.
#[derive(SimpleObject)]
pub struct ServiceBooking {
    /// Which bundle.
    pub bundle_id: ID,
    /// What all visits cost, in fen.
    pub list_fen: Fen,
    /// What the family pays for all visits, in fen.
    pub due_fen: Fen,
    /// The visits, in the order of the input; at most 31.
    pub orders: Vec<ServiceOrder>,
}

impl ServiceBooking {
    fn new(bundle: OfferingId, seen: Vec<ServiceSeen>) -> Self {
        let sum =
            |part: fn(&ServiceSeen) -> i64| seen.iter().map(|one| Amount::new(part(one))).sum::<Amount>();
        Self {
            bundle_id: bundle.to_string().into(),
            list_fen: sum(|one| one.order.list_fen).into(),
            due_fen: sum(|one| one.order.cash_fen).into(),
            orders: seen.into_iter().map(Into::into).collect(),
        }
    }
}

answers! {
    /// Answer of `serviceBundlePlace`.
    ServiceBundlePlacePayload {
        /// The visits, SLOT_HELD until they are paid or PAID when nothing is to pay.
        booking: ServiceBooking
    }
    ServiceBundlePlaceError ServiceBundlePlaceErrorCode {
        /// There is no such elder for you, or you may not book for him.
        ElderNotFound = "没有找到这位老人",
        /// There is no such bundle, or it is not sold now.
        BundleNotFound = "没有找到这个服务包",
        /// The visits do not make up every item of the bundle, or are more than 31.
        ItemsIncomplete = "请为服务包里的每一项选好时间",
        /// The wished carer does not work for this provider.
        CarerNotFound = "没有找到这位护理员",
        /// A visit needs an assessment of the elder's abilities within the last 12 months that does not speak against it.
        AssessmentRequired = "这项服务需要十二个月内有效且没有禁忌的能力评估，请先预约“老年人能力综合评估”",
        /// A visit needs a signed consent that stands on the day.
        ConsentRequired = "请先阅读并签署知情同意书，再预约这项服务",
        /// It is not sold where the elder lives.
        OutOfArea = "老人的住址不在服务范围内",
        /// The elder has no address yet.
        AddressMissing = "请先登记老人的住址",
        /// The provider's contract for the elder's street does not bear what the voucher would pay; the message says what is
        /// left of it.
        ContractLimit = "这家机构今年的合同额度不够，请换一家或联系街道",
        /// 1 for a price by the visit, otherwise 1 to 8 and at most twelve hours.
        QuantityInvalid = "数量不对，请重新选择",
        /// Not on a quarter of an hour, or more than 60 days ahead.
        StartInvalid = "请选择六十天内的整刻钟",
        /// At least three hours ahead.
        TooSoon = "上门服务至少提前三小时预约",
        /// Not enough carers are free for one of the visits; the message says for which. None is booked.
        NobodyFree = "其中一次没有合适的护理员，请换一个时间",
        /// The elder has one of the services at that time in another order, or two of the visits meet; the message says which.
        AlreadyBooked = "这位老人这个时间已经订了其中一项服务，请先查看订单",
        /// Too many people book at this moment; try again with the same key.
        Busy = "现在预约的人很多，请稍等再试",
        /// The price is not what was seen.
        PriceChanged = "价格有变，请重新确认",
        /// At most 200 characters.
        NoteTooLong = "备注最多 200 字",
        /// The key is not 16 to 64 letters, digits or - _ . :
        RequestKeyInvalid = "请求编号格式不对",
        /// The key was used with other input.
        RequestKeyReused = "请求编号已用于另一件事",
    }
}

/// What stops one visit stops the booking.
impl From<P> for ServiceBundlePlaceErrorCode {
    fn from(code: P) -> Self {
        match code {
            P::ElderNotFound => Self::ElderNotFound,
            P::OfferingNotFound => Self::BundleNotFound,
            P::CarerNotFound => Self::CarerNotFound,
            P::AssessmentRequired => Self::AssessmentRequired,
            P::ConsentRequired => Self::ConsentRequired,
            P::OutOfArea => Self::OutOfArea,
            P::AddressMissing => Self::AddressMissing,
            P::ContractLimit => Self::ContractLimit,
            P::QuantityInvalid => Self::QuantityInvalid,
            P::StartInvalid => Self::StartInvalid,
            P::TooSoon => Self::TooSoon,
            P::NobodyFree => Self::NobodyFree,
            P::AlreadyBooked => Self::AlreadyBooked,
            P::Busy => Self::Busy,
            P::PriceChanged => Self::PriceChanged,
            P::NoteTooLong => Self::NoteTooLong,
            P::RequestKeyInvalid => Self::RequestKeyInvalid,
            P::RequestKeyReused => Self::RequestKeyReused,
        }
    }
}

/// One visit of a bundle.
#[derive(InputObject)]
pub struct PlannedVisitInput {
    /// Which item of the bundle.
    pub offering_id: ID,
    /// How much of the item: hours or pieces; 1 when priced by the visit.
    #[graphql(default = 1)]
    pub quantity: i32,
    /// When it begins: a quarter of an hour, three hours to 60 days ahead.
    pub starts_at: Instant,
}

/// Input of `serviceBundlePlace`.
#[derive(InputObject)]
pub struct ServiceBundlePlaceInput {
    /// Made and stored by the client before sending; the same on every retry. 16 to 64 characters.
    pub request_key: String,
    /// For whom.
    pub elder_id: ID,
    /// Which bundle.
    pub bundle_id: ID,
    /// Its visits: together exactly what the bundle holds, at most 31.
    pub visits: Vec<PlannedVisitInput>,
    /// Only a woman, or only a man. Respected or refused, never ignored.
    pub wished_sex: Option<CarerSex>,
    /// Only this carer. Respected or refused, never ignored.
    pub wished_carer_id: Option<ID>,
    /// What the family saw as due for all visits, in fen; another price is refused instead of charged.
    pub expected_due_fen: Option<Fen>,
    /// For the carers, at most 200 characters.
    pub note: Option<String>,
    /// The desk's note of the telephone call, at most 200 characters.
    pub call_reference: Option<String>,
}

impl ServiceBundlePlaceInput {
    fn read(self) -> Result<(BundleWant, BundleTerms)> {
        let visits = self.visits.iter().map(|visit| {
            Ok(PlannedVisit {
                offering: visit.offering_id.parse()?,
                quantity: i16::try_from(visit.quantity).unwrap_or(0),
                starts_at: visit.starts_at.0,
            })
        });
        let want = BundleWant {
            elder: self.elder_id.parse()?,
            bundle: self.bundle_id.parse()?,
            visits: visits.collect::<Result<_>>()?,
            sex: self.wished_sex.map(Into::into),
            carer: self.wished_carer_id.as_ref().map(|id| id.parse()).transpose()?,
        };
        let terms = BundleTerms {
            key: self.request_key,
            expected_due: self.expected_due_fen.map(|fen| fen.0),
            note: self.note,
            call_reference: self.call_reference,
        };
        Ok((want, terms))
    }
}

/// Mutations about bundles.
#[derive(Default)]
pub struct ServiceBundleMutation;

#[Object]
impl ServiceBundleMutation {
    /// Books the visits of a bundle: all of them, or none. Each takes its carers and waits for its payment by itself.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn service_bundle_place(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For whom, which bundle, and when.")] input: ServiceBundlePlaceInput,
    ) -> Result<ServiceBundlePlacePayload> {
        let (want, terms) = input.read()?;
        let result = place_bundle(ctx.app(), ctx.who()?, &want, &terms).await;
        ServiceBundlePlacePayload::from_result(result.map(|seen| ServiceBooking::new(want.bundle, seen)))
    }
}
