//! Subscription messages: consent, values, and every refusal by its name.

use serde_json::json;
use wechat::mini::{
    MiniError, SendOutcome, SubscribeMessage, TemplateKind, TemplateValue, Undeliverable, ValueError,
};
use wechat_simulator::openid_of;

use crate::bench::Bench;

const READY: &str = "TPL-meal-ready";

fn message(openid: &str) -> SubscribeMessage {
    let value = |name: &str, value| (name.to_owned(), value);
    let fields = [
        value("thing1", TemplateValue::thing("番茄炒蛋套餐").unwrap()),
        value("time2", TemplateValue::time(1_790_000_000).unwrap()),
        value("amount3", TemplateValue::amount(1234).unwrap()),
        value("phrase4", TemplateValue::phrase("可取餐").unwrap()),
        value("name5", TemplateValue::name("阿卜杜拉·艾山").unwrap()),
    ];
    fields
        .into_iter()
        .fold(SubscribeMessage::new(openid, READY).page("pages/order?id=1"), |message, (name, value)| {
            message.field(&name, value).unwrap()
        })
}

#[tokio::test]
async fn one_consent_is_one_message_and_no_consent_is_a_normal_state() {
    let bench = Bench::new().await;
    let (mini, openid) = (bench.mini(), openid_of("daughter1"));
    assert_eq!(mini.send_message(&message(&openid)).await, Ok(SendOutcome::NoConsent));
    let consent = json!({ "as": "daughter1", "template_ids": [READY], "result": "accept" });
    for _ in 0..2 {
        bench.post("/sim/consents", consent.clone()).await;
    }
    for number in ["1", "2"] {
        let sent = SendOutcome::Sent { message_id: Some(number.to_owned()) };
        assert_eq!(mini.send_message(&message(&openid)).await, Ok(sent));
    }
    assert_eq!(mini.send_message(&message(&openid)).await, Ok(SendOutcome::NoConsent));
    let inbox = bench.get("/sim/messages/daughter1").await;
    let fields = &inbox["messages"][0]["fields"];
    assert_eq!(fields[0], json!(["amount3", "12.34元"]));
    assert_eq!(fields[4], json!(["time2", "2026年9月21日 22:13"]));
}

#[tokio::test]
async fn messages_that_can_never_arrive_say_why() {
    let bench = Bench::new().await;
    let (mini, openid) = (bench.mini(), openid_of("daughter1"));
    bench.post("/sim/templates", json!({ READY: ["thing1", "time2", "amount3", "phrase4", "name5"] })).await;
    let ban = json!({ "as": "daughter1", "template_ids": [READY], "result": "ban" });
    bench.post("/sim/consents", ban).await;
    assert_eq!(mini.send_message(&message(&openid)).await, Ok(SendOutcome::NoConsent));
    let never = |why| Ok(SendOutcome::Never(why));
    assert_eq!(mini.send_message(&message("oStranger")).await, never(Undeliverable::Recipient));
    let other = SubscribeMessage::new(&openid, "TPL-other");
    assert_eq!(mini.send_message(&other).await, never(Undeliverable::Template));
    assert_eq!(mini.send_message(&message(&openid).page("/pages/x")).await, never(Undeliverable::Page));
    bench.fault(json!({ "effect": "errcode", "value": 47003, "path": "/cgi-bin/message", "times": 1 })).await;
    let unnamed = Undeliverable::Value { field: String::new() };
    assert_eq!(mini.send_message(&message(&openid)).await, never(unnamed));
}

#[tokio::test]
async fn a_lost_answer_says_that_the_message_may_have_been_sent() {
    let bench = Bench::new().await;
    let (mini, openid) = (bench.mini(), openid_of("daughter1"));
    bench
        .post("/sim/consents", json!({ "as": "daughter1", "template_ids": [READY], "result": "accept" }))
        .await;
    bench.fault(json!({ "effect": "answer_lost", "path": "/cgi-bin/message", "times": 1 })).await;
    let error = mini.send_message(&message(&openid)).await.unwrap_err();
    assert!(matches!(error, MiniError::Unavailable { may_be_done: true, .. }), "{error:?}");
    assert!(error.is_passing());
    assert_eq!(bench.calls("/cgi-bin/message").await, 1, "not repeated by itself");
}

