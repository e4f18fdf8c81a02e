//! The copy of everything that is kept about an elder: one JSON document with Chinese keys. Times are those of Asia/Shanghai;
//! amounts are in yuan with two decimals; other people appear by their masked names.

mod orders;

use chrono::{DateTime, Utc};
use chrono_tz::Asia::Shanghai;
use entities::{assessment, consent, elder, elder_fact, fact_correction};
use serde_json::{Value, json};

use crate::app::App;
use crate::directory::store::region;
use crate::kit::ids::ElderId;
use crate::kit::refusal::Fault;
use crate::kit::viewer::SignedIn;
use crate::people::rules::access::{self, ON_REQUEST, field_words, purpose_words, relation_words};
use crate::people::rules::{Scope, Scopes, mask_name};
use crate::people::store::record_access;
use crate::privacy::rules::words::{say, yuan};
use crate::privacy::store::whole::{self, Bound, Whole};
use crate::rights::rules::field::field;
use crate::rights::rules::sentence;
use crate::rights::service::fact::opened_row;

/// A moment as people write it.
fn at(moment: DateTime<Utc>) -> String {
    moment.with_timezone(&Shanghai).format("%Y-%m-%d %H:%M:%S").to_string()
}

fn perhaps_at(moment: Option<DateTime<Utc>>) -> Value {
    moment.map_or(Value::Null, |moment| at(moment).into())
}

/// A sealed text, opened.
fn open(app: &App, sealed: Option<&str>) -> Result<Option<String>, Fault> {
    app.seal.open_optional(sealed)
}

/// A sealed name of somebody else, masked.
fn masked(app: &App, sealed: Option<&str>) -> Result<Option<String>, Fault> {
    Ok(open(app, sealed)?.as_deref().map(mask_name))
}

/// Applies one shape to every row.
fn each<T>(rows: &[T], shape: impl Fn(&T) -> Result<Value, Fault>) -> Result<Value, Fault> {
    Ok(Value::Array(rows.iter().map(shape).collect::<Result<_, _>>()?))
}

/// Everything about the elder, with a record of the reading.
pub async fn of(app: &App, who: &SignedIn, elder: &elder::Model) -> Result<String, Fault> {
    let pair = (ElderId(elder.id), who.person);
    let what = (access::Field::Everything, ON_REQUEST);
    record_access(app.db.write(), app.ids.next(), pair, what, app.clock.now()).await?;
    let whole = whole::of(app.db.write(), elder.id).await?;
    let document = json!({
        "说明": {
            "内容": "本平台保存的这位老人的全部资料",
            "生成时间": at(app.clock.now()),
            "时间": "北京时间",
            "金额单位": "元",
            "依据": "《个人信息保护法》第四十五条"
        },
        "基本资料": master(app, elder).await?,
        "家属关系": each(&whole.bonds, |row| bond(app, row))?,
        "档案": each(&whole.facts, |row| fact(app, row))?,
        "档案更正": each(&whole.corrections, |row| correction(app, row))?,
        "能力评估": each(&whole.assessments, |row| assessed(app, row))?,
        "待遇": enrolments(app, &whole),
        "服务券": vouchers(&whole),
        "同意": each(&whole.consents, |row| Ok(said(row)))?,
        "助餐": each(&whole.meals, |row| orders::meal(app, &whole, row))?,
        "上门服务": each(&whole.visits, |row| orders::visit(app, &whole, row))?,
        "评价": each(&whole.ratings, |row| Ok(orders::rated(&whole, row)))?,
        "紧急求助": each(&whole.help_calls, |row| Ok(json!({
            "时间": at(row.called_at),
            "按了几次": row.presses,
            "服务台处理时间": perhaps_at(row.seen_at),
            "怎么处理的": app.seal.open_optional(row.note_sealed.as_deref())?,
        })))?,
        "关怀": each(&whole.checks, |row| Ok(orders::looked_after(row)))?,
        "资料申请": each(&whole.requests, |row| Ok(json!({
            "申请": say("PrivacyKind", row.kind.as_str()),
            "状态": say("PrivacyState", row.state.as_str()),
            "谁申请的": say("SignedAs", row.asked_as.as_str()),
            "纸质存放编号": row.paper_reference,
            "申请时间": at(row.asked_at),
            "办结时间": perhaps_at(row.ended_at),
        })))?,
        "谁看过我的资料": each(&whole.accesses, |row| Ok(json!({
            "时间": at(row.accessed_at),
            "看了什么": field_words(&row.field),
            "为什么": purpose_words(&row.purpose),
        })))?,
    });
    Ok(serde_json::to_string_pretty(&document)?)
}

async fn master(app: &App, row: &elder::Model) -> Result<Value, Fault> {
    let place = row.latitude_e6.zip(row.longitude_e6);
    let home = region(app.db.read(), &row.region_code).await?;
    Ok(json!({
        "编号": ElderId(row.id).to_string(),
        "姓名": app.seal.open(&row.name_sealed)?,
        "出生日期": row.birth_on,
        "性别": say("Sex", row.sex.as_str()),
        "电话": open(app, row.phone_sealed.as_deref())?,
        "身份证号": open(app, row.id_number_sealed.as_deref())?,
        "有服务卡": row.card_index.is_some(),
        "地址": open(app, row.address_sealed.as_deref())?,
        "位置（百万分之一度）": place.map(|(latitude, longitude)| json!({ "纬度": latitude, "经度": longitude })),
        "所在地区": { "代码": row.region_code, "名称": home.map(|home| home.name) },
        "忌口和过敏": open(app, row.dietary_sealed.as_deref())?,
        "有自己的账号": row.person_id.is_some(),
        "登记时间": at(row.created_at),
    }))
}

