//! Paying through WeChat.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::order::{self, MealOrder};
use super::service_order::{self, ServiceOrder};
use crate::app::{App, Asked as _};
use crate::kit::allow::{Allow, ORDERING, PAYING, allow};
use crate::kit::ids::OrderId;
use crate::kit::refusal::Fault;
use crate::kit::scalar::{Fen, Instant};
use crate::kit::viewer::SignedIn;
use crate::orders::service::payment;
use crate::orders::store::payable::{self, Owing, Payable};
use crate::orders::store::request;

/// What `wx.requestPayment` takes. Made with the merchant's key, good for this payer only.
#[derive(SimpleObject)]
pub struct WechatPayParams {
    /// App id that goes into the signature; the phone knows it by itself.
    pub app_id: String,
    /// Unix seconds as text.
    pub time_stamp: String,
    /// Random text.
    pub nonce_str: String,
    /// `prepay_id=…`.
    pub package: String,
    /// Always RSA.
    pub sign_type: String,
    /// Signature.
    pub pay_sign: String,
}

impl From<wechat::pay::ClientParams> for WechatPayParams {
    fn from(params: wechat::pay::ClientParams) -> Self {
        Self {
            app_id: String::new(),
            time_stamp: params.time_stamp,
            nonce_str: params.nonce_str,
            package: params.package,
            sign_type: params.sign_type,
            pay_sign: params.pay_sign,
        }
    }
}

answers! {
    /// Answer of `paymentStart`.
    PaymentStartPayload {
        /// For `wx.requestPayment`.
        params: WechatPayParams
    }
    PaymentStartError PaymentStartErrorCode {
        /// There is no such order for you, or you may not pay for it.
        OrderNotFound = "没有找到这个订单",
        /// The time to pay is over.
        TooLate = "付款时间已过，请重新下单",
        /// It was cancelled.
        OrderCancelled = "订单已取消",
        /// It is paid, or nothing is to pay.
        AlreadyPaid = "这个订单已经付过款，请勿重复付款",
        /// Another member of the family is paying at this moment.
        SomeoneElsePays = "家里另一位正在付款，请稍后再试",
        /// The last try was closed; try again at once.
        TryAgain = "请再试一次",
        /// WeChat Pay does not answer; nothing is lost, ask again.
        WechatUnavailable = "微信支付暂时没有回应，请稍后再试",
    }
}

answers! {
    /// Answer of `paymentCheck`.
    PaymentCheckPayload {
        /// The order's payment after asking WeChat.
        payment: OrderPayment
    }
    PaymentCheckError PaymentCheckErrorCode {
        /// There is no such order for you.
        OrderNotFound = "没有找到这个订单",
    }
}

/// An order of either kind and its payment.
#[derive(SimpleObject)]
pub struct OrderPayment {
    /// Whether everything that was to pay has arrived.
    pub is_settled: bool,
    /// The order when it is a meal; null otherwise.
    pub meal_order: Option<MealOrder>,
    /// The order when it is a visit at home; null otherwise.
    pub service_order: Option<ServiceOrder>,
}

impl OrderPayment {
    pub(super) async fn of(app: &App, who: &SignedIn, id: OrderId) -> Result<Self> {
        let Some((order, _)) = payable::reached(app.db.write(), who, id).await? else {
            return Err(Fault::new("an order vanished after an act").into());
        };
        let is_settled = order.owing(app.clock.now()) == Owing::Settled;
        Ok(match order {
            Payable::Meal(_) => {
                let order = order::seen_again(app, who, id).await?;
                Self { is_settled, meal_order: Some(order), service_order: None }
            }
            Payable::Service(_) => {
                let order = service_order::seen_again(app, who, id).await?;
                Self { is_settled, meal_order: None, service_order: Some(order) }
            }
        })
    }
}

