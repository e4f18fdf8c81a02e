//! What a pushed message says. Source: 消息推送 and the pages of the events. JSON only.

use serde::Deserialize;
use serde_json::Value;

use crate::mini::{CheckResult, TextVerdict};

/// One pushed message, after its signature was checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Pushed {
    /// The same for every repetition: MsgId, or sender, time and event.
    pub key: String,
    /// The user it is about; for some events the platform itself.
    pub openid: String,
    /// Unix seconds.
    pub created_at: i64,
    /// What happened.
    pub event: Event,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A person answered our prompt for messages (`subscribe_msg_popup_event`).
    ConsentAnswered(Vec<Answer>),
    /// A person changed the switches in the settings (`subscribe_msg_change_event`).
    ConsentChanged(Vec<Answer>),
    /// Whether messages reached the person (`subscribe_msg_sent_event`).
    MessagesDelivered(Vec<Delivered>),
    /// A picture or sound was judged (`wxa_media_check`). The trace id may come before it was stored here.
    MediaChecked {
        /// As given by the call.
        trace_id: String,
        /// `None`: it could not be judged, e.g. not fetched; a person must look.
        verdict: Option<TextVerdict>,
    },
    /// Shipping is managed from now on (`trade_manage_remind_access_api`).
    ShippingManaged,
    /// An order waits to be shipped (`trade_manage_remind_shipping`).
    ShippingDue {
        /// The platform's number.
        transaction_id: String,
        /// Our number.
        out_trade_no: String,
    },
    /// The money of an order is settled, or will be (`trade_manage_order_settlement`).
    Settled {
        /// The platform's number.
        transaction_id: String,
        /// Our number.
        out_trade_no: String,
    },
    /// A person took back an authorisation (`user_authorization_revoke`): their data must be deleted.
    AuthorizationRevoked,
    /// Anything else, as it came.
    Other(Value),
}

/// One line of a person's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Which template.
    pub template_id: String,
    /// Whether the person agreed.
    pub is_accepted: bool,
}

/// One line about a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// Which template.
    pub template_id: String,
    /// The platform's number, as given by the send call.
    pub message_id: String,
    /// Whether it arrived.
    pub has_arrived: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wire {
    #[serde(default)]
    from_user_name: String,
    #[serde(default)]
    create_time: Value,
    #[serde(default)]
    event: String,
    #[serde(default)]
    msg_id: Value,
    #[serde(default)]
    list: Option<List>,
    #[serde(default, rename = "OpenID")]
    open_id: String,
}

/// One entry comes bare, several as an array.
#[derive(Deserialize)]
#[serde(untagged)]
enum List {
    Many(Vec<Line>),
    One(Line),
}

#[derive(Deserialize)]
struct Line {
    #[serde(default, rename = "TemplateId")]
    template_id: String,
    #[serde(default, rename = "SubscribeStatusString")]
    status: String,
    #[serde(default, rename = "MsgID")]
    message_id: Value,
    #[serde(default, rename = "ErrorCode")]
    error_code: Value,
}

impl Pushed {
    /// Reads a message whose signature fits. `None` if it is not JSON of the documented shape.
    pub fn read(json: &[u8]) -> Option<Self> {
        let whole: Value = crate::json::read(json).ok()?;
        let wire: Wire = serde_json::from_value(whole.clone()).ok()?;
        let created_at = text(&wire.create_time).parse().unwrap_or_default();
        let msg_id = text(&wire.msg_id);
        let key = if msg_id.is_empty() {
            format!("{}-{created_at}-{}{}", wire.from_user_name, wire.event, text_at(&whole, "trace_id"))
        } else {
            msg_id
        };
        let openid = if wire.open_id.is_empty() { wire.from_user_name } else { wire.open_id };
        let lines = match wire.list {
            Some(List::Many(lines)) => lines,
            Some(List::One(line)) => vec![line],
            None => Vec::new(),
        };
        Some(Self { key, openid, created_at, event: event(&wire.event, lines, whole) })
    }
}

