//! What is refused before anything is sent, and the bytes of what is not.

use serde_json::Value;
use wechat::Secret;
use wechat::pay::{InvalidReason, Pay, PayConfig, Prepay, RefundRequest};

use crate::support::{Clock, NOW, config, pay};

fn client() -> Pay {
    pay(&["http://127.0.0.1:9".to_owned()])
}

fn prepay() -> Prepay {
    Prepay {
        description: "午餐 标准套餐".to_owned(),
        out_trade_no: "meal-0001".to_owned(),
        expires_at: NOW + 900,
        total_fen: 1500,
        openid: "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o".to_owned(),
        attach: None,
    }
}

fn refund() -> RefundRequest {
    RefundRequest {
        out_trade_no: "meal-0001".to_owned(),
        out_refund_no: "meal-0001@1".to_owned(),
        reason: "取消用餐".to_owned(),
        refund_fen: 500,
        total_fen: 1500,
    }
}

#[test]
fn a_frozen_prepay_has_every_field_and_no_null() {
    let frozen = client().freeze_prepay(&prepay()).unwrap();
    let expected = r#"{"appid":"wxsim0000000000001","mchid":"1900000001","description":"午餐 标准套餐","out_trade_no":"meal-0001","time_expire":"2025-10-09T17:08:20+08:00","notify_url":"https://example.org/wechat/pay","amount":{"total":1500,"currency":"CNY"},"payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}"#;
    assert_eq!(frozen, expected);
    let with_attach = Prepay { attach: Some("a1".to_owned()), ..prepay() };
    let frozen: Value = serde_json::from_str(&client().freeze_prepay(&with_attach).unwrap()).unwrap();
    assert_eq!(frozen["attach"], "a1");
}

#[test]
fn a_frozen_refund_names_the_whole_amount_and_the_part() {
    let expected = r#"{"out_trade_no":"meal-0001","out_refund_no":"meal-0001@1","reason":"取消用餐","notify_url":"https://example.org/wechat/refund","amount":{"refund":500,"total":1500,"currency":"CNY"}}"#;
    assert_eq!(client().freeze_refund(&refund()).unwrap(), expected);
}

#[test]
fn what_the_platform_or_its_bill_cannot_carry_is_refused_here() {
    use InvalidReason::{Character, OutOfRange, TooLong, TooShort};
    let text = |text: &str| Prepay { description: text.to_owned(), ..prepay() };
    let number = |number: &str| Prepay { out_trade_no: number.to_owned(), ..prepay() };
    let expires = |s: i64| Prepay { expires_at: s, ..prepay() };
    let cases = [
        (text(""), "description", TooShort),
        (text(&"餐".repeat(43)), "description", TooLong { max_bytes: 127 }),
        (text("午餐😀"), "description", Character),
        (text("𠮷野家"), "description", Character),
        (text("a,b"), "description", Character),
        (text("a`b"), "description", Character),
        (text("a\nb"), "description", Character),
        (Prepay { attach: Some("a,b".to_owned()), ..prepay() }, "attach", Character),
        (Prepay { attach: Some(String::new()), ..prepay() }, "attach", TooShort),
        (number("12345"), "out_trade_no", TooShort),
        (number(&"1".repeat(33)), "out_trade_no", TooLong { max_bytes: 32 }),
        (number("meal@0001"), "out_trade_no", Character),
        (Prepay { total_fen: 0, ..prepay() }, "total_fen", OutOfRange),
        (Prepay { total_fen: i64::MAX, ..prepay() }, "total_fen", OutOfRange),
        (expires(NOW + 59), "expires_at", OutOfRange),
        (expires(i64::MAX), "expires_at", OutOfRange),
        (expires(i64::MIN), "expires_at", OutOfRange),
        (Prepay { openid: String::new(), ..prepay() }, "openid", TooShort),
    ];
    for (prepay, field, reason) in cases {
        let refused = client().freeze_prepay(&prepay).unwrap_err();
        assert_eq!((refused.field, refused.reason), (field, reason), "{prepay:?}");
    }
}

#[test]
fn a_refund_cannot_be_more_than_the_order_or_nothing() {
    let of = |refund_fen| RefundRequest { refund_fen, ..refund() };
    for refund_fen in [0, -1, 1501] {
        assert_eq!(client().freeze_refund(&of(refund_fen)).unwrap_err().field, "refund_fen");
    }
    let long = RefundRequest { out_refund_no: "1".repeat(65), ..refund() };
    assert_eq!(client().freeze_refund(&long).unwrap_err().field, "out_refund_no");
    let emoji = RefundRequest { reason: "😀".to_owned(), ..refund() };
    assert_eq!(client().freeze_refund(&emoji).unwrap_err().field, "reason");
}

#[test]
fn settings_that_cannot_work_are_named() {
    type Change = fn(&mut PayConfig);
    let cases: [(&str, Change); 9] = [
        ("bases", |c| c.bases = vec![]),
        ("bases", |c| c.bases = vec!["http://example.org".to_owned()]),
        ("apiv3_key", |c| c.apiv3_key = "sixteen characte".into()),
        ("merchant_key_pem", |c| c.merchant_key_pem = Secret::new("no pem")),
        ("merchant_serial", |c| c.merchant_serial = "1\",x=\"".to_owned()),
        ("notify_url", |c| c.notify_url = "https://example.org/?a=b".to_owned()),
        ("refund_notify_url", |c| c.refund_notify_url = "http://example.org/".to_owned()),
        ("platform_keys", |c| c.platform_keys = vec![]),
        ("mchid", |c| c.mchid = String::new()),
    ];
    for (setting, change) in cases {
        let mut config = config(&["http://127.0.0.1:9".to_owned()]);
        change(&mut config);
        let refused = Pay::new(config, Clock::new().now()).err().map(|error| error.setting);
        assert_eq!(refused, Some(setting));
    }
}
