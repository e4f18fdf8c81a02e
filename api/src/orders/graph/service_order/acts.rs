//! Quoting, placing, cancelling and confirming visits.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use super::{CarerSex, ServiceOrder, seen_again};
use crate::app::Asked as _;
use crate::kit::allow::{Allow, ORDERING, allow};
use crate::kit::ids::OrderId;
use crate::kit::refusal::Stop;
use crate::kit::scalar::{Day, Fen, Instant};
use crate::kit::seal::device_index;
use crate::orders::graph::parts::{PayerShare, VoucherInQuote, shares};
use crate::orders::rules::bathing::gate_of;
use crate::orders::service::service_order::place::{self, Quoted, Terms, Want};
use crate::orders::service::service_order::{cancel, confirm, first_choice};

answers! {
    /// Answer of `serviceOrderPlace`.
    ServiceOrderPlacePayload {
        /// The order, SLOT_HELD until it is paid or PAID when nothing is to pay.
        order: ServiceOrder
    }
    ServiceOrderPlaceError ServiceOrderPlaceErrorCode {
        /// There is no such elder for you, or you may not book for him.
        ElderNotFound = "没有找到这位老人",
        /// There is no such offering, or it is not sold now.
        OfferingNotFound = "没有找到这项服务",
        /// The wished carer does not work for this provider.
        CarerNotFound = "没有找到这位护理员",
        /// The service needs an assessment of the elder's abilities within the last 12 months that does not speak against it;
        /// book one under the service `ability_assessment`.
        AssessmentRequired = "这项服务需要十二个月内有效且没有禁忌的能力评估，请先预约“老年人能力综合评估”",
        /// The service needs a signed consent that stands on the day; read it with `consentText`, sign it with `consentSign`.
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
        /// Not enough carers are free then, or none that fits the wish.
        NobodyFree = "这个时间没有合适的护理员，请换一个时间",
        /// The elder has the same service at that time in another order, paid or waiting for its payment: somebody else has
        /// booked it. It stands in the list of orders.
        AlreadyBooked = "这位老人这个时间已经订了这项服务，请先查看订单",
        /// Too many people book at this moment; try again with the same key.
        Busy = "现在预约的人很多，请稍等再试",
        /// The price is not what was seen; ask for a quote again.
        PriceChanged = "价格有变，请重新确认",
        /// At most 200 characters.
        NoteTooLong = "备注最多 200 字",
        /// The key is not 16 to 64 letters, digits or - _ . :
        RequestKeyInvalid = "请求编号格式不对",
        /// The key was used with other input.
        RequestKeyReused = "请求编号已用于另一件事",
    }
}

answers! {
    /// Answer of `serviceOrderCancel`.
    ServiceOrderCancelPayload {
        /// The order, CANCELLED.
        order: ServiceOrder
    }
    ServiceOrderCancelError ServiceOrderCancelErrorCode {
        /// There is no such order for you, or you may not act on it.
        OrderNotFound = "没有找到这个订单",
        /// The carer is on the way or at the home; call the desk.
        AlreadyUnderWay = "护理员已经出发，请打电话联系",
        /// It is over.
        AlreadyOver = "订单已结束，不能取消",
        /// The fee is not what was seen; look again.
        FeeChanged = "取消费用有变，请重新确认",
    }
}

answers! {
    /// Answer of `serviceOrderConfirm`.
    ServiceOrderConfirmPayload {
        /// The order, CONFIRMED.
        order: ServiceOrder
    }
    ServiceOrderConfirmError ServiceOrderConfirmErrorCode {
        /// There is no such order for you, or you may not act on it.
        OrderNotFound = "没有找到这个订单",
        /// The visit is not over yet.
        NotDone = "服务还没有完成",
    }
}