const fn may(scope: Scope) -> &'static str {
    match scope {
        Scope::ViewOrders => "看订单",
        Scope::Book => "下单",
        Scope::Pay => "付款",
        Scope::SeeHealth => "看健康资料",
        Scope::Decide => "代为决定",
    }
}

fn bond(app: &App, row: &Bound) -> Result<Value, Fault> {
    let scopes = Scopes::from_bits(row.bond.scopes).list();
    let words: Vec<&str> = scopes.into_iter().map(may).collect();
    Ok(json!({
        "姓名": masked(app, row.bound_name.as_deref())?,
        "关系": relation_words(row.bond.relation),
        "状态": say("BondState", row.bond.state.as_str()),
        "可以": words,
        "开始时间": at(row.bond.started_at),
        "结束时间": perhaps_at(row.bond.ended_at),
    }))
}

fn fact(app: &App, row: &elder_fact::Model) -> Result<Value, Fault> {
    let (value, source) = opened_row(app, row)?;
    let known = field(&row.field);
    Ok(json!({
        "项目": known.map_or(&row.field, |field| &field.zh),
        "内容": known.map(|field| sentence::say(field, &value)),
        "来源": source,
        "开始日期": row.from_on,
        "结束日期": row.valid_until,
        "登记时间": at(row.entered_at),
        "现行": row.superseded_by.is_none(),
    }))
}

fn correction(app: &App, row: &fact_correction::Model) -> Result<Value, Fault> {
    Ok(json!({
        "项目": field(&row.field).map_or(&row.field, |field| &field.zh),
        "要求": app.seal.open(&row.words_sealed)?,
        "状态": say("CorrectionState", row.state.as_str()),
        "申请时间": at(row.asked_at),
        "答复": open(app, row.answer_sealed.as_deref())?,
        "答复时间": perhaps_at(row.answered_at),
    }))
}

fn assessed(app: &App, row: &assessment::Model) -> Result<Value, Fault> {
    let answers: Option<Value> = open(app, row.answers_sealed.as_deref())?
        .map(|answers| serde_json::from_str(&answers))
        .transpose()?;
    Ok(json!({
        "状态": say("AssessmentState", row.state.as_str()),
        "申请或登记时间": at(row.entered_at),
        "评估日期": row.assessed_on,
        "有效期至": row.valid_until,
        "得分（0到90分）": row.score,
        "等级": row.level.map(|level| say("AbilityLevel", level.as_str())),
        "不宜助浴": row.has_contraindication,
        "备注": open(app, row.note_sealed.as_deref())?,
        "告知对象": open(app, row.told_sealed.as_deref())?,
        "逐项评分": answers,
    }))
}

fn enrolments(app: &App, whole: &Whole) -> Value {
    let shape = |row: &entities::programme_enrolment::Model| {
        let programme = app.programmes.find(&row.programme);
        let item = programme.and_then(|found| found.items.iter().find(|item| item.code == row.item));
        json!({
            "待遇": programme.map_or(&row.programme, |found| &found.name),
            "项目": item.map_or(&row.item, |item| &item.name),
            "开始月份": row.from_month.format("%Y-%m").to_string(),
            "最后月份": row.until_month.map(|month| month.format("%Y-%m").to_string()),
            "依据": row.source,
            "状态": say("EnrolmentState", row.state.as_str()),
            "批准时间": at(row.decided_at),
        })
    };
    whole.enrolments.iter().map(shape).collect()
}

fn vouchers(whole: &Whole) -> Value {
    let uses = |grant: uuid::Uuid| -> Value {
        let own = whole.uses.iter().filter(|used| used.grant_id == grant);
        own.map(|used| {
            json!({
                "订单编号": orders::number(used.order_id),
                "占用（元）": yuan(used.taken_fen),
                "已核销（元）": yuan(used.redeemed_fen),
                "退回（元）": yuan(used.released_fen + used.returned_fen),
            })
        })
        .collect()
    };
    let shape = |row: &entities::voucher_grant::Model| {
        json!({
            "月份": row.month_on.format("%Y-%m").to_string(),
            "档次": row.tier,
            "状态": say("VoucherState", row.state.as_str()),
            "发放（元）": yuan(row.granted_fen),
            "可用（元）": yuan(row.available_fen),
            "占用（元）": yuan(row.reserved_fen),
            "已核销（元）": yuan(row.redeemed_fen),
            "过期（元）": yuan(row.lapsed_fen),
            "收回（元）": yuan(row.returned_fen),
            "使用": uses(row.id),
        })
    };
    whole.vouchers.iter().map(shape).collect()
}

fn said(row: &consent::Model) -> Value {
    json!({
        "用途": say("ConsentPurpose", row.purpose.as_str()),
        "意见": if row.is_given { "同意" } else { "不同意" },
        "谁签的": say("SignedAs", row.signed_as.as_str()),
        "文本版本": row.text_version,
        "文本指纹（SHA-256）": row.text_sha256,
        "纸质存放编号": row.paper_reference,
        "签署时间": at(row.signed_at),
        "有效期至": perhaps_at(row.valid_until),
        "收回时间": perhaps_at(row.withdrawn_at),
    })
}
