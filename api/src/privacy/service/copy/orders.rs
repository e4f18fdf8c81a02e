//! Orders of a copy: what was booked, what it cost and who paid, what happened, what was measured, what was said about it.

use chrono::{DateTime, Utc};
use entities::{bathing_check, event, rating, vital_sign, welfare_check};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{at, masked, open, perhaps_at};
use crate::app::App;
use crate::directory::rules::catalogue::service;
use crate::kit::ids::OrderId;
use crate::kit::refusal::Fault;
use crate::privacy::rules::words::{say, yuan};
use crate::privacy::store::whole::{Meal, Visit, Whole};

/// The number of an order as people see it.
pub fn number(order: Uuid) -> String {
    OrderId(order).to_string()
}

/// A meal.
pub fn meal(app: &App, whole: &Whole, row: &Meal) -> Result<Value, Fault> {
    let order = &row.order;
    let items = whole.items.iter().filter(|item| item.order_id == order.id).map(|item| {
        json!({ "菜品": item.name, "小份": item.is_small, "份数": item.quantity, "单价（元）": yuan(item.unit_price_fen) })
    });
    Ok(json!({
        "订单编号": number(order.id),
        "食堂": row.canteen_name,
        "日期": order.served_on,
        "餐次": say("MealPeriod", order.period.as_str()),
        "方式": say("MealWay", order.way.as_str()),
        "从哪里下单": say("Channel", order.channel.as_str()),
        "状态": say("MealState", order.state.as_str()),
        "菜品": items.collect::<Vec<_>>(),
        "金额": {
            "菜价（元）": yuan(order.list_fen),
            "送餐费（元）": yuan(order.delivery_fen),
            "补贴（元）": yuan(order.subsidy_fen),
            "服务券（元）": yuan(order.voucher_fen),
            "自付（元）": yuan(order.cash_fen),
            "付款": paid(whole, order.id),
            "退款": refunded(whole, order.id),
        },
        "备注": open(app, order.note_sealed.as_deref())?,
        "下单时间": at(order.created_at),
        "结束时间": perhaps_at(order.ended_at),
        "经过": history(whole, order.id),
    }))
}

/// A visit at home.
pub fn visit(app: &App, whole: &Whole, row: &Visit) -> Result<Value, Fault> {
    let order = &row.order;
    let carers = whole.coming.iter().filter(|one| one.order_id == order.id);
    let carers: Vec<_> =
        carers.map(|one| masked(app, Some(&one.carer_name))).collect::<Result<_, Fault>>()?;
    Ok(json!({
        "订单编号": number(order.id),
        "机构": row.provider_name,
        "服务": service(&order.service_code).map_or(order.service_code.as_str(), |known| &known.zh),
        "开始时间": at(order.starts_at),
        "结束时间": at(order.ends_at),
        "从哪里下单": say("Channel", order.channel.as_str()),
        "状态": say("ServiceState", order.state.as_str()),
        "护理员": carers,
        "地址": app.seal.open(&order.address_sealed)?,
        "备注": open(app, order.note_sealed.as_deref())?,
        "服务台电话记录": order.call_reference,
        "金额": {
            "价格（元）": yuan(order.list_fen),
            "补贴（元）": yuan(order.subsidy_fen),
            "服务券（元）": yuan(order.voucher_fen),
            "自付（元）": yuan(order.cash_fen),
            "付款": paid(whole, order.id),
            "退款": refunded(whole, order.id),
        },
        "到达和离开": came(whole, order.id),
        "做了什么": done(whole, order.id),
        "助浴": bath(app, whole, order.id)?,
        "意外情况": incidents(app, whole, order.id)?,
        "回访": called(app, whole, order.id)?,
        "下单时间": at(order.created_at),
        "经过": history(whole, order.id),
    }))
}

fn paid(whole: &Whole, order: Uuid) -> Value {
    let own = whole.payments.iter().filter(|row| row.order_id == order);
    own.map(|row| {
        json!({
            "金额（元）": yuan(row.amount_fen),
            "状态": say("AttemptState", row.state.as_str()),
            "方式": if row.till_region.is_some() { "服务台现金" } else { "微信支付" },
            "时间": at(row.created_at),
        })
    })
    .collect()
}

fn refunded(whole: &Whole, order: Uuid) -> Value {
    let own = whole.refunds.iter().filter(|row| row.order_id == order);
    own.map(|row| {
        json!({
            "金额（元）": yuan(row.amount_fen),
            "状态": say("RefundState", row.state.as_str()),
            "原因": row.reason,
            "时间": at(row.requested_at),
        })
    })
    .collect()
}

