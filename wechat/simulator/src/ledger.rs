//! The platform's side of the money, for comparing with the merchant's.

use serde_json::{Value, json};

use crate::{
    bounds::sum_fen,
    order::{Order, RefundState},
    world::Book,
};

/// Totals and every order with its refunds, oldest first.
pub fn view(book: &Book) -> Value {
    let orders: Vec<&Order> = book.sequence.iter().filter_map(|number| book.orders.get(number)).collect();
    let paid_fen = sum_fen(orders.iter().filter(|order| order.state.is_paid()).map(|order| order.total_fen));
    let refunded = |state: RefundState| {
        let those = book.refunds.values().filter(|refund| refund.state == state);
        sum_fen(those.map(|refund| refund.refund_fen))
    };
    let under_way = [refunded(RefundState::Processing), refunded(RefundState::Abnormal)];
    json!({
        "paid_total_fen": paid_fen,
        "refunded_total_fen": refunded(RefundState::Success),
        "refunds_under_way_fen": sum_fen(under_way.into_iter()),
        "orders": orders.iter().map(|order| line(book, order)).collect::<Vec<_>>(),
    })
}

fn line(book: &Book, order: &Order) -> Value {
    let refunds: Vec<Value> = order
        .refunds
        .iter()
        .filter_map(|number| book.refunds.get(number))
        .map(|refund| {
            json!({
                "out_refund_no": refund.out_refund_no,
                "refund_id": refund.refund_id,
                "fen": refund.refund_fen,
                "status": refund.state.name(),
            })
        })
        .collect();
    let payment = order.payment.as_ref();
    json!({
        "out_trade_no": order.out_trade_no,
        "transaction_id": payment.map(|it| it.transaction_id.as_str()),
        "total_fen": order.total_fen,
        "state": order.state.name(),
        "paid_at": payment.map(|it| it.paid_at),
        "refunds": refunds,
    })
}

/// What must hold of every order, whatever happened, and what was kept of each: paid minus refunded.
pub fn check(book: &Book) -> Value {
    let mut problems: Vec<String> = Vec::new();
    let mut kept = serde_json::Map::new();
    for order in book.sequence.iter().filter_map(|number| book.orders.get(number)) {
        let number = &order.out_trade_no;
        let paid_fen = if order.payment.is_some() { order.total_fen } else { 0 };
        let refunds = || order.refunds.iter().filter_map(|number| book.refunds.get(number));
        let fen_of = |fits: fn(RefundState) -> bool| {
            sum_fen(refunds().filter(|refund| fits(refund.state)).map(|refund| refund.refund_fen))
        };
        let committed_fen = fen_of(|state| state != RefundState::Closed);
        let refunded_fen = fen_of(|state| state == RefundState::Success);
        if order.state.is_paid() != order.payment.is_some() {
            problems.push(format!("{number}: state and payment contradict each other"));
        }
        if committed_fen > paid_fen {
            problems.push(format!("{number}: {committed_fen} fen go back, {paid_fen} were paid"));
        }
        kept.insert(number.clone(), json!(paid_fen.saturating_sub(refunded_fen)));
    }
    json!({ "is_good": problems.is_empty(), "problems": problems, "kept_fen": kept })
}
