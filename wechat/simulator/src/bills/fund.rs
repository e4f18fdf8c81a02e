//! The fund bill of the basic account: payments in, fees and refunds out, with the balance after each.

use std::borrow::Cow;

use super::{Day, fee_fen, line, local, yuan};
use crate::{
    bounds::sum_fen,
    crypto::{derived, digits},
    order::{Order, RefundState},
    world::World,
};

const HEADINGS: &str = "\u{FEFF}记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),\
账户结余(元),资金变更提交申请人,备注,业务凭证号\r\n";
const TOTAL_HEADINGS: &str = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\r\n";

struct Movement {
    at: i64,
    business_id: String,
    name: &'static str,
    kind: &'static str,
    /// Fen, negative when it went out.
    fen: i64,
    voucher: String,
}

/// The whole bill; none when nothing moved on that day.
pub fn csv(world: &World, day: Day) -> Option<String> {
    let mut movements = movements(world);
    movements.sort_by_key(|movement| movement.at);
    let before = movements.iter().filter(|movement| day.is_after(movement.at));
    let mut balance_fen = sum_fen(before.map(|movement| movement.fen));
    let today: Vec<&Movement> = movements.iter().filter(|movement| day.holds(movement.at)).collect();
    if today.is_empty() {
        return None;
    }
    let mut text = HEADINGS.to_owned();
    for movement in &today {
        balance_fen = balance_fen.saturating_add(movement.fen);
        line(&mut text, &cells(world, movement, balance_fen));
    }
    text.push_str(TOTAL_HEADINGS);
    let incoming: Vec<i64> = today.iter().map(|it| it.fen).filter(|fen| *fen > 0).collect();
    let outgoing: Vec<i64> = today.iter().map(|it| -it.fen).filter(|fen| *fen > 0).collect();
    let totals = [
        format!("{}.0", today.len()),
        format!("{}.0", incoming.len()),
        yuan(sum_fen(incoming.iter().copied())),
        format!("{}.0", outgoing.len()),
        yuan(sum_fen(outgoing.iter().copied())),
    ];
    line(&mut text, &totals.map(Cow::Owned));
    Some(text)
}

fn movements(world: &World) -> Vec<Movement> {
    let orders = world.book.sequence.iter().filter_map(|number| world.book.orders.get(number));
    orders.flat_map(|order| of_order(world, order)).filter(|movement| movement.fen != 0).collect()
}

fn of_order(world: &World, order: &Order) -> Vec<Movement> {
    let Some(payment) = &order.payment else { return Vec::new() };
    let movement = |at, kind, fen| Movement {
        at,
        business_id: payment.transaction_id.clone(),
        name: "交易",
        kind,
        fen,
        voucher: order.out_trade_no.clone(),
    };
    let mut found = vec![
        movement(payment.paid_at, "交易", order.total_fen),
        movement(payment.paid_at, "扣除交易手续费", -fee_fen(order.total_fen)),
    ];
    let refunds = order.refunds.iter().filter_map(|number| world.book.refunds.get(number));
    for refund in refunds.filter(|refund| refund.state != RefundState::Closed) {
        // What goes back is the refund without the fee that the platform gives back.
        found.push(Movement {
            at: refund.made_at,
            business_id: refund.refund_id.clone(),
            name: "退款",
            kind: "退款",
            fen: fee_fen(refund.refund_fen) - refund.refund_fen,
            voucher: refund.out_refund_no.clone(),
        });
    }
    found
}

fn cells<'a>(world: &World, movement: &'a Movement, balance_fen: i64) -> [Cow<'a, str>; 11] {
    let about = format!("{}\n{}", movement.business_id, movement.kind);
    [
        local(movement.at).into(),
        movement.business_id.as_str().into(),
        digits(&derived(world.seed, "flow", &about), 24).into(),
        movement.name.into(),
        movement.kind.into(),
        if movement.fen > 0 { "收入" } else { "支出" }.into(),
        yuan(movement.fen.abs()).into(),
        yuan(balance_fen).into(),
        format!("{}API", world.who.mchid).into(),
        "".into(),
        movement.voucher.as_str().into(),
    ]
}
