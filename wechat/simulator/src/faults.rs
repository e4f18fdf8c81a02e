//! Faults on request: rules that make the simulator misbehave, drawn with the seed.

use rand::{Rng, SeedableRng, rngs::StdRng};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::bounds;

macro_rules! effects {
    ($($(#[$about:meta])* $name:ident,)*) => {
        /// What goes wrong. The README of this crate tells how each is used.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Effect {
            $($(#[$about])* $name,)*
        }

        impl Effect {
            /// Every effect there is, so that a test of all of them cannot forget a new one.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
        }
    };
}

effects! {
    /// Signed 202: accepted, not finished.
    #[serde(rename = "http_202")]
    Http202,
    /// Signed refusal with the rule's `code` and `value` as HTTP status (400).
    Refuse,
    /// Signed 500 `SYSTEM_ERROR`.
    #[serde(rename = "http_500")]
    Http500,
    /// Unsigned 502 of a gateway.
    #[serde(rename = "http_502")]
    Http502,
    /// Unsigned 503 of a gateway.
    #[serde(rename = "http_503")]
    Http503,
    /// Unsigned 504 of a gateway.
    #[serde(rename = "http_504")]
    Http504,
    /// Signed 429 `FREQUENCY_LIMITED`.
    #[serde(rename = "http_429")]
    Http429,
    /// Executed at once, answered late.
    DelayMs,
    /// Connection dropped, not executed.
    ResetBefore,
    /// Executed, then connection dropped.
    AnswerLost,
    /// Answer without signature headers.
    Unsigned,
    /// Answer signed with a key that nobody trusts.
    WrongSignature,
    /// Answer with the platform's probe instead of a signature.
    Signtest,
    /// Answer under a serial that no list contains.
    UnknownSerial,
    /// Answer signed an hour ago.
    StaleTimestamp,
    /// Answer signed an hour from now.
    FutureTimestamp,
    /// JSON under `text/html`.
    OtherContentType,
    /// States that nobody knows yet, signed well.
    NewEnum,
    /// Half of the body under the signature of the whole.
    Truncated,
    /// Answer with a field that nobody knows, signed well.
    ExtraFields,
    /// Answer whose `field` says something else, signed well.
    Altered,
    /// Mini-program call refused with this `errcode`.
    Errcode,
    /// The payer pays, and the notification arrives, before the prepay call is answered.
    #[serde(alias = "notify_before_prepay_answer")]
    BeforePrepayAnswer,
    /// The payer pays while the order is being closed: the close finds it paid.
    PayDuringClose,
    /// The refund ends as `ABNORMAL`.
    RefundAbnormal,
    /// The refund ends as `CLOSED`.
    RefundClosed,
    /// The refund is refused with `NOT_ENOUGH`.
    NotEnough,
    /// First try so many seconds later.
    #[serde(alias = "delay_s")]
    NotifyDelayS,
    /// Held back until another notification was tried.
    #[serde(alias = "reorder")]
    NotifyReorder,
    /// So many copies right after.
    #[serde(alias = "duplicate")]
    NotifyDuplicate,
    /// This try is not sent.
    #[serde(alias = "drop")]
    NotifyDrop,
    /// Signed with a key that nobody trusts, under the right serial.
    #[serde(alias = "forged")]
    NotifyForged,
    /// Body changed after signing.
    #[serde(alias = "tampered")]
    NotifyTampered,
    /// Signed an hour ago.
    #[serde(alias = "stale")]
    NotifyStale,
    /// The platform's probe instead of a signature.
    NotifySigntest,
    /// Without signature headers.
    NotifyUnsigned,
    /// Under a serial that no list contains.
    NotifyUnknownSerial,
    /// One fen more, signed well.
    #[serde(alias = "wrong_amount")]
    NotifyWrongAmount,
    /// Of another app, signed well.
    #[serde(alias = "wrong_appid")]
    NotifyWrongAppid,
    /// Of another merchant, signed well.
    #[serde(alias = "wrong_mchid")]
    NotifyWrongMchid,
    /// Of another payer, signed well.
    #[serde(alias = "wrong_openid")]
    NotifyWrongOpenid,
    /// Of which `field` says something else, signed well.
    NotifyAltered,
}

/// When a rule is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A call of the merchant comes in.
    Call,
    /// A refund is about to be accepted.
    Refund,
    /// A notification is made.
    NoticeMade,
    /// A notification is about to be sent, each try anew.
    NoticeTry,
}

impl Effect {
    fn moment(self) -> Moment {
        match self {
            Self::RefundAbnormal | Self::RefundClosed | Self::NotEnough => Moment::Refund,
            Self::NotifyDelayS | Self::NotifyReorder => Moment::NoticeMade,
            Self::NotifyDuplicate
            | Self::NotifyDrop
            | Self::NotifyForged
            | Self::NotifyTampered
            | Self::NotifyStale
            | Self::NotifySigntest
            | Self::NotifyUnsigned
            | Self::NotifyUnknownSerial
            | Self::NotifyWrongAmount
            | Self::NotifyWrongAppid
            | Self::NotifyWrongMchid
            | Self::NotifyWrongOpenid
            | Self::NotifyAltered => Moment::NoticeTry,
            _ => Moment::Call,
        }
    }
}

/// One rule as it is posted.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What goes wrong.
    pub effect: Effect,
    /// Number that some effects need: milliseconds, seconds, copies, error code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<i64>,
    /// Only paths that start with this; for notifications the path of the notify address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Only calls to this host: `main` or `second`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// For `refuse`: the code in the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// For `altered` and `notify_altered`: JSON pointer of the field; `/transaction_id` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// For `altered` and `notify_altered`: what the field says instead, such as another state; when absent, its text with another
    /// last character.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
    /// Only this HTTP method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only this order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_trade_no: Option<String>,
    /// Only notifications whose event type starts with this (`TRANSACTION`, `REFUND.SUCCESS`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// How often it strikes before it is used up; for ever when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// How many of a thousand matching calls it strikes; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permille: Option<u32>,
    /// For `http_*`: whether the call was executed all the same.
    #[serde(default)]
    pub executed: bool,
}

/// What a rule is compared with.
#[derive(Default)]
pub struct Occasion<'a> {
    /// Path of the call or of the notify address.
    pub path: &'a str,
    /// HTTP method.
    pub method: &'a str,
    /// `main` or `second`, for calls.
    pub host: &'a str,
    /// The order in question, if known.
    pub out_trade_no: Option<&'a str>,
    /// Event type of a notification.
    pub event: Option<&'a str>,
}

