//! Reasons in Chinese sentences, for the elder and his family.

use super::facts::AgeCounts;
use super::field::{Field, Kind, Value};
use super::place::region_name;
use super::predicate::{Op, Reason, Test, Truth};
use super::programme::{AmountKind, Item, Kind as Gives, Per, Programme, Refusal, Verdict};
use crate::kit::fen::Fen;

/// A value in the words of people, regions by name.
pub fn say(field: &Field, value: &Value) -> String {
    match (field.kind, value) {
        (Kind::Region, Value::Text(code)) => region_name(code).to_owned(),
        _ => field.say(value),
    }
}

/// What is asked of one fact: "年龄须满80周岁".
fn demand(test: &Test) -> String {
    let name = &test.field.zh;
    let wanted: Vec<String> = test.wanted.iter().map(|value| say(test.field, value)).collect();
    let listed = wanted.join("、");
    match (test.op, wanted.len()) {
        (Op::Gte, _) if test.field.code == "age" => format!("{name}须满{listed}"),
        (Op::Gte, _) => format!("{name}须不低于{listed}"),
        (Op::Lte, _) => format!("{name}须不超过{listed}"),
        (Op::Eq, _) => format!("{name}须为“{listed}”"),
        (Op::In, 1) => format!("{name}须为“{listed}”"),
        (Op::In, _) => format!("{name}须为{listed}之一"),
        (Op::Contains, _) => format!("{name}须包括{listed}"),
        (Op::ContainsAny, _) => format!("{name}须包括{listed}之一"),
        (Op::Under, _) => format!("{name}须在{listed}"),
        (Op::Exists, _) => format!("须有{name}"),
    }
}

/// One reason: "年龄须满80周岁，现为79周岁，不符合".
pub fn reason(reason: &Reason<'_>) -> String {
    let demand = demand(reason.test);
    match (&reason.found, reason.fits) {
        (Some(found), Truth::Yes) => format!("{demand}，现为{}，符合", say(reason.test.field, found)),
        (Some(found), _) => format!("{demand}，现为{}，不符合", say(reason.test.field, found)),
        (None, _) => format!("{demand}，尚无资料"),
    }
}

/// Yuan with at most two digits after the point: 12,000 fen are "120元", 950 are "9.5元".
pub fn yuan(fen: Fen) -> String {
    let (whole, part) = (fen.get() / 100, fen.get() % 100);
    let digits = format!("{part:02}");
    match digits.trim_end_matches('0') {
        "" => format!("{whole}元"),
        digits => format!("{whole}.{digits}元"),
    }
}

fn names(fields: &[&Field]) -> String {
    fields.iter().map(|field| field.zh.as_str()).collect::<Vec<_>>().join("、")
}

fn refused(programme: &Programme, refusal: Refusal, region_code: &str) -> String {
    match refusal {
        Refusal::SwitchedOff => "该项目尚未启用。".to_owned(),
        Refusal::NotInForce => "该项目在这一天尚未开始或已经结束。".to_owned(),
        Refusal::AreaNotInProgramme => {
            let out = programme.area.excluded.iter().find(|part| region_code.starts_with(&part.region));
            match out {
                Some(part) => format!("不在该项目的实施范围内：{}（文件原文：{}）。", part.name, part.quote),
                None => "不在该项目的实施范围内。".to_owned(),
            }
        }
    }
}

/// What is given: "每月100元", "每月不低于60元", or the promise of the document.
fn given(programme: &Programme, item: &Item, verdict: &Verdict<'_>) -> String {
    let per = if item.per == Per::Meal { "每餐" } else { "每月" };
    let kind = verdict.tier.and_then(|tier| tier.amount.as_ref()).map(|amount| amount.kind);
    match (&programme.kind, verdict.amount, kind) {
        (Gives::Percent { percent, .. }, Some(cap), _) => {
            format!("按{}%抵扣，{per}最高{}", percent.0, yuan(cap))
        }
        (_, Some(amount), Some(AmountKind::AtLeast)) => format!("{per}不低于{}", yuan(amount)),
        (_, Some(amount), _) => format!("{per}{}", yuan(amount)),
        (_, None, _) => item.standard.clone(),
    }
}

