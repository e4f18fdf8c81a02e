//! Two thousand at once for two hundred places.

use super::cases::{input, place_document};
use super::http::{Line, Template};
use super::id::{Kind, text};
use super::load::Outcome;
use super::world::World;
use crate::{Explain, Result};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

const CLIENTS: u64 = 2_000;
const PLACES: u64 = 200;
/// Number of the lone slot that data.sql gives so many places.
const SLOT: u64 = 9;

/// How the rush ended.
#[derive(Debug, Clone, Serialize)]
pub struct Rush {
    pub wall_ms: u64,
    pub placed: u64,
    pub refusals: BTreeMap<String, u64>,
    pub faults: u64,
    pub first_fault: Option<String>,
    pub orders_in_database: u64,
    pub taken_in_database: u64,
}

impl Rush {
    /// Whether every place was sold once and everybody else was told so.
    pub fn is_right(&self) -> bool {
        let full = self.refusals.get("SLOT_FULL").copied().unwrap_or(0);
        let counts = [self.placed, self.orders_in_database, self.taken_in_database];
        counts.iter().all(|count| *count == PLACES) && full == CLIENTS - PLACES && self.faults == 0
    }
}

/// Connects everybody, lets them go at once, and counts.
pub async fn run(world: &World) -> Result<Rush> {
    eprintln!("bench: e, {CLIENTS} at once for {PLACES} places");
    let template = Template::new(place_document(), &world.tokens);
    let slot = text(Kind::Lone, SLOT);
    let barrier = Arc::new(Barrier::new(usize::try_from(CLIENTS).unwrap_or(0) + 1));
    let mut clients = JoinSet::new();
    for elder in 0..CLIENTS {
        let mut line = Line::open(world.server.port).await?;
        let mut request = Vec::new();
        let input = input(&format!("bench-e-{elder:016}"), elder % world.size.elders, &slot, 0);
        template.write(
            &mut request,
            elder % world.size.elders % world.size.viewers,
            &format!("{{\"input\":{input}}}"),
        );
        let barrier = Arc::clone(&barrier);
        clients.spawn(async move {
            barrier.wait().await;
            let mut outcome = Outcome::default();
            match line.ask(&request).await {
                Ok(answer) => drop(outcome.judge(answer.status, answer.body, "\"order\":{")),
                Err(trouble) => {
                    outcome.faults += 1;
                    outcome.first_fault = Some(trouble.to_string());
                }
            }
            outcome
        });
    }
    barrier.wait().await;
    let began = Instant::now();
    let mut sum = Outcome::default();
    while let Some(ended) = clients.join_next().await {
        sum.add(ended.explain(|| "A client of the rush broke".to_owned())?);
    }
    let wall_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let whose = format!("= '01900000-000d-7000-8000-{SLOT:012x}'");
    let orders = format!("SELECT count(*) FROM meal_order WHERE slot_id {whose}");
    let taken = format!("SELECT taken::bigint FROM meal_slot WHERE id {whose}");
    Ok(Rush {
        wall_ms,
        placed: sum.all_answers,
        refusals: sum.refusals,
        faults: sum.faults,
        first_fault: sum.first_fault,
        orders_in_database: world.count(false, &orders).await?,
        taken_in_database: world.count(false, &taken).await?,
    })
}