/// What happened, with the words of objections and complaints.
fn history(whole: &Whole, order: Uuid) -> Value {
    let told = |row: &event::Model| json!({ "时间": at(row.happened_at), "事件": row.name, "说明": row.reason, "之后的状态": row.to_state });
    whole.events.iter().filter(|row| row.subject_id == order).map(told).collect()
}

fn came(whole: &Whole, order: Uuid) -> Value {
    let own = whole.proofs.iter().filter(|row| row.order_id == order);
    own.map(|row| {
        json!({
            "时间": at(row.server_at),
            "到离": say("ProofKind", row.kind.as_str()),
            "离家距离（米）": row.distance_m,
        })
    })
    .collect()
}

fn done(whole: &Whole, order: Uuid) -> Value {
    let own = whole.tasks.iter().filter(|row| row.order_id == order);
    own.map(|row| json!({ "项目": row.code, "完成": row.is_done, "说明": row.reason })).collect()
}

fn bath(app: &App, whole: &Whole, order: Uuid) -> Result<Value, Fault> {
    let Some(check) = whole.baths.iter().find(|row| row.order_id == order) else { return Ok(Value::Null) };
    let vitals = whole.vitals.iter().filter(|row| row.order_id == order);
    let vitals: Vec<_> = vitals.map(|row| measured(app, row)).collect::<Result<_, Fault>>()?;
    let bathing_check::Model { state, water_tenths, skin_note_sealed, started_at, ended_at, .. } = check;
    Ok(json!({
        "状态": say("BathingState", state.as_str()),
        "水温（十分之一度）": water_tenths,
        "皮肤情况": open(app, skin_note_sealed.as_deref())?,
        "开始时间": perhaps_at(*started_at),
        "结束时间": perhaps_at(*ended_at),
        "测量": vitals,
    }))
}

fn measured(app: &App, row: &vital_sign::Model) -> Result<Value, Fault> {
    use crate::dispatch::rules::bathing::Vitals;
    let values: Vitals = serde_json::from_str(&app.seal.open(&row.values_sealed)?)?;
    Ok(json!({
        "什么时候": say("VitalPhase", row.phase.as_str()),
        "测量时间": at(row.taken_at),
        "高压（毫米汞柱）": values.systolic_mmhg,
        "低压（毫米汞柱）": values.diastolic_mmhg,
        "脉搏（次每分钟）": values.pulse_per_minute,
        "体温（十分之一度）": values.temperature_tenths,
    }))
}

fn incidents(app: &App, whole: &Whole, order: Uuid) -> Result<Value, Fault> {
    let own = whole.incidents.iter().filter(|row| row.order_id == order);
    own.map(|row| {
        Ok(json!({
            "时间": at(row.noted_at),
            "情况": say("IncidentKind", row.kind.as_str()),
            "说明": app.seal.open(&row.detail_sealed)?,
        }))
    })
    .collect()
}

fn called(app: &App, whole: &Whole, order: Uuid) -> Result<Value, Fault> {
    let own = whole.calls.iter().filter(|row| row.order_id == order);
    own.map(|row| {
        Ok(json!({
            "状态": say("CallBackState", row.state.as_str()),
            "回答": open(app, row.answer_sealed.as_deref())?,
            "满意": row.is_satisfied,
            "时间": perhaps_at(row.answered_at),
        }))
    })
    .collect()
}

/// A rating with the texts before it.
pub fn rated(whole: &Whole, row: &rating::Model) -> Value {
    let earlier = whole.earlier.iter().filter(|text| text.rating_id == row.id);
    let said = |stars: i16, text: &Option<String>, moment: DateTime<Utc>| json!({ "星级": stars, "文字": text, "时间": at(moment) });
    json!({
        "订单编号": number(row.order_id),
        "现在的评价": said(row.stars, &row.text, row.changed_at.unwrap_or(row.created_at)),
        "标签": row.tags,
        "文字状态": say("TextState", row.text_state.as_str()),
        "机构回复": row.answer,
        "以前的评价": earlier.map(|text| said(text.stars, &text.text, text.replaced_at)).collect::<Vec<_>>(),
    })
}

/// Somebody looked after the elder.
pub fn looked_after(row: &welfare_check::Model) -> Value {
    json!({
        "订单编号": number(row.order_id),
        "状态": say("CheckState", row.state.as_str()),
        "开始时间": at(row.opened_at),
        "结束时间": perhaps_at(row.closed_at),
        "结果": row.outcome,
    })
}