/// What a visit would cost, how long it takes, and when it could begin.
#[derive(SimpleObject)]
pub struct ServiceQuote {
    /// Published price times quantity, in fen.
    pub list_fen: Fen,
    /// What the family would pay, in fen. Give it back as `expectedDueFen` when placing.
    pub due_fen: Fen,
    /// Who pays what, at most three, with the rule behind it.
    pub payers: Vec<PayerShare>,
    /// What the elder's voucher pays, or why it does not; null when he has none.
    pub voucher: Option<VoucherInQuote>,
    /// Length of the visit in minutes.
    pub duration_minutes: i32,
    /// Carers that come.
    pub carers_needed: i32,
    /// Whether placing asks for a valid assessment of the elder's abilities.
    pub needs_assessment: bool,
    /// Whether placing asks for a signed consent.
    pub needs_consent: bool,
}

impl From<Quoted> for ServiceQuote {
    fn from(quoted: Quoted) -> Self {
        let split = quoted.visit.split;
        let gate = gate_of(&quoted.offer.service_code);
        Self {
            list_fen: split.list.into(),
            due_fen: split.cash.into(),
            payers: shares(
                (split.subsidy.get(), None),
                (split.voucher.get(), quoted.voucher_rule().as_deref()),
                split.cash.get(),
            ),
            voucher: quoted.voucher.clone().map(Into::into),
            duration_minutes: i32::try_from(quoted.visit.duration_min).unwrap_or(i32::MAX),
            carers_needed: quoted.offer.carers_needed.into(),
            needs_assessment: gate.is_some_and(|gate| gate.ability_assessment),
            needs_consent: gate.is_some_and(|gate| gate.risk_consent),
        }
    }
}

answers! {
    /// Answer of `serviceOrderQuote`.
    ServiceOrderQuotePayload {
        /// The quote.
        quote: ServiceQuote
    }
    ServiceOrderQuoteError ServiceOrderQuoteErrorCode {
        /// There is no such elder for you, or you may not book for him.
        ElderNotFound = "没有找到这位老人",
        /// There is no such offering, or it is not sold now.
        OfferingNotFound = "没有找到这项服务",
        /// The wished carer does not work for this provider.
        CarerNotFound = "没有找到这位护理员",
        /// It is not sold where the elder lives.
        OutOfArea = "老人的住址不在服务范围内",
        /// The elder has no address yet.
        AddressMissing = "请先登记老人的住址",
        /// The provider's contract for the elder's street does not bear what the voucher would pay; the message says what is
        /// left of it.
        ContractLimit = "这家机构今年的合同额度不够，请换一家或联系街道",
        /// 1 for a price by the visit, otherwise 1 to 8.
        QuantityInvalid = "数量不对，请重新选择",
    }
}

answers! {
    /// Answer of `serviceStarts`.
    ServiceStartsPayload {
        /// Start times with enough free carers, the earliest first; at most 96. Never who is where.
        starts_at: Vec<Instant>
    }
    ServiceStartsError ServiceStartsErrorCode {
        /// There is no such elder for you, or you may not book for him.
        ElderNotFound = "没有找到这位老人",
        /// There is no such offering, or it is not sold now.
        OfferingNotFound = "没有找到这项服务",
        /// The wished carer does not work for this provider.
        CarerNotFound = "没有找到这位护理员",
        /// It is not sold where the elder lives.
        OutOfArea = "老人的住址不在服务范围内",
        /// The elder has no address yet.
        AddressMissing = "请先登记老人的住址",
        /// The provider's contract for the elder's street does not bear what the voucher would pay; the message says what is
        /// left of it.
        ContractLimit = "这家机构今年的合同额度不够，请换一家或联系街道",
        /// 1 for a price by the visit, otherwise 1 to 8.
        QuantityInvalid = "数量不对，请重新选择",
    }
}

