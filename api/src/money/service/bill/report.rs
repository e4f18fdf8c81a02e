//! A day's differences as CSV in UTF-8 with a byte order mark, amounts in yuan, times in Asia/Shanghai.

use chrono_tz::Asia::Shanghai;
use entities::bill_case::Model;
use entities::enums::{BillCaseKind as Kind, BillCaseState as State, BillOwner};

use crate::kit::fen::Fen;
use crate::kit::ids::OrderId;
use crate::kit::refusal::Fault;
use crate::money::store::bill::Unlisted;

const HEAD: [&str; 10] = [
    "账单日期",
    "差异",
    "商户单号",
    "订单号",
    "本系统（元）",
    "账单（元）",
    "负责",
    "状态",
    "了结时间",
    "查明情况",
];

const fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::PaymentUnknown => "账单有支付，本系统没有这个单号",
        Kind::PaymentNotHere => "账单已支付，本系统未入账",
        Kind::PaymentNotThere => "本系统已入账，账单没有",
        Kind::PaymentAmount => "支付金额不一致",
        Kind::PaymentTwice => "账单重复支付",
        Kind::PaymentNumber => "支付的微信单号不一致",
        Kind::PaymentState => "账单支付状态不是成功",
        Kind::RefundUnknown => "账单有退款，本系统没有这个单号",
        Kind::RefundNotHere => "账单已退款，本系统未发起或已关闭",
        Kind::RefundNotThere => "本系统已退款，账单没有",
        Kind::RefundAmount => "退款金额不一致",
        Kind::RefundTwice => "账单重复退款",
        Kind::RefundState => "退款结果与微信所述不一致",
        Kind::RefundNumber => "退款的微信单号不一致",
        Kind::Ledger => "支付与总账不一致",
        Kind::Net => "资金流水与交易账单不一致",
        Kind::BillUnread => "当日账单未能取得或读取",
    }
}

const fn owner(owner: BillOwner) -> &'static str {
    match owner {
        BillOwner::Desk => "服务台",
        BillOwner::Office => "民政部门",
    }
}

const fn state(state: State) -> &'static str {
    match state {
        State::Open => "待查",
        State::Healed => "已自动对平",
        State::Closed => "已查明",
    }
}

/// The report; the first row names the columns, the last ones say how many differences are not listed, by kind.
pub fn report(cases: &[Model], unlisted: &[Unlisted]) -> Result<Vec<u8>, Fault> {
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    let written = |error: csv::Error| Fault::new(error.to_string());
    let yuan = |fen: Option<i64>| fen.map_or_else(String::new, |fen| Fen::new(fen).to_string());
    writer.write_record(HEAD).map_err(written)?;
    for case in cases {
        let ended = case.ended_at.map(|at| at.with_timezone(&Shanghai).format("%Y-%m-%d %H:%M").to_string());
        let cells = [
            case.day_on.to_string(),
            word(case.kind).to_owned(),
            case.number.clone(),
            case.order_id.map_or_else(String::new, |id| OrderId(id).to_string()),
            yuan(case.ours_fen),
            yuan(case.theirs_fen),
            owner(case.owner).to_owned(),
            state(case.state).to_owned(),
            ended.unwrap_or_default(),
            case.note.clone().unwrap_or_default(),
        ];
        writer.write_record(cells).map_err(written)?;
    }
    for more in unlisted {
        let mut cells = [const { String::new() }; HEAD.len()];
        cells[0] = more.day_on.to_string();
        cells[1] = word(more.kind).to_owned();
        cells[2] = format!("另有 {} 条未列出", more.count);
        writer.write_record(cells).map_err(written)?;
    }
    writer.into_inner().map_err(|error| Fault::new(error.to_string()))
}
