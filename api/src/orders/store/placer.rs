//! Admission of orders: the one place where a seat becomes an order.
//!
//! On PostgreSQL orders that queue up for a moment go as one data-modifying statement that admits them in order of
//! arrival (group commit); without a queue it is the same statement with one order. On SQLite each order is a short
//! transaction on the one writer. Both are proven by the same tests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use entities::meal_order;
use sea_orm::DbErr;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{placer_sql, write};
use crate::app::App;
use crate::orders::rules::Line;

/// An order that asks for its places.
#[derive(Clone, Debug)]
pub struct Placing {
    /// The row as it will stand.
    pub order: meal_order::Model,
    /// The voucher that pays a part of it.
    pub voucher: Option<Uuid>,
    /// The canteen's contract that bears this part.
    pub contract: Option<Uuid>,
    /// Its lines.
    pub lines: Vec<Line>,
    /// Places that others hold for the moment.
    pub held_by_others: i32,
    /// Sold at the counter after the cut-off.
    pub ignores_cut_off: bool,
    /// Why in the timeline: `place`, `counter_sale`.
    pub event: &'static str,
    /// Id of the event row.
    pub event_id: Uuid,
    /// Id of the due-work row, when the order waits for a payment.
    pub work_id: Uuid,
    /// Second subject of the event, for the kitchen.
    pub topic: Option<String>,
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// The order stands with its places.
    Yes,
    /// The cut-off has passed or the canteen is closed.
    Closed,
    /// No places are left.
    Full,
    /// The request key, or the elder's subsidised meal of the period, is there already.
    Conflict,
    /// The voucher does not hold any more what the order takes of it.
    VoucherChanged,
    /// Too many ask at once; nothing was tried.
    Busy,
    /// It would fit alone but not behind the others of its group: ask again, alone.
    Alone,
}

/// Most orders in one statement.
const GROUP_MAX: usize = 64;
/// Most orders that may wait; beyond that a refusal is kinder than a time-out.
const QUEUE_MAX: usize = 8_192;
/// Statements on their way at once.
const FLUSHERS: usize = 2;

type Waiting = (Placing, oneshot::Sender<Result<Placed, DbErr>>);

/// The queue before the statement.
#[derive(Clone, Default)]
pub struct Placer {
    queue: Arc<Mutex<Queue>>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    flushers: usize,
}

impl Placer {
    /// Asks for places and waits for the answer. Error: the database.
    pub async fn place(&self, app: &App, placing: Placing) -> Result<Placed, DbErr> {
        // A contract is one more row to lock in order: rare enough to go alone.
        if app.db.postgres().is_none() || placing.contract.is_some() {
            return write::place_alone(app, &placing).await;
        }
        match self.ask(app, placing.clone()).await? {
            Placed::Alone => {
                match placer_sql::place_group(app, std::slice::from_ref(&placing)).await?.first() {
                    Some(Placed::Alone) | None => Ok(Placed::Full),
                    Some(placed) => Ok(*placed),
                }
            }
            placed => Ok(placed),
        }
    }

    async fn ask(&self, app: &App, placing: Placing) -> Result<Placed, DbErr> {
        let (answer, answered) = oneshot::channel();
        let starts_flusher = {
            let mut queue = self.lock();
            if queue.waiting.len() >= QUEUE_MAX {
                return Ok(Placed::Busy);
            }
            queue.waiting.push_back((placing, answer));
            let starts = queue.flushers < FLUSHERS;
            queue.flushers += usize::from(starts);
            starts
        };
        if starts_flusher {
            let (placer, app) = (self.clone(), app.clone());
            app.clone().tasks.spawn(async move { placer.flush(&app).await });
        }
        answered.await.map_err(|_| DbErr::Custom("an order's admission was cut off".to_owned()))?
    }

    /// Sends what waits, group by group, until nothing waits.
    async fn flush(&self, app: &App) {
        while let Some(group) = self.next_group() {
            let (placings, answers): (Vec<_>, Vec<_>) = group.into_iter().unzip();
            match placer_sql::place_group(app, &placings).await {
                Ok(placed) => {
                    for (answer, placed) in answers.into_iter().zip(placed) {
                        // A caller that has gone away finds its order by its key.
                        drop(answer.send(Ok(placed)));
                    }
                }
                Err(_) if placings.len() > 1 => self.flush_one_by_one(app, placings, answers).await,
                Err(error) => {
                    for answer in answers {
                        drop(answer.send(Err(DbErr::Custom(error.to_string()))));
                    }
                }
            }
        }
    }

    /// One order of a group was unacceptable to the database: the others must not suffer.
    async fn flush_one_by_one(
        &self,
        app: &App,
        placings: Vec<Placing>,
        answers: Vec<oneshot::Sender<Result<Placed, DbErr>>>,
    ) {
        for (placing, answer) in placings.iter().zip(answers) {
            let placed = placer_sql::place_group(app, std::slice::from_ref(placing)).await;
            drop(answer.send(placed.map(|placed| placed.first().copied().unwrap_or(Placed::Full))));
        }
    }

    /// The next group, or `None` when this flusher may stop.
    fn next_group(&self) -> Option<Vec<Waiting>> {
        let mut queue = self.lock();
        if queue.waiting.is_empty() {
            queue.flushers -= 1;
            return None;
        }
        let count = queue.waiting.len().min(GROUP_MAX);
        Some(queue.waiting.drain(..count).collect())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// When the hold of a placing runs out, if it has one.
pub fn work_due(placing: &Placing) -> Option<DateTime<Utc>> {
    placing.order.pay_before
}