/// What somebody wants for an elder.
#[derive(InputObject)]
pub struct ServiceWantInput {
    /// For whom.
    pub elder_id: ID,
    /// Which offering.
    pub offering_id: ID,
    /// Hours or pieces; 1 when priced by the visit.
    #[graphql(default = 1)]
    pub quantity: i32,
    /// Only a woman, or only a man. Respected or refused, never ignored.
    pub wished_sex: Option<CarerSex>,
    /// Only this carer. Respected or refused, never ignored.
    pub wished_carer_id: Option<ID>,
}

impl ServiceWantInput {
    /// The want in the house's own types.
    pub fn read(&self) -> Result<Want> {
        Ok(Want {
            elder: self.elder_id.parse()?,
            offering: self.offering_id.parse()?,
            quantity: i16::try_from(self.quantity).unwrap_or(0),
            sex: self.wished_sex.map(Into::into),
            carer: self.wished_carer_id.as_ref().map(|id| id.parse()).transpose()?,
        })
    }
}

/// Input of `serviceOrderPlace`.
#[derive(InputObject)]
pub struct ServiceOrderPlaceInput {
    /// Made and stored by the client before sending; the same on every retry. 16 to 64 characters.
    pub request_key: String,
    /// For whom, and what.
    pub want: ServiceWantInput,
    /// When the visit begins: a quarter of an hour, three hours to 60 days ahead.
    pub starts_at: Instant,
    /// What the family saw as due, in fen; another price is refused instead of charged.
    pub expected_due_fen: Option<Fen>,
    /// For the carer, at most 200 characters.
    pub note: Option<String>,
    /// The desk's note of the telephone call, at most 200 characters.
    pub call_reference: Option<String>,
    /// Token of a hold on the carers, when there is one.
    pub hold_token: Option<String>,
}

/// Input of `serviceOrderCancel`.
#[derive(InputObject)]
pub struct ServiceOrderCancelInput {
    /// Which order.
    pub order_id: ID,
    /// The fee that the family saw, in fen; another one is refused instead of charged.
    pub expected_fee_fen: Option<Fen>,
}

/// Input of `serviceOrderConfirm`.
#[derive(InputObject)]
pub struct ServiceOrderConfirmInput {
    /// Which order.
    pub order_id: ID,
    /// Made by the client once and kept: 16 to 64 letters, digits, - or _. Only a keyed hash of it is kept.
    pub device_key: Option<String>,
}

/// Queries before placing.
#[derive(Default)]
pub struct ServiceQuoteQuery;

#[Object]
impl ServiceQuoteQuery {
    /// What a visit would cost and who would pay. Takes nobody's time.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn service_order_quote(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For whom, and what.")] want: ServiceWantInput,
        #[graphql(desc = "Service day, whose month decides about the voucher; today when left out.")]
        visit_on: Option<Day>,
    ) -> Result<ServiceOrderQuotePayload> {
        let (app, want) = (ctx.app(), want.read()?);
        let day = visit_on.map_or_else(|| app.clock.today(), |day| day.0);
        let result = place::quote(app, ctx.who()?, (&want, day)).await;
        ServiceOrderQuotePayload::from_result(result.map(Into::into).map_err(|stop| stop.narrow(quote_code)))
    }

    /// When a visit could begin on a day.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn service_starts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For whom, and what.")] want: ServiceWantInput,
        #[graphql(desc = "Service day, today or within 60 days.")] visit_on: Day,
    ) -> Result<ServiceStartsPayload> {
        let result = place::free_starts(ctx.app(), ctx.who()?, &want.read()?, visit_on.0).await;
        shape_starts(result)
    }

    /// When a visit could begin on a day with the offering that `offerings` lists first: for a page that is opened before
    /// anybody has chosen.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn first_service_starts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For whom.")] elder_id: ID,
        #[graphql(desc = "Official code of the region where the home lies.")] region_code: String,
        #[graphql(desc = "Which service, such as cleaning_help.")] service_code: String,
        #[graphql(desc = "Service day, today or within 60 days.")] visit_on: Day,
    ) -> Result<ServiceStartsPayload> {
        let (elder, what) = (elder_id.parse()?, (region_code.as_str(), service_code.as_str()));
        shape_starts(first_choice::free_starts(ctx.app(), ctx.who()?, elder, what, visit_on.0).await)
    }
}

