//! What happens to shipped orders: confirmation by the payer, or by time, and settlement.

use serde_json::json;

use crate::{
    bounds::sum_fen,
    order::RefundState,
    world::{Task, World},
};

/// After shipping, time confirms: two days, ten for express.
const SETTLES_AFTER_S: i64 = 2 * 86_400;
const EXPRESS_SETTLES_AFTER_S: i64 = 10 * 86_400;
/// An order that is not shipped by then brings a reminder.
pub const REMIND_AFTER_S: i64 = 48 * 3600;

/// Where a shipment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShipmentState {
    /// On its way.
    Shipped,
    /// Confirmed by the payer or by time, and settled.
    Received,
}

/// What the merchant told about an order.
#[derive(Clone, Debug)]
pub struct Shipment {
    /// 1 express, 2 same city, 3 virtual, 4 pick-up.
    pub way: i64,
    /// What, for the payer.
    pub items: Vec<String>,
    /// By the merchant's clock, unix seconds.
    pub uploaded_at: i64,
    /// Where it stands.
    pub state: ShipmentState,
    /// Whether the one correction is used up.
    pub is_corrected: bool,
    /// Whether the payer was asked to confirm.
    pub is_reminded: bool,
}

impl World {
    /// Takes a shipment, or the one correction of it. Refuses with the platform's error code.
    pub fn ship(&mut self, number: &str, mut shipment: Shipment, now: i64) -> Result<(), i64> {
        if self.is_refunded(number) {
            return Err(10_060_004);
        }
        if let Some(before) = self.shipments.get(number) {
            if before.state != ShipmentState::Shipped {
                return Err(10_060_004);
            }
            if before.is_corrected {
                return Err(10_060_003);
            }
            // The later upload counts; the same again says nothing new.
            if shipment.uploaded_at <= before.uploaded_at || shipment.items == before.items {
                return Err(10_060_002);
            }
            shipment.is_corrected = true;
        }
        let after_s = if shipment.way == 1 { EXPRESS_SETTLES_AFTER_S } else { SETTLES_AFTER_S };
        self.shipments.insert(number.to_owned(), shipment);
        self.plan(now + after_s, Task::SettleShipment(number.to_owned()));
        Ok(())
    }

    /// The payer confirms, or time does: the money is settled, and the merchant is told.
    pub fn settle_shipment(&mut self, number: &str, at: i64, is_by_hand: bool) -> bool {
        let Some(shipment) = self.shipments.get_mut(number) else { return false };
        if shipment.state != ShipmentState::Shipped {
            return false;
        }
        shipment.state = ShipmentState::Received;
        let shipped_at = shipment.uploaded_at;
        let Some(order) = self.book.orders.get(number) else { return false };
        let openid = order.openid.clone();
        let told = json!({
            "transaction_id": order.payment.as_ref().map(|it| it.transaction_id.as_str()),
            "merchant_id": self.who.mchid,
            "merchant_trade_no": number,
            "pay_time": order.payment.as_ref().map(|it| it.paid_at),
            "shipped_time": shipped_at,
            "estimated_settlement_time": at,
            "confirm_receive_method": if is_by_hand { 1 } else { 2 },
            "confirm_receive_time": at,
            "settlement_time": at,
        });
        self.push_event(&openid, "trade_manage_order_settlement", told);
        true
    }

    /// Reminds of an order that nobody shipped.
    pub fn remind_shipping(&mut self, number: &str) {
        let is_due = self.settings.trade_managed && !self.shipments.contains_key(number);
        let Some(order) = self.book.orders.get(number).filter(|_| is_due && !self.is_refunded(number)) else {
            return;
        };
        let openid = order.openid.clone();
        let told = json!({
            "transaction_id": order.payment.as_ref().map(|it| it.transaction_id.as_str()),
            "merchant_id": self.who.mchid,
            "merchant_trade_no": number,
            "pay_time": order.payment.as_ref().map(|it| it.paid_at),
            "msg": "该订单已支付超过 48 小时，请尽快录入发货信息",
        });
        self.push_event(&openid, "trade_manage_remind_shipping", told);
    }

    /// `order_state` of shipping management.
    pub fn shipping_state(&self, number: &str) -> i64 {
        if self.is_refunded(number) {
            return 5;
        }
        match self.shipments.get(number).map(|shipment| shipment.state) {
            None => 1,
            Some(ShipmentState::Shipped) => 2,
            Some(ShipmentState::Received) => 4,
        }
    }

    /// Whether all of the money went back.
    fn is_refunded(&self, number: &str) -> bool {
        let Some(order) = self.book.orders.get(number) else { return false };
        let refunds = order.refunds.iter().filter_map(|number| self.book.refunds.get(number));
        let done = refunds.filter(|refund| refund.state == RefundState::Success);
        sum_fen(done.map(|refund| refund.refund_fen)) >= order.total_fen
    }
}
