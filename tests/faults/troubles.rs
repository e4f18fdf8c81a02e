//! Everything that the platform can do wrong with money, as rules for the simulator.

use rand::Rng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use wechat_simulator::Effect;

/// What no rule makes happen, and why. A new effect of the simulator is in the rules or here.
const LEFT_OUT: [(Effect, &str); 1] = [(
    Effect::Errcode,
    "an answer of the mini-program's own calls, which move no money; they have a test of their own",
)];

/// Faults of calls, each at some calls of a hundred.
const CALLS: [&str; 7] =
    ["answer_lost", "http_500", "http_429", "unsigned", "wrong_signature", "delay_ms", "reset_before"];

/// Faults of calls, each at about one call of a hundred.
const RARER_CALLS: [&str; 15] = [
    "http_202",
    "http_502",
    "http_503",
    "http_504",
    "signtest",
    "unknown_serial",
    "stale_timestamp",
    "future_timestamp",
    "truncated",
    "new_enum",
    "extra_fields",
    "other_content_type",
    "before_prepay_answer",
    "pay_during_close",
    "not_enough",
];

/// Refusals for certain. What says that something is not there, paid or closed is no fault but a fact, and comes when it is so.
const REFUSALS: [(u16, &str); 8] = [
    (400, "PARAM_ERROR"),
    (400, "INVALID_REQUEST"),
    (401, "SIGN_ERROR"),
    (403, "NO_AUTH"),
    (403, "ACCOUNT_ERROR"),
    (403, "RULE_LIMIT"),
    (403, "TRADE_ERROR"),
    (403, "OUT_TRADE_NO_USED"),
];

