//! Everything the simulator remembers, behind one lock, and the things that happen by themselves as time passes.

use std::collections::{BTreeMap, HashMap};

use rand::{Rng, SeedableRng, distr::Alphanumeric, rngs::StdRng};
use serde::{Deserialize, Serialize};

use crate::{
    clock::Clock,
    faults::{Drawn, FaultBook, Moment, Occasion},
    journal::{Entry, Journal},
    keys::KeyPolicy,
    login::Logins,
    notices::Outbox,
    order::{Order, Refund},
    tokens::Tokens,
};

/// Behaviour that a test may choose; `GET` and `POST /sim/settings`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Whether due notifications go out by themselves.
    pub auto_notify: bool,
    /// Virtual seconds between accepting a refund and its end; 0 means at the next look.
    pub refund_delay_s: i64,
    /// Seconds that must lie between two refunds of one order. The platform says 60; off by default, tests are quick.
    pub refund_gap_s: i64,
    /// The merchant's balance in fen, which refunds draw on; none means no limit.
    pub balance_fen: Option<i64>,
    /// Whether a nonce may occur only once in ten minutes. The platform's own rule is not documented.
    pub strict_nonce: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { auto_notify: true, refund_delay_s: 0, refund_gap_s: 0, balance_fen: None, strict_nonce: false }
    }
}

/// Something that will happen by itself.
pub enum Task {
    /// An unpaid order closes.
    CloseOrder(String),
    /// A payer pays.
    Pay {
        /// The order.
        out_trade_no: String,
        /// The payer.
        openid: Option<String>,
    },
    /// A refund ends.
    EndRefund(String),
}

/// Orders and refunds.
#[derive(Default)]
pub struct Book {
    /// By the merchant's number.
    pub orders: HashMap<String, Order>,
    /// The merchant's numbers, oldest first.
    pub sequence: Vec<String>,
    /// Order of a prepay id.
    pub prepays: HashMap<String, String>,
    /// Order of a transaction id.
    pub transactions: HashMap<String, String>,
    /// By the merchant's number.
    pub refunds: HashMap<String, Refund>,
}

/// The simulator's whole memory.
pub struct World {
    /// What all identifiers are derived from.
    pub seed: u64,
    /// Virtual time.
    pub clock: Clock,
    /// Behaviour.
    pub settings: Settings,
    /// Which key signs.
    pub keys: KeyPolicy,
    /// Faults in force.
    pub faults: FaultBook,
    /// What happened.
    pub journal: Journal,
    /// Orders and refunds.
    pub book: Book,
    /// Notifications.
    pub outbox: Outbox,
    /// People and their login codes.
    pub logins: Logins,
    /// Access tokens.
    pub tokens: Tokens,
    nonces: HashMap<String, i64>,
    agenda: BTreeMap<(i64, u64), Task>,
    agenda_count: u64,
    dice: StdRng,
}

impl World {
    /// An empty world.
    pub fn new(seed: u64, clock: Clock, settings: Settings) -> Self {
        Self {
            seed,
            clock,
            settings,
            keys: KeyPolicy::default(),
            faults: FaultBook::default(),
            journal: Journal::default(),
            book: Book::default(),
            outbox: Outbox::default(),
            logins: Logins::default(),
            tokens: Tokens::default(),
            nonces: HashMap::new(),
            agenda: BTreeMap::new(),
            agenda_count: 0,
            dice: StdRng::seed_from_u64(seed),
        }
    }

    /// Now, unix seconds.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// Puts something on the agenda.
    pub fn plan(&mut self, due_at: i64, task: Task) {
        self.agenda_count += 1;
        self.agenda.insert((due_at, self.agenda_count), task);
    }

    /// Lets everything happen that is due, in its order and at its own time.
    pub fn tick(&mut self) {
        let now = self.now();
        while let Some(entry) = self.agenda.first_entry() {
            let due_at = entry.key().0;
            if due_at > now {
                break;
            }
            match entry.remove() {
                Task::CloseOrder(number) => self.close_expired(&number),
                Task::Pay { out_trade_no, openid } => {
                    if let Err(refusal) = self.pay(&out_trade_no, openid.as_deref(), due_at) {
                        tracing::info!("planned payment refused: {}", refusal.code());
                    }
                }
                Task::EndRefund(number) => self.end_refund(&number, due_at),
            }
        }
    }

    /// Writes a line of the journal, at this moment.
    pub fn note(&mut self, mut entry: Entry) {
        entry.at = self.now();
        self.journal.add(entry);
    }

    /// Asks the fault rules.
    pub fn draw(&mut self, moment: Moment, occasion: &Occasion<'_>) -> Drawn {
        self.faults.draw(moment, occasion, &mut self.dice)
    }

    /// A throw of 0–99.
    pub fn percent_throw(&mut self) -> u32 {
        self.dice.random_range(0..100)
    }

    /// Letters and digits that were not used before, with the seed.
    pub fn nonce(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(self.dice.sample(Alphanumeric))).collect()
    }

    /// Remembers a request nonce for ten minutes; false when it was there already.
    pub fn is_fresh_nonce(&mut self, nonce: &str) -> bool {
        let now = self.now();
        if self.nonces.len() > 10_000 {
            self.nonces.retain(|_, at| now - *at < 600);
        }
        self.nonces.insert(nonce.to_owned(), now).is_none_or(|at| now - at >= 600)
    }
}
