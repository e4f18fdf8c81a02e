//! Subscription messages: one per consent. Source: 发送订阅消息.
//!
//! The platform has no key against doubles: an answer that is lost may hide a message that was sent
//! (`MiniError::Unavailable { may_be_done: true }`). The count of consents kept by a server is a hint only.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::template::{TemplateKind, TemplateValue, ValueError};
use super::{Edition, MiniError, MiniProgram};

/// A message that can be sent: every value fits its field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscribeMessage {
    openid: String,
    template_id: String,
    page: Option<String>,
    data: BTreeMap<String, TemplateValue>,
    edition: Edition,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendOutcome {
    /// Accepted by the platform; delivery is told by the event `subscribe_msg_sent_event`.
    Sent {
        /// The platform's number, if it gave one.
        message_id: Option<String>,
    },
    /// No consent is left, or the user refused (43101, 43107). A normal state: set the counter to zero, use the
    /// message in the app, do not repeat, do not log loudly.
    NoConsent,
    /// It will never be delivered as it is; repeating is useless.
    Never(Undeliverable),
}

/// Why a message will never be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undeliverable {
    /// The openid is not one of this mini-program (40003).
    Recipient,
    /// The template does not exist or was taken down (40037): a setting is wrong.
    Template,
    /// A value breaks a limit of its field (47003).
    Value {
        /// The field that the platform names, such as `thing1`; empty if it names none.
        field: String,
    },
    /// The page is not published (41030).
    Page,
}

#[derive(Serialize)]
struct Wire<'a> {
    touser: &'a str,
    template_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<&'a str>,
    data: BTreeMap<&'a str, Value<'a>>,
    miniprogram_state: &'static str,
    lang: &'static str,
}

#[derive(Serialize)]
struct Value<'a> {
    value: &'a str,
}

#[derive(Deserialize)]
struct Sent {
    // A number in some answers, a text in others.
    msgid: Option<serde_json::Value>,
}

impl SubscribeMessage {
    /// A message without fields yet.
    pub fn new(openid: impl Into<String>, template_id: impl Into<String>) -> Self {
        Self {
            openid: openid.into(),
            template_id: template_id.into(),
            page: None,
            data: BTreeMap::new(),
            edition: Edition::default(),
        }
    }

    /// Fills a field, such as `thing1`; its name must begin with the kind of the value.
    pub fn field(mut self, name: &str, value: TemplateValue) -> Result<Self, ValueError> {
        if TemplateKind::of_field(name) != Some(value.kind()) {
            return Err(ValueError::OtherKind { kind: value.kind() });
        }
        self.data.insert(name.to_owned(), value);
        Ok(self)
    }

    /// Opens this page when tapped; with a query if need be.
    pub fn page(mut self, page: impl Into<String>) -> Self {
        self.page = Some(page.into());
        self
    }

    /// Opens another edition than the published one.
    pub fn edition(mut self, edition: Edition) -> Self {
        self.edition = edition;
        self
    }

    fn wire(&self) -> Wire<'_> {
        Wire {
            touser: &self.openid,
            template_id: &self.template_id,
            page: self.page.as_deref(),
            data: self
                .data
                .iter()
                .map(|(name, value)| (name.as_str(), Value { value: value.text() }))
                .collect(),
            miniprogram_state: self.edition.state(),
            lang: "zh_CN",
        }
    }
}

impl MiniProgram {
    /// Sends a message, once. Repeats only when the access token was refused, which is before anything is sent.
    pub async fn send_message(&self, message: &SubscribeMessage) -> Result<SendOutcome, MiniError> {
        match self.post::<Sent>("/cgi-bin/message/subscribe/send", &message.wire()).await {
            Ok(sent) => Ok(SendOutcome::Sent { message_id: sent.msgid.and_then(number_or_text) }),
            Err(MiniError::Refused { errcode, message }) => outcome(errcode, message),
            Err(error) => Err(error),
        }
    }
}

fn outcome(errcode: i64, message: String) -> Result<SendOutcome, MiniError> {
    Ok(match errcode {
        43101 | 43107 => SendOutcome::NoConsent,
        40003 => SendOutcome::Never(Undeliverable::Recipient),
        40037 => SendOutcome::Never(Undeliverable::Template),
        47003 => SendOutcome::Never(Undeliverable::Value { field: named_field(&message) }),
        41030 => SendOutcome::Never(Undeliverable::Page),
        _ => return Err(MiniError::Refused { errcode, message }),
    })
}

/// `argument invalid! data.thing1.value invalid` names `thing1`.
fn named_field(message: &str) -> String {
    let rest = message.split_once("data.").map_or("", |(_, rest)| rest);
    rest.chars().take_while(char::is_ascii_alphanumeric).collect()
}

fn number_or_text(value: serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(text) => Some(text),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
