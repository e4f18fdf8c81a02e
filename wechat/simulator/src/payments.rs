//! What may be done with an order: prepay, pay, close. No network here, only the rules.

use serde_json::{Value, json};

use crate::{
    clock::parse_rfc3339,
    crypto::{base32, derived, digits},
    faults::{Effect, Moment, Occasion},
    keys::Identity,
    limits::check_notify_url,
    login::is_openid,
    notices::Message,
    order::{ORDER_LIFE_S, Order, PREPAY_LIFE_S, Payment, Prepay, TradeState},
    refusal::{Refusal, inner},
    shipments::REMIND_AFTER_S,
    world::{Task, World},
};

/// Why the phone refuses to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayRefusal {
    /// No such order or prepay id.
    NoOrder,
    /// Paid already.
    Paid,
    /// Closed or expired.
    Closed,
    /// The prepay id is older than two hours.
    PrepayExpired,
    /// The payer is not the one for whom the prepay id was made.
    OtherPayer,
}

impl PayRefusal {
    /// Code for tests.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoOrder => "ORDER_NOT_EXIST",
            Self::Paid => "ORDERPAID",
            Self::Closed => "ORDER_CLOSED",
            Self::PrepayExpired => "PREPAY_EXPIRED",
            Self::OtherPayer => "PAYER_MISMATCH",
        }
    }

    /// Text for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::NoOrder => "订单不存在",
            Self::Paid => "该订单已支付",
            Self::Closed => "订单已关闭或已过期",
            Self::PrepayExpired => "预支付会话（prepay_id）已过期，请重新下单",
            Self::OtherPayer => "当前支付用户与下单用户不一致",
        }
    }
}

impl World {
    /// A prepay id for a checked request body; the order is made at the first call.
    pub fn prepay(&mut self, request: Value, serial: &str) -> Result<Value, Refusal> {
        check_parties(&request, &self.who)?;
        let number = text_of(&request, "/out_trade_no");
        let now = self.now();
        match self.book.orders.get(&number) {
            Some(order) => check_reentry(order, &request)?,
            None => self.open_order(request, now)?,
        }
        let seed = self.seed;
        let Some(order) = self.book.orders.get_mut(&number) else { return Err(Refusal::no_order()) };
        let made = derived(seed, "prepay", &format!("{number}\n{}", order.prepays.len()));
        let id = format!("wx{}{}", digits(&made, 14), base32(&made, 20));
        order.prepays.push(Prepay { id: id.clone(), made_at: now, serial: serial.to_owned() });
        self.book.prepays.insert(id.clone(), number);
        Ok(json!({ "prepay_id": id }))
    }

    fn open_order(&mut self, request: Value, now: i64) -> Result<(), Refusal> {
        let expires_at = match request.get("time_expire") {
            None => now + ORDER_LIFE_S,
            Some(given) => expiry(given, now)?,
        };
        let number = text_of(&request, "/out_trade_no");
        let order = Order {
            out_trade_no: number.clone(),
            openid: text_of(&request, "/payer/openid"),
            total_fen: request.pointer("/amount/total").and_then(Value::as_i64).unwrap_or_default(),
            notify_url: text_of(&request, "/notify_url"),
            request,
            expires_at,
            prepays: Vec::new(),
            state: TradeState::NotPaid,
            payment: None,
            refunds: Vec::new(),
        };
        self.book.sequence.push(number.clone());
        self.book.orders.insert(number.clone(), order);
        self.plan(expires_at, Task::CloseOrder(number));
        Ok(())
    }

    /// Closes an unpaid order; closing twice is fine.
    pub fn close(&mut self, number: &str) -> Result<(), Refusal> {
        let order = self.book.orders.get_mut(number).ok_or_else(Refusal::no_order)?;
        if order.state.is_paid() {
            return Err(Refusal::new(400, "ORDERPAID", inner::PAID_AT_CLOSE, "该订单已支付"));
        }
        order.state = TradeState::Closed;
        Ok(())
    }

    /// Closes an order whose time is over.
    pub fn close_expired(&mut self, number: &str) {
        if let Some(order) = self.book.orders.get_mut(number)
            && order.state == TradeState::NotPaid
        {
            order.state = TradeState::Closed;
        }
    }

    /// Whether somebody could pay this order now, with one given prepay id or with any.
    pub fn check_payable(
        &self,
        number: &str,
        openid: Option<&str>,
        prepay_id: Option<&str>,
        now: i64,
    ) -> Result<&Order, PayRefusal> {
        let order = self.book.orders.get(number).ok_or(PayRefusal::NoOrder)?;
        if order.state.is_paid() {
            return Err(PayRefusal::Paid);
        }
        if order.state == TradeState::Closed || now >= order.expires_at {
            return Err(PayRefusal::Closed);
        }
        let is_live = |prepay: &Prepay| {
            prepay_id.is_none_or(|wanted| wanted == prepay.id) && now - prepay.made_at < PREPAY_LIFE_S
        };
        if !order.prepays.iter().any(is_live) {
            return Err(PayRefusal::PrepayExpired);
        }
        if openid.is_some_and(|payer| payer != order.openid) {
            return Err(PayRefusal::OtherPayer);
        }
        Ok(order)
    }