/// A field that says something else, of which words (a path of calls, or an event), and what it says; another text or number
/// when nothing is named.
pub(super) type Falsehood = (&'static str, &'static str, Option<&'static str>);

/// Fields of answers that say something else.
pub(super) const ALTERED: [Falsehood; 16] = [
    ("/v3/refund/", "/transaction_id", None),
    ("/v3/refund/", "/out_trade_no", None),
    ("/v3/refund/", "/out_refund_no", None),
    ("/v3/refund/", "/refund_id", None),
    ("/v3/refund/", "/amount/refund", None),
    ("/v3/refund/", "/amount/total", None),
    ("/v3/refund/", "/status", None),
    ("/v3/refund/", "/status", Some("PROCESSING")),
    ("/v3/refund/", "/status", Some("ABNORMAL")),
    ("/v3/pay/", "/out_trade_no", None),
    ("/v3/pay/", "/transaction_id", None),
    ("/v3/pay/", "/amount/total", None),
    ("/v3/pay/", "/payer/openid", None),
    ("/v3/pay/", "/trade_state", None),
    ("/v3/pay/", "/trade_state", Some("NOTPAY")),
    ("/v3/pay/", "/trade_state", Some("SUCCESS")),
];

/// Fields of notifications that say something else.
pub(super) const ALTERED_NOTICES: [Falsehood; 15] = [
    ("REFUND", "/transaction_id", None),
    ("REFUND", "/out_trade_no", None),
    ("REFUND", "/out_refund_no", None),
    ("REFUND", "/amount/refund", None),
    ("REFUND.SUCCESS", "/refund_id", None),
    ("REFUND.ABNORMAL", "/refund_id", None),
    ("REFUND.CLOSED", "/refund_id", None),
    ("REFUND", "/refund_status", None),
    ("REFUND", "/refund_status", Some("PROCESSING")),
    ("REFUND", "/refund_status", Some("ABNORMAL")),
    ("REFUND", "/refund_status", Some("CLOSED")),
    ("TRANSACTION", "/out_trade_no", None),
    ("TRANSACTION", "/transaction_id", None),
    ("TRANSACTION", "/trade_state", None),
    ("TRANSACTION", "/trade_state", Some("NOTPAY")),
];

/// Falsehoods that no rule tells, signed well as all of them are, and why: there is nothing to compare them with when they are
/// heard, and what they lead to is not put right by itself, nor by what the desk can press.
const UNTOLD: [(Falsehood, &str); 5] = [
    (
        ("REFUND", "/refund_status", Some("SUCCESS")),
        "an end: what comes after it is for the office to look into",
    ),
    (("/v3/refund/", "/status", Some("SUCCESS")), "an end, like in a notification"),
    (
        ("/v3/refund/", "/status", Some("CLOSED")),
        "an end: said of one number each time that it is asked for, a part may go back under the next one too",
    ),
    (("TRANSACTION", "/trade_state", Some("CLOSED")), "an end: that it was paid is found by the bill"),
    (("/v3/pay/", "/trade_state", Some("CLOSED")), "an end, like in a notification"),
];

/// Faults of notifications with their numbers.
const NOTICES: [(&str, i64); 6] = [
    ("notify_duplicate", 2),
    ("notify_delay_s", 90),
    ("notify_drop", 0),
    ("notify_reorder", 0),
    ("notify_forged", 0),
    ("notify_tampered", 0),
];

/// Rarer faults of notifications.
const RARER_NOTICES: [&str; 8] = [
    "notify_stale",
    "notify_signtest",
    "notify_unsigned",
    "notify_unknown_serial",
    "notify_wrong_amount",
    "notify_wrong_mchid",
    "notify_wrong_appid",
    "notify_wrong_openid",
];

/// Ends of refunds that need a person.
const ENDS: [&str; 2] = ["refund_abnormal", "refund_closed"];

/// Rules with which about every third call and every second notification goes wrong, in every way there is. Of the refunds that
/// the platform takes, about every fourth needs a person.
pub(super) fn faults(dice: &mut StdRng) -> Value {
    let mut rules: Vec<Value> = CALLS
        .map(|effect| json!({ "effect": effect, "path": "/v3/", "permille": dice.random_range(20..60), "value": 50 }))
        .to_vec();
    rules.push(json!({ "effect": "http_500", "path": "/v3/", "permille": 30, "executed": true }));
    rules.extend(
        RARER_CALLS
            .map(|effect| json!({ "effect": effect, "path": "/v3/", "permille": dice.random_range(5..15) })),
    );
    let mut refuse = |path: &str, most: u32| {
        rules.extend(REFUSALS.map(|(status, code)| {
            json!({ "effect": "refuse", "path": path, "code": code, "value": status, "permille": dice.random_range(1..most) })
        }));
    };
    refuse("/v3/pay/", 5);
    refuse("/v3/refund/", 12);
    rules.extend(ALTERED.map(|(path, field, says)| {
        json!({ "effect": "altered", "path": path, "field": field, "says": says, "permille": dice.random_range(3..12) })
    }));
    rules.extend(ENDS.map(|effect| json!({ "effect": effect, "permille": dice.random_range(90..150) })));
    rules.extend(RARER_NOTICES.map(
        |effect| json!({ "effect": effect, "path": "/wechat/", "permille": dice.random_range(10..30) }),
    ));
    rules.extend(ALTERED_NOTICES.map(|(event, field, says)| {
        json!({ "effect": "notify_altered", "path": "/wechat/", "event": event, "field": field, "says": says,
            "permille": dice.random_range(5..25) })
    }));
    rules.extend(NOTICES.map(|(effect, value)| {
        json!({ "effect": effect, "path": "/wechat/", "permille": dice.random_range(50..120), "value": value })
    }));
    json!(rules)
}

#[test]
fn every_fault_of_the_simulator_is_made_to_happen_or_left_out_for_a_reason() {
    use rand::SeedableRng as _;
    let rules = faults(&mut StdRng::seed_from_u64(1));
    let of = |rule: &Value| -> Effect { serde_json::from_value(rule["effect"].clone()).unwrap() };
    let used: Vec<Effect> = rules.as_array().unwrap().iter().map(of).collect();
    for effect in Effect::ALL {
        let reason = LEFT_OUT.iter().find(|(left_out, _)| left_out == effect).map(|(_, why)| why);
        assert_ne!(used.contains(effect), reason.is_some(), "{effect:?}: {reason:?}");
    }
}

#[test]
fn every_falsehood_is_told_or_left_out_for_a_reason() {
    let told: Vec<Falsehood> = ALTERED.into_iter().chain(ALTERED_NOTICES).collect();
    for (untold, why) in UNTOLD {
        assert!(!told.contains(&untold), "{untold:?}: {why}");
    }
    // Of each word the fields that name the payment, the refund, its amount and its state.
    for (word, fields) in [
        (
            "/v3/refund/",
            &[
                "/transaction_id",
                "/out_trade_no",
                "/refund_id",
                "/out_refund_no",
                "/amount/refund",
                "/status",
            ][..],
        ),
        (
            "REFUND",
            &[
                "/transaction_id",
                "/out_trade_no",
                "/refund_id",
                "/out_refund_no",
                "/amount/refund",
                "/refund_status",
            ],
        ),
        ("/v3/pay/", &["/transaction_id", "/out_trade_no", "/amount/total", "/payer/openid", "/trade_state"]),
        ("TRANSACTION", &["/transaction_id", "/out_trade_no", "/trade_state"]),
    ] {
        for field in fields {
            let is_named = |one: &Falsehood| one.0.starts_with(word) && one.1 == *field;
            let is_known = told.iter().any(is_named) || UNTOLD.iter().any(|(one, _)| is_named(one));
            assert!(is_known, "{word} {field}");
        }
    }
    // Of each state what it may be told to be: each end, and what comes before.
    let refunds = ["SUCCESS", "PROCESSING", "ABNORMAL", "CLOSED"];
    for (word, field, states) in [
        ("/v3/refund/", "/status", &refunds[..]),
        ("REFUND", "/refund_status", &refunds[..]),
        ("/v3/pay/", "/trade_state", &["SUCCESS", "NOTPAY", "CLOSED"]),
        ("TRANSACTION", "/trade_state", &["NOTPAY", "CLOSED"]),
    ] {
        for says in states {
            let one = (word, field, Some(*says));
            assert!(told.contains(&one) || UNTOLD.iter().any(|(untold, _)| *untold == one), "{one:?}");
        }
    }
}