/// The rules that struck one occasion.
#[derive(Clone, Debug, Default)]
pub struct Drawn(Vec<Rule>);

impl Drawn {
    /// Whether this effect struck.
    pub fn has(&self, effect: Effect) -> bool {
        self.0.iter().any(|rule| rule.effect == effect)
    }

    /// The number given with this effect, when it struck.
    pub fn value(&self, effect: Effect, otherwise: i64) -> Option<i64> {
        self.first(effect).map(|rule| rule.value.unwrap_or(otherwise))
    }

    /// The rule with this effect, when it struck.
    pub fn first(&self, effect: Effect) -> Option<&Rule> {
        self.0.iter().find(|rule| rule.effect == effect)
    }

    /// Changes what every rule with this effect points at: a text becomes what the rule says, or another one; a whole number
    /// becomes another one. Nothing happens to what does not have the field.
    pub fn alter(&self, effect: Effect, content: &mut Value) {
        for rule in self.0.iter().filter(|rule| rule.effect == effect) {
            let pointed = content.pointer_mut(rule.field.as_deref().unwrap_or("/transaction_id"));
            match (pointed, &rule.says) {
                (Some(Value::String(text)), Some(says)) => text.clone_from(says),
                (Some(Value::String(text)), None) => {
                    let last = if text.pop() == Some('0') { '1' } else { '0' };
                    text.push(last);
                }
                (Some(Value::Number(number)), _) => {
                    *number = number.as_i64().unwrap_or_default().saturating_add(1).into();
                }
                _ => {}
            }
        }
    }

    /// Names of the effects, for the journal.
    pub fn names(&self) -> Vec<Effect> {
        self.0.iter().map(|rule| rule.effect).collect()
    }
}

/// All rules in force, each with dice of its own: which of the occasions that fit it are struck depends on the seed and on
/// their number alone, whatever else happens between them.
pub struct FaultBook {
    rules: Vec<(Rule, StdRng)>,
    seed: u64,
    /// Rules since the start.
    made: u64,
}

impl FaultBook {
    /// No rules.
    pub fn new(seed: u64) -> Self {
        Self { rules: Vec::new(), seed, made: 0 }
    }