/// The whole answer in a sentence or two. `region_code`: where the elder lives.
pub fn answer(programme: &Programme, item: &Item, verdict: &Verdict<'_>, region_code: &str) -> String {
    if let Some(refusal) = verdict.refusal {
        return refused(programme, refusal, region_code);
    }
    if let Some(name) = verdict.excluded_by {
        return format!("不能享受：与“{name}”不能同时享受。");
    }
    if verdict.is_entitled {
        let given = given(programme, item, verdict);
        return match verdict.missing.as_slice() {
            [] => format!("可以享受：{given}。"),
            missing => format!("可以享受：{given}。补充以下资料后标准可能更高：{}。", names(missing)),
        };
    }
    if verdict.is_open() {
        return format!("还不能确定，缺少以下资料：{}。请向社区补充。", names(&verdict.missing));
    }
    let first_day = match item.age_counts {
        AgeCounts::OnTheFirst if verdict.why.iter().any(|why| why.test.field.code == "age") => {
            "（年龄按当月1日计算）"
        }
        _ => "",
    };
    let why: Vec<String> = nearest(&verdict.why).map(reason).collect();
    format!("暂不符合条件：{}{first_day}。", why.join("；"))
}

/// Of several steps that ask for so much of the same, the lowest is told.
fn nearest<'a, 'b>(why: &'a [Reason<'b>]) -> impl Iterator<Item = &'a Reason<'b>> {
    let least = |reason: &Reason<'_>| match (reason.test.op, reason.test.wanted.first()) {
        (Op::Gte, Some(Value::Number(least))) => Some(*least),
        _ => None,
    };
    why.iter().filter(move |reason| {
        let lower = |other: &&Reason<'_>| {
            other.test.field == reason.test.field
                && least(other).is_some_and(|other| Some(other) < least(reason))
        };
        least(reason).is_none() || !why.iter().any(|other| lower(&other))
    })
}

/// How and where to apply.
pub fn how_to_apply(item: &Item) -> String {
    format!("{}。受理部门：{}。", item.manner, item.departments.join("、"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rights::rules::facts::Facts;
    use crate::rights::rules::programme::{evaluate_item, shipped};

    fn told(programme: usize, no: usize, birth: &str, pairs: &[(&str, Value)]) -> String {
        let on: chrono::NaiveDate = "2026-06-15".parse().unwrap();
        let region = if programme == 0 { "530111004009" } else { "530115001" };
        let mut facts = Facts::new(on, birth.parse().unwrap(), region);
        for (field, value) in pairs {
            facts.set(field, value.clone());
        }
        let programme = shipped().iter().nth(programme).unwrap();
        let item = &programme.items[no - 1];
        answer(programme, item, &evaluate_item(programme, item, &facts, on), region)
    }

    #[test]
    fn an_elders_daughter_understands_the_answer() {
        let hukou = ("hukou_region", Value::Text("530115001".into()));
        let empty_nest = ("household_type", Value::Text("empty_nest".into()));
        let cases = [
            (1, 1, "1944-03-01", vec![hukou.clone()], "可以享受：每月不低于60元。"),
            (
                1,
                1,
                "1946-06-15",
                vec![hukou.clone()],
                "暂不符合条件：年龄须满80周岁，现为79周岁，不符合（年龄按当月1日计算）。",
            ),
            (1, 1, "1944-03-01", vec![], "还不能确定，缺少以下资料：户籍地。请向社区补充。"),
            (
                1,
                1,
                "1944-03-01",
                vec![("hukou_region", Value::Text("530111".into()))],
                "暂不符合条件：户籍地须在晋宁区，现为官渡区，不符合。",
            ),
            (1, 4, "1944-03-01", vec![], "可以享受：按所在地老年幸福食堂餐饮服务标准。"),
            (
                0,
                1,
                "1944-03-01",
                vec![empty_nest],
                "可以享受：每月100元。补充以下资料后标准可能更高：护理需要、能力评估等级、居住方式、人员类别、生活自理、\
                 市区内有子女照顾、残疾等级。",
            ),
            (2, 1, "1990-01-01", vec![], "暂不符合条件：年龄须满60周岁，现为36周岁，不符合。"),
            (3, 1, "1944-03-01", vec![], "该项目尚未启用。"),
        ];
        for (programme, no, birth, pairs, wanted) in cases {
            assert_eq!(told(programme, no, birth, &pairs), wanted);
        }
        assert_eq!(
            how_to_apply(&shipped().find("jinning_basic_service_list").unwrap().items[21]),
            "依申请提供。受理部门：区民政局、区财政局。"
        );
        assert_eq!((yuan(Fen::new(950)), yuan(Fen::new(91_002))), ("9.5元".into(), "910.02元".into()));
    }
}