#[test]
fn values_keep_the_limits_of_their_kinds() {
    use TemplateValue as V;
    type Case = (&'static str, fn(&str) -> Result<V, ValueError>, String, Result<&'static str, ValueError>);
    let long = |max_chars| Err(ValueError::TooLong { max_chars });
    let bad = Err(ValueError::Character);
    let cases: Vec<Case> = vec![
        ("thing", V::thing, "好".repeat(20), Ok("好好好好好好好好好好好好好好好好好好好好")),
        ("thing", V::thing, "好".repeat(21), long(20)),
        ("thing", V::thing, " ".to_owned(), Err(ValueError::Empty)),
        ("thing", V::thing, "a\nb".to_owned(), bad),
        (
            "thing_cut",
            V::thing_cut,
            "昆明市 五华区\n华山南路一百二十三号四单元五零六室".to_owned(),
            Ok("昆明市 五华区 华山南路一百二十三号四…"),
        ),
        ("letter", V::letter, "abc1".to_owned(), bad),
        ("letter", V::letter, "a".repeat(33), long(32)),
        ("symbol", V::symbol, "!!!!!!".to_owned(), long(5)),
        ("symbol", V::symbol, "a".to_owned(), bad),
        ("character_string", V::character_string, "LUNCH-0001".to_owned(), Ok("LUNCH-0001")),
        ("character_string", V::character_string, "午餐".to_owned(), bad),
        ("phone_number", V::phone_number, "+86 199-0000-0001".to_owned(), Ok("+86 199-0000-0001")),
        ("phone_number", V::phone_number, "1".repeat(18), long(17)),
        ("car_number", V::car_number, "云A12345X9".to_owned(), long(8)),
        ("name", V::name, "欧阳".to_owned(), Ok("欧阳")),
        ("name", V::name, "买买提·阿卜杜热合曼江".to_owned(), long(10)),
        ("name", V::name, "A".repeat(20), Ok("AAAAAAAAAAAAAAAAAAAA")),
        ("name", V::name, "A".repeat(21), long(20)),
        ("phrase", V::phrase, "已接单".to_owned(), Ok("已接单")),
        ("phrase", V::phrase, "已完成服务了".to_owned(), long(5)),
        ("phrase", V::phrase, "ok".to_owned(), bad),
    ];
    for (kind, make, text, expected) in cases {
        let made = make(&text);
        assert_eq!(made.as_ref().map(V::text).map_err(|error| *error), expected, "{kind} {text}");
    }
    let family = format!("{}👨‍👩‍👧", "好".repeat(19));
    assert_eq!(V::thing_cut(&family).unwrap().text(), "好".repeat(19), "emoji are left out");
    assert_eq!(V::thing_cut("❤️😀").unwrap().text(), "❤");
    assert_eq!(V::thing_cut("😀").unwrap().text(), "…", "something is said all the same");
    assert_eq!(V::thing("午餐😀"), Err(ValueError::Character));
    assert_eq!(V::thing("𠮷野家").unwrap().text(), "𠮷野家", "rare Chinese characters have four bytes too");
    let accent = format!("{}e\u{301}f", "好".repeat(18));
    assert_eq!(
        V::thing_cut(&accent).unwrap().text(),
        format!("{}…", "好".repeat(18)),
        "no letter loses its accent"
    );
    assert_eq!(V::amount(-1), Err(ValueError::OutOfRange));
    assert_eq!(V::amount(9_999_999_999).unwrap().text(), "99999999.99元");
    assert_eq!(V::amount(10_000_000_000), Err(ValueError::OutOfRange));
    assert_eq!(V::span(1_790_000_000, 1_790_003_600).unwrap().text(), "2026年9月21日 22:13~23:13");
    assert_eq!(
        V::span(1_790_000_000, 1_790_010_000).unwrap().text(),
        "2026年9月21日 22:13~2026年9月22日 01:00"
    );
    assert_eq!(V::span(2, 1), Err(ValueError::OutOfRange));
    assert_eq!(V::time(i64::MAX), Err(ValueError::OutOfRange));
    assert_eq!(V::date(1_790_000_000).unwrap().text(), "2026年9月21日");
    assert_eq!(V::number(-5).unwrap().text(), "-5");
    assert_eq!(V::one_of("早餐", &["早餐", "午餐"]).unwrap().kind(), TemplateKind::Const);
    assert_eq!(V::one_of("夜宵", &["早餐", "午餐"]), Err(ValueError::Character));
    let wrong = SubscribeMessage::new("o", "t").field("thing1", V::phrase("已接单").unwrap());
    assert_eq!(wrong.unwrap_err(), ValueError::OtherKind { kind: TemplateKind::Phrase });
    assert_eq!(TemplateKind::of_field("thing"), None);
    assert_eq!(TemplateKind::of_field("character_string12"), Some(TemplateKind::CharacterString));
}
