//! Every call, answer and notification, for tests to read; bounded, and without secrets.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::faults::Effect;

const KEPT: usize = 20_000;

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A call of the merchant.
    Call,
    /// One try of a notification.
    Notification,
}

/// One line of the journal.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Counts up from 1.
    pub seq: u64,
    /// Virtual time, unix seconds.
    pub at: i64,
    /// Call or notification.
    pub kind: Kind,
    /// HTTP method.
    pub method: String,
    /// Path without the query, which may hold secrets.
    pub path: String,
    /// The order, if known.
    pub out_trade_no: Option<String>,
    /// HTTP status that was answered; 0 when the connection was dropped or nothing came back.
    pub status: u16,
    /// Error code of the answer, or the event type of a notification.
    pub code: Option<String>,
    /// Faults that struck.
    pub faults: Vec<Effect>,
}

/// The last entries.
#[derive(Default)]
pub struct Journal {
    entries: VecDeque<Entry>,
    last: u64,
}

/// Which entries to show.
#[derive(Debug, Default, Deserialize)]
pub struct Filter {
    /// Only this order.
    pub out_trade_no: Option<String>,
    /// Only paths that start with this.
    pub path: Option<String>,
    /// Only calls or only notifications.
    pub kind: Option<Kind>,
    /// Only entries after this one.
    pub after_seq: Option<u64>,
    /// At most so many, the newest.
    pub limit: Option<usize>,
}

impl Journal {
    /// Adds an entry and numbers it.
    pub fn add(&mut self, mut entry: Entry) {
        self.last += 1;
        entry.seq = self.last;
        if self.entries.len() == KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    /// Entries that fit, oldest first.
    pub fn select(&self, filter: &Filter) -> Vec<&Entry> {
        let mut found: Vec<&Entry> = self
            .entries
            .iter()
            .rev()
            .filter(|entry| filter.fits(entry))
            .take(filter.limit.unwrap_or(usize::MAX))
            .collect();
        found.reverse();
        found
    }
}

impl Filter {
    fn fits(&self, entry: &Entry) -> bool {
        self.out_trade_no.as_ref().is_none_or(|number| entry.out_trade_no.as_ref() == Some(number))
            && self.path.as_ref().is_none_or(|prefix| entry.path.starts_with(prefix.as_str()))
            && self.kind.is_none_or(|kind| entry.kind == kind)
            && self.after_seq.is_none_or(|seq| entry.seq > seq)
    }
}