    /// Adds rules after those already there.
    pub fn add(&mut self, rules: Vec<Rule>) {
        for rule in rules {
            let number = self.seed.wrapping_mul(1_000_003).wrapping_add(self.made);
            self.rules.push((rule, StdRng::seed_from_u64(number)));
            self.made += 1;
        }
    }

    /// Forgets every rule.
    pub fn clear(&mut self) {
        self.rules.clear();
    }

    /// The rules with what is left of them; used-up ones are gone.
    pub fn rules(&self) -> Vec<&Rule> {
        self.rules.iter().map(|(rule, _)| rule).collect()
    }

    /// Which rules strike now. A rule that strikes counts as used once.
    pub fn draw(&mut self, moment: Moment, occasion: &Occasion<'_>) -> Drawn {
        let mut drawn = Vec::new();
        for (rule, dice) in &mut self.rules {
            if rule.effect.moment() != moment || !rule.fits(occasion) {
                continue;
            }
            if rule.permille.is_some_and(|share| dice.random_range(0..1000) >= share) {
                continue;
            }
            rule.times = rule.times.map(|left| left.saturating_sub(1));
            drawn.push(rule.clone());
        }
        self.rules.retain(|(rule, _)| rule.times != Some(0));
        Drawn(drawn)
    }
}

impl Rule {
    /// Refuses numbers with which the effect would make no sense, and a field that is no JSON pointer. A value that the effect does
    /// not need is not looked at.
    pub fn check(&self) -> Result<(), String> {
        bounds::check("permille", self.permille.unwrap_or(0), 0..=1000)?;
        if let Some(field) = self.field.as_deref().filter(|field| !field.starts_with('/')) {
            return Err(format!("field must be a JSON pointer such as /amount/total, not {field}"));
        }
        let Some(value) = self.value else { return Ok(()) };
        match self.effect {
            Effect::Refuse => bounds::check("value of refuse", value, bounds::REFUSALS),
            Effect::DelayMs => bounds::check("value of delay_ms", value, bounds::WAITS_MS),
            Effect::NotifyDelayS => bounds::check("value of notify_delay_s", value, bounds::WAITS_S),
            Effect::NotifyDuplicate => bounds::check("value of notify_duplicate", value, bounds::COPIES),
            Effect::Errcode if value == 0 => {
                Err("value of errcode must not be 0: that is no error".to_owned())
            }
            Effect::Errcode => {
                bounds::check("value of errcode", value, -bounds::WHOLE_MAX..=bounds::WHOLE_MAX)
            }
            _ => Ok(()),
        }
    }

    fn fits(&self, occasion: &Occasion<'_>) -> bool {
        self.times != Some(0)
            && self.path.as_deref().is_none_or(|prefix| occasion.path.starts_with(prefix))
            && self.host.as_deref().is_none_or(|host| occasion.host == host)
            && self.method.as_deref().is_none_or(|method| occasion.method == method)
            && self.out_trade_no.as_deref().is_none_or(|number| occasion.out_trade_no == Some(number))
            && self
                .event
                .as_deref()
                .is_none_or(|event| occasion.event.is_some_and(|it| it.starts_with(event)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{FaultBook, Moment, Occasion, Rule};

    #[test]
    fn which_calls_a_rule_strikes_does_not_depend_on_calls_that_it_does_not_fit() {
        let book = || {
            let mut book = FaultBook::new(7);
            let rule = |path: &str| json!({ "effect": "http_500", "path": path, "permille": 300 });
            let rules: Vec<Rule> = serde_json::from_value(json!([rule("/pay"), rule("/refund")])).unwrap();
            book.add(rules);
            book
        };
        let occasion = |path: &'static str| Occasion { path, ..Occasion::default() };
        let strike = |book: &mut FaultBook, path| book.draw(Moment::Call, &occasion(path)).names().len() == 1;
        let mut alone = book();
        let expected: Vec<bool> = (0..100).map(|_| strike(&mut alone, "/pay")).collect();
        let mut mixed = book();
        let among: Vec<bool> = (0..100)
            .map(|number| {
                for _ in 0..number % 4 {
                    strike(&mut mixed, "/refund");
                }
                strike(&mut mixed, "/pay")
            })
            .collect();
        assert_eq!(among, expected);
        assert!((15..50).contains(&expected.iter().filter(|is_struck| **is_struck).count()));
    }
}
