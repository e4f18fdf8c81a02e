//! Notifications waiting to be delivered, and the platform's plan of retries in virtual time.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::faults::Effect;

/// Seconds from each failed try to the next: 15 retries in 24 hours and 4 minutes.
pub const RETRY_PLAN_S: [i64; 15] =
    [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10_800, 10_800, 10_800, 21_600, 21_600];

/// Transfers have a plan of their own: so many tries, so many seconds apart.
const TRANSFER_PLAN: [(usize, i64); 3] = [(10, 15), (10, 300), (44, 1800)];

/// Seconds from a failed try to the next, if there is one.
fn pause_s(event_type: &str, tries: usize) -> Option<i64> {
    if !event_type.starts_with("MCHTRANSFER.") {
        return RETRY_PLAN_S.get(tries).copied();
    }
    let mut before = 0;
    TRANSFER_PLAN.iter().find_map(|(count, pause)| {
        before += count;
        (tries < before).then_some(*pause)
    })
}

/// Where a notification stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Will be tried (again).
    Waiting,
    /// The merchant answered 200 or 204.
    Delivered,
    /// The plan is used up.
    GivenUp,
}

/// One try to deliver.
#[derive(Clone, Debug, Serialize)]
pub struct Try {
    /// Virtual time, unix seconds.
    pub at: i64,
    /// What the merchant answered; none when nothing came back.
    pub status: Option<u16>,
    /// Why nothing came back.
    pub error: Option<String>,
    /// Faults that struck.
    pub faults: Vec<Effect>,
}

/// What a notification says and where it goes.
#[derive(Clone, Debug, Serialize)]
pub struct Message {
    /// Id that stays the same over all tries.
    pub id: String,
    /// For example `TRANSACTION.SUCCESS`.
    pub event_type: String,
    /// `transaction` or `refund`.
    pub original_type: &'static str,
    /// Text for people.
    pub summary: &'static str,
    /// Address of the merchant.
    pub url: String,
    /// The order.
    pub out_trade_no: String,
    /// The refund, if it is about one.
    pub out_refund_no: Option<String>,
    /// What the merchant will read after decrypting.
    pub plain: Value,
    /// Nonce of the encryption; the same for all tries.
    pub seal_nonce: String,
    /// Virtual time of the event, unix seconds.
    pub made_at: i64,
}

/// A message with its history.
#[derive(Debug, Serialize)]
pub struct Notice {
    /// What it says.
    #[serde(flatten)]
    pub message: Message,
    /// Where it stands.
    pub standing: Standing,
    /// Next try, unix seconds; none when it is held back or done.
    pub due_at: Option<i64>,
    /// Tries that count for the plan.
    pub try_count: usize,
    /// Every sending, copies included.
    pub tries: Vec<Try>,
}

/// All notifications.
#[derive(Default)]
pub struct Outbox {
    notices: Vec<Notice>,
    due: BTreeSet<(i64, usize)>,
    held: Vec<usize>,
}

impl Outbox {
    /// Adds a message to be tried at a moment, or held back until another one was delivered.
    pub fn add(&mut self, message: Message, due_at: i64, is_held: bool) {
        let index = self.notices.len();
        let due = (!is_held).then_some(due_at);
        self.notices.push(Notice {
            message,
            standing: Standing::Waiting,
            due_at: due,
            try_count: 0,
            tries: Vec::new(),
        });
        match due {
            Some(at) => drop(self.due.insert((at, index))),
            None => self.held.push(index),
        }
    }

    /// Every notification ever made, oldest first.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// Takes what is due out of the queue, earliest first. Each must come back through [`Outbox::settle`].
    pub fn take_due(&mut self, now: i64) -> Vec<usize> {
        let later = self.due.split_off(&(now.saturating_add(1), 0));
        std::mem::replace(&mut self.due, later).into_iter().map(|(_, index)| index).collect()
    }

    /// Takes everything that still waits, held ones last.
    pub fn take_all(&mut self) -> Vec<usize> {
        let mut taken: Vec<usize> =
            std::mem::take(&mut self.due).into_iter().map(|(_, index)| index).collect();
        taken.append(&mut self.held);
        taken
    }

    /// Takes what waits about one order.
    pub fn take_of(&mut self, out_trade_no: &str) -> Vec<usize> {
        let notices = &self.notices;
        let mine: Vec<(i64, usize)> = self
            .due
            .iter()
            .copied()
            .filter(|(_, index)| notices[*index].message.out_trade_no == out_trade_no)
            .collect();
        for key in &mine {
            self.due.remove(key);
        }
        mine.into_iter().map(|(_, index)| index).collect()
    }

    /// The message at an index given by a take.
    pub fn message(&self, index: usize) -> &Message {
        &self.notices[index].message
    }

    /// Writes down one sending.
    pub fn record(&mut self, index: usize, attempt: Try) {
        self.notices[index].tries.push(attempt);
    }

    /// Ends a try: done, or due again by the plan. Whatever was held back is due now.
    pub fn settle(&mut self, index: usize, is_delivered: bool, now: i64) -> Option<i64> {
        let notice = &mut self.notices[index];
        notice.due_at = None;
        if is_delivered {
            notice.standing = Standing::Delivered;
        } else if let Some(pause) = pause_s(&notice.message.event_type, notice.try_count) {
            notice.due_at = Some(now + pause);
            self.due.insert((now + pause, index));
        } else {
            notice.standing = Standing::GivenUp;
        }
        notice.try_count += 1;
        let next = notice.due_at;
        for held in std::mem::take(&mut self.held) {
            self.notices[held].due_at = Some(now);
            self.due.insert((now, held));
        }
        next
    }

    /// How many still wait.
    pub fn waiting(&self) -> usize {
        self.due.len() + self.held.len()
    }
}