fn shape_starts(
    result: Result<Vec<DateTime<Utc>>, Stop<ServiceOrderPlaceErrorCode>>,
) -> Result<ServiceStartsPayload> {
    let shaped = result.map(|starts| starts.into_iter().map(Into::into).collect());
    ServiceStartsPayload::from_result(shaped.map_err(|stop| stop.narrow(starts_code)))
}

fn quote_code(code: ServiceOrderPlaceErrorCode) -> ServiceOrderQuoteErrorCode {
    use ServiceOrderPlaceErrorCode as P;
    use ServiceOrderQuoteErrorCode as Q;
    match code {
        P::ElderNotFound => Q::ElderNotFound,
        P::OfferingNotFound => Q::OfferingNotFound,
        P::CarerNotFound => Q::CarerNotFound,
        P::OutOfArea => Q::OutOfArea,
        P::AddressMissing => Q::AddressMissing,
        P::ContractLimit => Q::ContractLimit,
        _ => Q::QuantityInvalid,
    }
}

fn starts_code(code: ServiceOrderPlaceErrorCode) -> ServiceStartsErrorCode {
    use ServiceOrderPlaceErrorCode as P;
    use ServiceStartsErrorCode as S;
    match code {
        P::ElderNotFound => S::ElderNotFound,
        P::OfferingNotFound => S::OfferingNotFound,
        P::CarerNotFound => S::CarerNotFound,
        P::OutOfArea => S::OutOfArea,
        P::AddressMissing => S::AddressMissing,
        P::ContractLimit => S::ContractLimit,
        _ => S::QuantityInvalid,
    }
}

/// Mutations of those who book visits.
#[derive(Default)]
pub struct ServiceOrderMutation;

#[Object]
impl ServiceOrderMutation {
    /// Books a visit: it takes the time of all carers that it needs, or of none, and waits for its payment.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn service_order_place(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For whom, what, and when.")] input: ServiceOrderPlaceInput,
    ) -> Result<ServiceOrderPlacePayload> {
        let want = input.want.read()?;
        let terms = Terms {
            key: input.request_key,
            starts_at: input.starts_at.0,
            expected_due: input.expected_due_fen.map(|fen| fen.0),
            note: input.note.as_deref().map(str::trim).filter(|note| !note.is_empty()).map(str::to_owned),
            call_reference: input.call_reference,
            hold: input.hold_token,
        };
        let result = place::place(ctx.app(), ctx.who()?, &want, &terms).await;
        ServiceOrderPlacePayload::from_result(result.map(Into::into))
    }

    /// Calls a visit off: free of charge until four hours before, for 30 % of the price afterwards, free again when the
    /// carer has not come a quarter of an hour after the start.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn service_order_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order, for which fee.")] input: ServiceOrderCancelInput,
    ) -> Result<ServiceOrderCancelPayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        match cancel::cancel(app, who, id, input.expected_fee_fen.map(|fen| fen.0)).await {
            Ok(id) => ServiceOrderCancelPayload::from_result(Ok(seen_again(app, who, id).await?)),
            Err(stop) => ServiceOrderCancelPayload::from_result(Err(stop)),
        }
    }

    /// Says that the visit was carried out. Without a word it counts as said after a day.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn service_order_confirm(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order.")] input: ServiceOrderConfirmInput,
    ) -> Result<ServiceOrderConfirmPayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        let device = input.device_key.as_deref().and_then(|key| device_index(&app.seal, key));
        match confirm::confirm(app, who, id, device).await {
            Ok(id) => ServiceOrderConfirmPayload::from_result(Ok(seen_again(app, who, id).await?)),
            Err(stop) => ServiceOrderConfirmPayload::from_result(Err(stop)),
        }
    }
}