fn event(name: &str, lines: Vec<Line>, whole: Value) -> Event {
    let numbers = || (text_at(&whole, "transaction_id"), text_at(&whole, "merchant_trade_no"));
    match name {
        "subscribe_msg_popup_event" => Event::ConsentAnswered(answers(lines)),
        "subscribe_msg_change_event" => Event::ConsentChanged(answers(lines)),
        "subscribe_msg_sent_event" => Event::MessagesDelivered(lines.into_iter().map(delivered).collect()),
        "wxa_media_check" => media(&whole),
        "trade_manage_remind_access_api" => Event::ShippingManaged,
        "trade_manage_remind_shipping" => {
            let (transaction_id, out_trade_no) = numbers();
            Event::ShippingDue { transaction_id, out_trade_no }
        }
        "trade_manage_order_settlement" => {
            let (transaction_id, out_trade_no) = numbers();
            Event::Settled { transaction_id, out_trade_no }
        }
        "user_authorization_revoke" => Event::AuthorizationRevoked,
        _ => Event::Other(whole),
    }
}

fn answers(lines: Vec<Line>) -> Vec<Answer> {
    let read = |line: Line| Answer { is_accepted: line.status == "accept", template_id: line.template_id };
    lines.into_iter().map(read).collect()
}

fn delivered(line: Line) -> Delivered {
    let has_arrived = text(&line.error_code) == "0";
    Delivered { template_id: line.template_id, message_id: text(&line.message_id), has_arrived }
}

fn media(whole: &Value) -> Event {
    let is_judged = whole["errcode"].as_i64().unwrap_or_default() == 0;
    let result: Option<CheckResult> = serde_json::from_value(whole["result"].clone()).ok();
    let verdict = result.filter(|_| is_judged).map(|result| result.verdict());
    Event::MediaChecked { trace_id: text_at(whole, "trace_id"), verdict }
}

fn text_at(whole: &Value, name: &str) -> String {
    text(&whole[name])
}

/// Numbers come as numbers or as texts.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Answer, Event, Pushed};
    use crate::mini::TextVerdict;

    fn read(value: serde_json::Value) -> Pushed {
        Pushed::read(value.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn one_answer_comes_bare_and_several_as_a_list() {
        let line = json!({"TemplateId": "T1", "SubscribeStatusString": "accept", "PopupScene": "2"});
        let whole = |list| {
            json!({"ToUserName": "gh_1", "FromUserName": "o1", "CreateTime": "1610969440", "MsgType": "event",
                "Event": "subscribe_msg_popup_event", "List": list})
        };
        let expected = vec![Answer { template_id: "T1".to_owned(), is_accepted: true }];
        let bare = read(whole(line.clone()));
        assert_eq!(bare.event, Event::ConsentAnswered(expected.clone()));
        assert_eq!((bare.openid.as_str(), bare.created_at), ("o1", 1_610_969_440));
        assert_eq!(read(whole(json!([line]))), bare);
    }

    #[test]
    fn a_verdict_about_media_may_be_missing() {
        let pushed = |errcode: i64| {
            json!({"FromUserName": "o1", "CreateTime": 1, "MsgType": "event", "Event": "wxa_media_check",
                "trace_id": "t1", "version": 2, "errcode": errcode, "result": {"suggest": "risky", "label": 20002}})
        };
        let verdict = |errcode| match read(pushed(errcode)).event {
            Event::MediaChecked { trace_id, verdict } => (trace_id, verdict),
            other => panic!("{other:?}"),
        };
        assert_eq!(verdict(0), ("t1".to_owned(), Some(TextVerdict::Risky { label: 20002 })));
        assert_eq!(verdict(-1008), ("t1".to_owned(), None));
    }

    #[test]
    fn repetitions_have_one_key_and_different_events_two() {
        let at = |event: &str| json!({"FromUserName": "o1", "CreateTime": 5, "Event": event});
        assert_eq!(read(at("a")).key, read(at("a")).key);
        assert_ne!(read(at("a")).key, read(at("b")).key);
        assert_eq!(
            read(json!({"FromUserName": "o1", "MsgId": 23_456_789_012_345_678_i64})).key,
            "23456789012345678"
        );
        assert_eq!(Pushed::read(b"<xml></xml>"), None);
    }
}
