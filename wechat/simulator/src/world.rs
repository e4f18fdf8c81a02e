//! Everything the simulator remembers, behind one lock, and the things that happen by themselves as time passes.

use std::collections::{BTreeMap, HashMap};

use rand::{Rng, SeedableRng, distr::Alphanumeric, rngs::StdRng};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    bills::{BillFile, Plant},
    bounds,
    clock::Clock,
    complaints::Complaints,
    faults::{Drawn, FaultBook, Moment, Occasion},
    inbox::Inbox,
    journal::{Entry, Journal},
    keys::{Identity, KeyPolicy},
    login::Logins,
    notices::Outbox,
    order::{Order, Refund},
    pushes::Push,
    sharing::Shares,
    shipments::Shipment,
    tokens::Tokens,
    transfers::Transfers,
    words,
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
    /// Whether an object may name a member only once. The platform's own rule is not documented.
    pub strict_json: bool,
    /// Where message push goes; empty: nowhere, events are only kept.
    pub push_url: String,
    /// Whether message push is in secure mode.
    pub push_secure: bool,
    /// Whether shipping management applies: reminders of orders that nobody ships.
    pub trade_managed: bool,
    /// How many phone numbers are still paid for; none means no limit.
    pub phone_quota: Option<u32>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            auto_notify: true,
            refund_delay_s: 0,
            refund_gap_s: 0,
            balance_fen: None,
            strict_nonce: false,
            strict_json: false,
            push_url: String::new(),
            push_secure: true,
            trade_managed: false,
            phone_quota: None,
        }
    }
}

impl Settings {
    /// As strict as the platform, where the default is kind to quick tests: `--strict`.
    ///
    /// Unknown fields, `null` and four-byte characters are refused in any case.
    pub fn strict() -> Self {
        Self { strict_nonce: true, strict_json: true, refund_gap_s: 60, ..Self::default() }
    }

    /// Refuses numbers out of their bounds.
    pub(crate) fn check(&self) -> Result<(), String> {
        bounds::check("refund_delay_s", self.refund_delay_s, bounds::WAITS_S)?;
        bounds::check("refund_gap_s", self.refund_gap_s, bounds::WAITS_S)?;
        bounds::check("balance_fen", self.balance_fen.unwrap_or(0), bounds::BALANCES_FEN)
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
    /// A picture or sound is judged.
    JudgeMedia {
        /// As the call gave it.
        trace_id: String,
        /// The author.
        openid: String,
        /// Its address, whose words decide.
        url: String,
    },
    /// Time confirms a shipment.
    SettleShipment(String),
    /// An order should have been shipped by now.
    RemindShipping(String),
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
    /// Who plays the merchant.
    pub who: Identity,
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
    /// Consents and messages.
    pub inbox: Inbox,
    /// Events for the merchant's server, oldest first.
    pub pushes: Vec<Push>,
    /// What was shipped, by the merchant's order number.
    pub shipments: HashMap<String, Shipment>,
    /// Bills that wait to be fetched, by the token of their address.
    pub bill_files: HashMap<String, BillFile>,
    /// Mistakes planted in bills.
    pub plants: Vec<Plant>,
    /// Profit sharing.
    pub shares: Shares,
    /// Transfers to people.
    pub transfers: Transfers,
    /// Complaints.
    pub complaints: Complaints,
    meters: HashMap<String, (i64, u32)>,
    nonces: HashMap<String, i64>,
    agenda: BTreeMap<(i64, u64), Task>,
    agenda_count: u64,
    dice: StdRng,
}

impl World {
    /// An empty world.
    pub fn new(seed: u64, who: Identity, clock: Clock, settings: Settings) -> Self {
        Self {
            seed,
            who,
            clock,
            settings,
            keys: KeyPolicy::default(),
            faults: FaultBook::new(seed),
            journal: Journal::default(),
            book: Book::default(),
            outbox: Outbox::default(),
            logins: Logins::default(),
            tokens: Tokens::default(),
            inbox: Inbox::default(),
            pushes: Vec::new(),
            shipments: HashMap::new(),
            bill_files: HashMap::new(),
            plants: Vec::new(),
            shares: Shares::default(),
            transfers: Transfers::default(),
            complaints: Complaints::default(),
            meters: HashMap::new(),
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
                Task::JudgeMedia { trace_id, openid, url } => self.judge_media(&trace_id, &openid, &url),
                Task::SettleShipment(number) => drop(self.settle_shipment(&number, due_at, false)),
                Task::RemindShipping(number) => self.remind_shipping(&number),
            }
        }
    }

    /// Counts a call; false when there were too many in this minute.
    pub fn meter(&mut self, name: &str, a_minute: u32) -> bool {
        let minute = self.now().div_euclid(60);
        let entry = self.meters.entry(name.to_owned()).or_insert((minute, 0));
        *entry = if entry.0 == minute { (minute, entry.1 + 1) } else { (minute, 1) };
        entry.1 <= a_minute
    }

    fn judge_media(&mut self, trace_id: &str, openid: &str, url: &str) {
        let verdict = words::judge(url);
        let told = json!({
            "appid": self.who.appid, "trace_id": trace_id, "version": 2, "errcode": 0, "errmsg": "ok",
            "detail": [verdict.detail()],
            "result": { "suggest": verdict.suggest, "label": verdict.label },
        });
        self.push_event(openid, "wxa_media_check", told);
    }

    /// Writes a line of the journal, at this moment.
    pub fn note(&mut self, mut entry: Entry) {
        entry.at = self.now();
        self.journal.add(entry);
    }

    /// Asks the fault rules.
    pub fn draw(&mut self, moment: Moment, occasion: &Occasion<'_>) -> Drawn {
        self.faults.draw(moment, occasion)
    }

    /// A throw of 0–999.
    pub fn permille_throw(&mut self) -> u32 {
        self.dice.random_range(0..1000)
    }

    /// Letters and digits that were not used before, with the seed.
    pub fn nonce(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(self.dice.sample(Alphanumeric))).collect()
    }

    /// Remembers a request nonce for ten minutes; false when it was there already.
    pub fn is_fresh_nonce(&mut self, nonce: &str) -> bool {
        let now = self.now();
        // A clock that was put back leaves moments ahead of it: they are not recent.
        let is_recent = |at: i64| (0..600).contains(&(now - at));
        if self.nonces.len() > 10_000 {
            self.nonces.retain(|_, at| is_recent(*at));
        }
        if self.nonces.get(nonce).is_some_and(|at| is_recent(*at)) {
            return false;
        }
        self.nonces.insert(nonce.to_owned(), now);
        true
    }
}