    /// The payer pays; the notification is queued.
    pub fn pay(&mut self, number: &str, openid: Option<&str>, at: i64) -> Result<(), PayRefusal> {
        self.check_payable(number, openid, None, at)?;
        let transaction_id = format!("4200{}", digits(&derived(self.seed, "transaction", number), 24));
        let Some(order) = self.book.orders.get_mut(number) else { return Err(PayRefusal::NoOrder) };
        order.state = TradeState::Success;
        order.payment = Some(Payment { transaction_id: transaction_id.clone(), paid_at: at });
        let message = Message {
            id: String::new(),
            event_type: "TRANSACTION.SUCCESS".to_owned(),
            original_type: "transaction",
            summary: "支付成功",
            url: order.notify_url.clone(),
            out_trade_no: number.to_owned(),
            out_refund_no: None,
            plain: order.transaction(),
            seal_nonce: String::new(),
            made_at: at,
        };
        let total_fen = order.total_fen;
        self.settings.balance_fen =
            self.settings.balance_fen.map(|balance| balance.saturating_add(total_fen));
        self.book.transactions.insert(transaction_id, number.to_owned());
        self.plan(at + REMIND_AFTER_S, Task::RemindShipping(number.to_owned()));
        self.announce(message);
        Ok(())
    }

    /// Queues a notification; gives it its id and asks for delays.
    pub fn announce(&mut self, mut message: Message) {
        let about = format!(
            "{}\n{}\n{}",
            message.event_type,
            message.out_trade_no,
            message.out_refund_no.as_deref().unwrap_or_default()
        );
        message.id = uuid_like(&derived(self.seed, "notification", &about));
        message.seal_nonce = base32(&derived(self.seed, "seal", &about), 12);
        let occasion = Occasion {
            path: path_of(&message.url),
            method: "POST",
            host: "",
            out_trade_no: Some(&message.out_trade_no),
            event: Some(&message.event_type),
        };
        let drawn = self.draw(Moment::NoticeMade, &occasion);
        let due_at = message.made_at + drawn.value(Effect::NotifyDelayS, 60).unwrap_or(0);
        self.outbox.add(message, due_at, drawn.has(Effect::NotifyReorder));
    }
}

/// Path of an address, for comparing with fault rules.
pub fn path_of(url: &str) -> &str {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    url[after_scheme..].find('/').map_or("/", |at| &url[after_scheme + at..])
}

/// Text at a JSON pointer, empty when absent; the field tables have made sure that it is there.
pub fn text_of(body: &Value, pointer: &str) -> String {
    body.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn check_parties(request: &Value, who: &Identity) -> Result<(), Refusal> {
    if text_of(request, "/mchid") != who.mchid {
        return Err(Refusal::invalid(inner::NOT_YOUR_ORDER, "商户号与签名中的商户号不一致"));
    }
    if text_of(request, "/appid") != who.appid {
        return Err(Refusal::new(400, "APPID_MCHID_NOT_MATCH", inner::NOT_BOUND, "appid 与商户号不匹配"));
    }
    if !is_openid(&text_of(request, "/payer/openid")) {
        let issue = "无效的 openid，或不属于该 appid";
        return Err(
            Refusal::field("/payer/openid", &request["payer"]["openid"], issue).with_inner(inner::OPENID)
        );
    }
    check_notify_url(&text_of(request, "/notify_url"))
}

fn check_reentry(order: &Order, request: &Value) -> Result<(), Refusal> {
    match order.state {
        TradeState::Success | TradeState::Refund => {
            Err(Refusal::new(400, "ORDERPAID", inner::PAID, "该订单已支付"))
        }
        TradeState::Closed => {
            Err(Refusal::new(400, "ORDER_CLOSED", inner::CLOSED, "该订单已关闭，请使用新的商户订单号"))
        }
        TradeState::NotPaid if order.request == *request => Ok(()),
        TradeState::NotPaid => Err(Refusal::invalid(inner::REENTRY, "请求重入时，参数与首次请求时不一致")),
    }
}

fn expiry(given: &Value, now: i64) -> Result<i64, Refusal> {
    let refuse = |issue: &str| Err(Refusal::field("/time_expire", given, issue));
    match given.as_str().and_then(parse_rfc3339) {
        None => refuse("不是 RFC 3339 时间"),
        Some(at) if at > now + 90 * 86_400 => refuse("不能晚于 90 天之后"),
        Some(at) if at <= now => refuse("已经过去"),
        // The platform stretches anything under a minute.
        Some(at) => Ok(at.max(now + 60)),
    }
}

fn uuid_like(bytes: &[u8; 32]) -> String {
    let hex = crate::crypto::hex(bytes, 32).to_ascii_lowercase();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