answers! {
    /// Answer of `paymentRequest`.
    PaymentRequestPayload {
        /// The order's payment, which the family has been asked for.
        payment: OrderPayment
    }
    PaymentRequestError PaymentRequestErrorCode {
        /// There is no such order for you, or you may not book for its elder.
        OrderNotFound = "没有找到这个订单",
        /// It is paid, cancelled, or the time to pay is over.
        NothingToPay = "这个订单现在不需要付款",
        /// Nobody of the elder's family may pay for him.
        NobodyPays = "还没有家人可以代付，请先绑定",
    }
}

/// Input of `paymentRequest`.
#[derive(InputObject)]
pub struct PaymentRequestInput {
    /// Which order.
    pub order_id: ID,
}

/// An order that you are asked to pay.
#[derive(SimpleObject)]
pub struct PaymentWish {
    /// Which order.
    pub order_id: ID,
    /// Whether it is a meal; otherwise a visit at home.
    pub is_meal: bool,
    /// For whom.
    pub elder_name: String,
    /// What is to pay, in fen.
    pub due_fen: Fen,
    /// Pay until then.
    pub pay_before: Instant,
    /// When it was asked for.
    pub asked_at: Instant,
}

/// Queries about payments.
#[derive(Default)]
pub struct PaymentQuery;

#[Object]
impl PaymentQuery {
    /// What elders or the desk ask you to pay and can still be paid, the most urgent first; at most 50.
    #[graphql(guard = "Allow(PAYING)", directive = allow::apply(PAYING.to_vec()))]
    async fn payment_wishes(&self, ctx: &Context<'_>) -> Result<Vec<PaymentWish>> {
        let app = ctx.app();
        let rows = request::of_payer(app.db.read(), ctx.who()?, app.clock.now()).await?;
        let shape = |row: request::Requested| {
            Ok(PaymentWish {
                order_id: OrderId(row.order_id).to_string().into(),
                is_meal: row.is_meal,
                elder_name: app.seal.open(&row.name_sealed)?,
                due_fen: crate::kit::fen::Fen::new(row.cash_fen).into(),
                pay_before: row.pay_before.into(),
                asked_at: row.asked_at.into(),
            })
        };
        rows.into_iter().map(shape).collect()
    }
}

/// Input of `paymentStart`.
#[derive(InputObject)]
pub struct PaymentStartInput {
    /// Which order. Started twice, the same payment is taken up again.
    pub order_id: ID,
}

/// Input of `paymentCheck`.
#[derive(InputObject)]
pub struct PaymentCheckInput {
    /// Which order.
    pub order_id: ID,
}

/// Mutations of payments.
#[derive(Default)]
pub struct PaymentMutation;

#[Object]
impl PaymentMutation {
    /// Starts the payment of an order, or takes it up again. One open payment per order: it never charges twice.
    #[graphql(guard = "Allow(PAYING)", directive = allow::apply(PAYING.to_vec()))]
    async fn payment_start(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order.")] input: PaymentStartInput,
    ) -> Result<PaymentStartPayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        let params = payment::start(app, who, id).await.map(WechatPayParams::from);
        let with_app = |params| WechatPayParams { app_id: app.config.wechat_appid.clone(), ..params };
        PaymentStartPayload::from_result(params.map(with_app))
    }

    /// Asks the family to pay an order that elder or desk have placed: whoever may pay for the elder finds it among
    /// `paymentWishes` and pays by phone.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn payment_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order.")] input: PaymentRequestInput,
    ) -> Result<PaymentRequestPayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        match payment::request(app, who, id).await {
            Ok(id) => PaymentRequestPayload::from_result(Ok(OrderPayment::of(app, who, id).await?)),
            Err(stop) => PaymentRequestPayload::from_result(Err(stop)),
        }
    }

    /// Asks WeChat whether the payment has arrived. Call it when the phone says that it has paid.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn payment_check(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order.")] input: PaymentCheckInput,
    ) -> Result<PaymentCheckPayload> {
        let (app, who, id): (_, _, OrderId) = (ctx.app(), ctx.who()?, input.order_id.parse()?);
        match payment::check(app, who, id).await {
            Ok(id) => PaymentCheckPayload::from_result(Ok(OrderPayment::of(app, who, id).await?)),
            Err(stop) => PaymentCheckPayload::from_result(Err(stop)),
        }
    }
}
