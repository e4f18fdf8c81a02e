//! The trade bill: payments on the day they were made, refunds on the day they were asked for.

use std::borrow::Cow;

use super::{Day, fee_fen, line, local, plants, yuan};
use crate::{
    bounds::sum_fen,
    order::{Order, Refund, RefundState},
    world::World,
};

const HEADINGS: &str = "\u{FEFF}交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,\
交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,\
退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注\r\n";
const TOTAL_HEADINGS: &str =
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n";

/// One row, before it is written.
#[derive(Clone, Debug)]
pub struct TradeRow {
    /// Virtual time, unix seconds.
    pub at: i64,
    /// The mini-program.
    pub appid: String,
    /// The merchant.
    pub mchid: String,
    /// The platform's number of the order.
    pub transaction_id: String,
    /// The merchant's number of the order.
    pub out_trade_no: String,
    /// The payer.
    pub openid: String,
    /// `SUCCESS` or `REFUND`.
    pub state: String,
    /// What was sold.
    pub description: String,
    /// Fen; 0 in rows of refunds.
    pub order_fen: i64,
    /// Fen; negative when given back.
    pub fee_fen: i64,
    /// The refund, in rows of refunds.
    pub refund: Option<RefundPart>,
}

/// What a row of a refund says more.
#[derive(Clone, Debug)]
pub struct RefundPart {
    /// The platform's number.
    pub refund_id: String,
    /// The merchant's number.
    pub out_refund_no: String,
    /// Fen.
    pub fen: i64,
    /// `SUCCESS` or `PROCESSING`, as it was when the bill was made, never updated; `FAIL` only when planted.
    pub state: &'static str,
}

/// The rows of a bill in its order, planted mistakes included.
pub fn rows(world: &World, day: Day, kind: &str) -> Vec<TradeRow> {
    let mut rows = sound(world, day);
    plants::spoil_all(world, day, &mut rows);
    rows.retain(|row| match kind {
        "SUCCESS" => row.refund.is_none(),
        "REFUND" => row.refund.is_some(),
        _ => true,
    });
    rows.sort_by_key(|row| row.at);
    rows
}

/// The whole bill; none when the day has no rows.
pub fn csv(rows: &[TradeRow]) -> Option<String> {
    if rows.is_empty() {
        return None;
    }
    let mut text = String::with_capacity(HEADINGS.len() + rows.len() * 256);
    text.push_str(HEADINGS);
    let (mut at, mut time) = (i64::MIN, String::new());
    for row in rows {
        if row.at != at {
            (at, time) = (row.at, local(row.at));
        }
        line(&mut text, &row.cells(&time));
    }
    text.push_str(TOTAL_HEADINGS);
    totals(&mut text, rows);
    Some(text)
}

fn sound(world: &World, day: Day) -> Vec<TradeRow> {
    let orders = || world.book.sequence.iter().filter_map(|number| world.book.orders.get(number));
    let paid = orders().filter(|order| order.payment.as_ref().is_some_and(|it| day.holds(it.paid_at)));
    let refunds = orders().flat_map(|order| {
        let mine = order.refunds.iter().filter_map(|number| world.book.refunds.get(number));
        mine.filter(|refund| day.holds(refund.made_at) && refund.state != RefundState::Closed)
            .map(move |refund| refund_row(order, refund))
    });
    paid.map(payment_row).chain(refunds).collect()
}

fn payment_row(order: &Order) -> TradeRow {
    let payment = order.payment.as_ref();
    TradeRow {
        at: payment.map_or(0, |it| it.paid_at),
        appid: order.text("appid"),
        mchid: order.text("mchid"),
        transaction_id: payment.map(|it| it.transaction_id.clone()).unwrap_or_default(),
        out_trade_no: order.out_trade_no.clone(),
        openid: order.openid.clone(),
        state: "SUCCESS".to_owned(),
        description: order.description().to_owned(),
        order_fen: order.total_fen,
        fee_fen: fee_fen(order.total_fen),
        refund: None,
    }
}

fn refund_row(order: &Order, refund: &Refund) -> TradeRow {
    let part = RefundPart {
        refund_id: refund.refund_id.clone(),
        out_refund_no: refund.out_refund_no.clone(),
        fen: refund.refund_fen,
        state: if refund.state == RefundState::Success { "SUCCESS" } else { "PROCESSING" },
    };
    TradeRow {
        at: refund.made_at,
        state: "REFUND".to_owned(),
        order_fen: 0,
        fee_fen: -fee_fen(refund.refund_fen),
        refund: Some(part),
        ..payment_row(order)
    }
}

impl TradeRow {
    fn cells<'a>(&'a self, time: &'a str) -> [Cow<'a, str>; 27] {
        let refund = self.refund.as_ref();
        let refund_fen = || refund.map_or(Cow::from("0.00"), |it| yuan(it.fen).into());
        [
            time.into(),
            self.appid.as_str().into(),
            self.mchid.as_str().into(),
            "0".into(),
            "".into(),
            self.transaction_id.as_str().into(),
            self.out_trade_no.as_str().into(),
            self.openid.as_str().into(),
            "JSAPI".into(),
            self.state.as_str().into(),
            "OTHERS".into(),
            "CNY".into(),
            yuan(self.order_fen).into(),
            "0.00".into(),
            refund.map_or("0", |it| it.refund_id.as_str()).into(),
            refund.map_or("0", |it| it.out_refund_no.as_str()).into(),
            refund_fen(),
            "0.00".into(),
            refund.map_or("", |_| "ORIGINAL").into(),
            refund.map_or("", |it| it.state).into(),
            self.description.as_str().into(),
            "".into(),
            format!("{}000", yuan(self.fee_fen)).into(),
            "0.60%".into(),
            yuan(self.order_fen).into(),
            refund_fen(),
            "".into(),
        ]
    }
}

fn totals(text: &mut String, rows: &[TradeRow]) {
    let sum = |read: fn(&TradeRow) -> i64| yuan(sum_fen(rows.iter().map(read)));
    let refund: fn(&TradeRow) -> i64 = |row| row.refund.as_ref().map_or(0, |it| it.fen);
    let totals = [
        // The platform writes this count with a decimal.
        format!("{}.0", rows.len()),
        sum(|row| row.order_fen),
        sum(refund),
        "0.00".to_owned(),
        format!("{}000", sum(|row| row.fee_fen)),
        sum(|row| row.order_fen),
        sum(refund),
    ];
    line(text, &totals.map(Cow::Owned));
}
