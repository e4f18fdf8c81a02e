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

/// Fields of answers that say something else. The number of a payment is believed when it is heard for the first time, for
/// there is nothing to compare it with: only what is said of refunds is altered there.
const ALTERED: [(&str, &str); 4] = [
    ("/v3/refund/", "/transaction_id"),
    ("/v3/refund/", "/amount/refund"),
    ("/v3/pay/", "/amount/total"),
    ("/v3/pay/", "/payer/openid"),
];

/// Fields of notifications that say something else.
const ALTERED_NOTICES: [(&str, &str); 3] =
    [("REFUND", "/transaction_id"), ("REFUND", "/refund_id"), ("TRANSACTION", "/out_trade_no")];

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
/// the platform takes, every fifth needs a person.
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
    rules.extend(ALTERED.map(|(path, field)| {
        json!({ "effect": "altered", "path": path, "field": field, "permille": dice.random_range(5..20) })
    }));
    rules.extend(ENDS.map(|effect| json!({ "effect": effect, "permille": dice.random_range(60..140) })));
    rules.extend(RARER_NOTICES.map(
        |effect| json!({ "effect": effect, "path": "/wechat/", "permille": dice.random_range(10..30) }),
    ));
    rules.extend(ALTERED_NOTICES.map(|(event, field)| {
        json!({ "effect": "notify_altered", "path": "/wechat/", "event": event, "field": field,
            "permille": dice.random_range(10..40) })
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
