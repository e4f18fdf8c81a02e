//! What people agreed to receive, and what they received.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One delivered message.
#[derive(Clone, Debug, Serialize)]
pub struct Delivery {
    /// Virtual time, unix seconds.
    pub at: i64,
    /// Number, counts up from 1.
    pub message_id: u64,
    /// Its template.
    pub template_id: String,
    /// Page that opens.
    pub page: String,
    /// Names and values.
    pub fields: Vec<(String, String)>,
}

/// What a person does with a prompt for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// One more message may be sent.
    Accept,
    /// None more.
    Reject,
    /// Never again.
    Ban,
}

impl Consent {
    /// As events say it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::Ban => "ban",
        }
    }
}

/// Consents and messages of everybody.
#[derive(Default)]
pub struct Inbox {
    consents: HashMap<(String, String), u64>,
    banned: HashSet<(String, String)>,
    templates: BTreeMap<String, Vec<String>>,
    delivered: HashMap<String, Vec<Delivery>>,
    last: u64,
}

impl Inbox {
    /// Makes templates known. While none is, every template is taken.
    pub fn add_templates(&mut self, templates: BTreeMap<String, Vec<String>>) {
        self.templates.extend(templates);
    }

    /// Names of known templates.
    pub fn templates(&self) -> impl Iterator<Item = &str> {
        self.templates.keys().map(String::as_str)
    }

    /// Whether the template exists and the message fills exactly its fields.
    pub fn knows(&self, template_id: &str, fields: &Map<String, Value>) -> bool {
        if self.templates.is_empty() {
            return !template_id.is_empty();
        }
        self.templates.get(template_id).is_some_and(|names| {
            names.len() == fields.len() && names.iter().all(|name| fields.contains_key(name))
        })
    }

    /// A person answers a prompt.
    pub fn answer(&mut self, openid: &str, template_id: &str, consent: Consent) {
        let key = (openid.to_owned(), template_id.to_owned());
        match consent {
            Consent::Accept => {
                self.banned.remove(&key);
                *self.consents.entry(key).or_default() += 1;
            }
            Consent::Reject => {}
            Consent::Ban => {
                self.consents.remove(&key);
                self.banned.insert(key);
            }
        }
    }

    /// How many messages a person would still take, by template.
    pub fn consents_of(&self, openid: &str) -> BTreeMap<&str, u64> {
        let mine = self.consents.iter().filter(|((person, _), count)| person == openid && **count > 0);
        mine.map(|((_, template), count)| (template.as_str(), *count)).collect()
    }

    /// What a person received, oldest first.
    pub fn messages_of(&self, openid: &str) -> &[Delivery] {
        self.delivered.get(openid).map_or(&[], Vec::as_slice)
    }

    /// Uses a consent up and delivers. Refuses with the platform's code: 43107 banned, 43101 no consent left.
    pub fn deliver(&mut self, openid: &str, template_id: &str, message: Delivery) -> Result<u64, i64> {
        let key = (openid.to_owned(), template_id.to_owned());
        if self.banned.contains(&key) {
            return Err(43_107);
        }
        let left = self.consents.get_mut(&key).filter(|left| **left > 0).ok_or(43_101_i64)?;
        *left -= 1;
        self.last += 1;
        let message = Delivery { message_id: self.last, ..message };
        self.delivered.entry(openid.to_owned()).or_default().push(message);
        Ok(self.last)
    }
}
