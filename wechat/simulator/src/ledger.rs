//! The platform's side of the money, for comparing with the merchant's.

use serde_json::{Value, json};

use crate::{
    order::{Order, RefundState},
    world::Book,
};

/// Totals and every order with its refunds, oldest first.
pub fn view(book: &Book) -> Value {
    let orders: Vec<&Order> = book.sequence.iter().filter_map(|number| book.orders.get(number)).collect();
    let paid_fen: i64 =
        orders.iter().filter(|order| order.state.is_paid()).map(|order| order.total_fen).sum();
    let refunded = |state: RefundState| -> i64 {
        book.refunds.values().filter(|refund| refund.state == state).map(|refund| refund.refund_fen).sum()
    };
    json!({
        "paid_total_fen": paid_fen,
        "refunded_total_fen": refunded(RefundState::Success),
        "refunds_under_way_fen": refunded(RefundState::Processing) + refunded(RefundState::Abnormal),
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
