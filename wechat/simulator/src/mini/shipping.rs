//! Shipping management: which orders were shipped, confirmed and settled.

use serde_json::{Value, json};

use super::{Result, body_of};
use crate::{
    app::App,
    call::Call,
    clock::parse_rfc3339,
    shipments::{Shipment, ShipmentState},
    world::World,
};

/// Payments appear here about a minute after they were made.
const IMPORT_DELAY_S: i64 = 60;

/// `POST /wxa/sec/order/is_trade_managed`.
pub fn is_managed(app: &App, _: &Call) -> Result<Value> {
    Ok(json!({ "errcode": 0, "errmsg": "ok", "is_trade_managed": app.world().settings.trade_managed }))
}

/// `POST /wxa/sec/order/is_trade_management_confirmation_completed`.
pub fn is_confirmed(_: &App, _: &Call) -> Result<Value> {
    Ok(json!({ "errcode": 0, "errmsg": "ok", "completed": true }))
}

/// Calls that only change what phones show.
pub fn noted(_: &App, call: &Call) -> Result<Value> {
    body_of(call)?;
    Ok(json!({ "errcode": 0, "errmsg": "ok" }))
}

/// `POST /wxa/sec/order/upload_shipping_info`.
pub fn upload(app: &App, call: &Call) -> Result<Value> {
    let body = body_of(call)?;
    let mut world = app.world();
    let number = known_order(&world, &body["order_key"])?;
    let shipment = read(&world, &number, &body)?;
    let now = world.now();
    world.ship(&number, shipment, now)?;
    Ok(json!({ "errcode": 0, "errmsg": "ok" }))
}

fn read(world: &World, number: &str, body: &Value) -> Result<Shipment> {
    let way = body["logistics_type"].as_i64().filter(|way| (1..=4).contains(way)).ok_or(268_485_194_i64)?;
    let items = body["shipping_list"].as_array().map_or(&[][..], Vec::as_slice);
    let has_text = |item: &Value| {
        item["item_desc"].as_str().is_some_and(|text| (1..=120).contains(&text.chars().count()))
    };
    let is_whole = body["delivery_mode"] == json!(1);
    if items.is_empty() || items.len() > 15 || (is_whole && items.len() != 1) || !items.iter().all(has_text) {
        return Err(268_485_228);
    }
    let uploaded_at = body["upload_time"].as_str().and_then(parse_rfc3339).ok_or(268_485_194_i64)?;
    let payer = world.book.orders.get(number).map(|order| order.openid.as_str());
    if body["payer"]["openid"].as_str() != payer {
        return Err(268_485_216);
    }
    Ok(Shipment {
        way,
        items: items.iter().filter_map(|item| item["item_desc"].as_str().map(str::to_owned)).collect(),
        uploaded_at,
        state: ShipmentState::Shipped,
        is_corrected: false,
        is_reminded: false,
    })
}

/// `POST /wxa/sec/order/get_order`.
pub fn order(app: &App, call: &Call) -> Result<Value> {
    let body = body_of(call)?;
    let world = app.world();
    let number = known_order(&world, &body)?;
    Ok(json!({ "errcode": 0, "errmsg": "ok", "order": view(&world, &number) }))
}

/// `POST /wxa/sec/order/get_order_list`, with `order_state` and `page_size`; one page.
pub fn orders(app: &App, call: &Call) -> Result<Value> {
    let body = body_of(call)?;
    let world = app.world();
    let size = body["page_size"].as_u64().unwrap_or(100).min(1000);
    let fits = |view: &Value| body["order_state"].is_null() || view["order_state"] == body["order_state"];
    let paid = world.book.sequence.iter().filter(|number| is_imported(&world, number));
    let list: Vec<Value> = paid
        .map(|number| view(&world, number))
        .filter(fits)
        .take(usize::try_from(size).unwrap_or(100))
        .collect();
    Ok(json!({ "errcode": 0, "errmsg": "ok", "order_list": list, "has_more": false }))
}

/// `POST /wxa/sec/order/notify_confirm_receive`: once per order.
pub fn remind_receiver(app: &App, call: &Call) -> Result<Value> {
    let body = body_of(call)?;
    let mut world = app.world();
    let number = known_order(&world, &body)?;
    let shipment = world.shipments.get_mut(&number).ok_or(10_060_004_i64)?;
    if shipment.state != ShipmentState::Shipped || std::mem::replace(&mut shipment.is_reminded, true) {
        return Err(10_060_004);
    }
    Ok(json!({ "errcode": 0, "errmsg": "ok" }))
}

/// The order's number; payments of the last minute are not there yet.
fn known_order(world: &World, key: &Value) -> Result<String> {
    let text = |name: &str| key[name].as_str();
    let number = match text("transaction_id") {
        Some(id) => world.book.transactions.get(id).cloned(),
        None => text("out_trade_no").or_else(|| text("merchant_trade_no")).map(str::to_owned),
    };
    number.filter(|number| is_imported(world, number)).ok_or(10_060_001)
}

fn is_imported(world: &World, number: &str) -> bool {
    let paid_at = world.book.orders.get(number).and_then(|order| order.payment.as_ref()).map(|it| it.paid_at);
    paid_at.is_some_and(|at| world.now() - at >= IMPORT_DELAY_S)
}

fn view(world: &World, number: &str) -> Value {
    let order = world.book.orders.get(number);
    let payment = order.and_then(|order| order.payment.as_ref());
    json!({
        "transaction_id": payment.map(|it| it.transaction_id.as_str()),
        "merchant_id": world.who.mchid,
        "merchant_trade_no": number,
        "description": order.map(|order| order.description()),
        "paid_amount": order.map(|order| order.total_fen),
        "openid": order.map(|order| order.openid.as_str()),
        "pay_time": payment.map(|it| it.paid_at),
        "order_state": world.shipping_state(number),
        "in_complaint": false,
    })
}
