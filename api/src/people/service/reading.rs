//! What a request reads of elders by work, noted while it is answered and recorded in one statement before the answer goes out.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use chrono::Duration;
use sea_orm::DbErr;
use uuid::Uuid;

use crate::app::App;
use crate::kit::ids::PersonId;
use crate::people::rules::access::Field;
use crate::people::store::{Reached, recent_accesses, record_accesses};

/// A page that refreshes itself is told once in so many minutes.
const AGAIN_MIN: i64 = 60;

/// Elders and what was read of each.
#[derive(Debug, Default)]
pub struct Readings(Mutex<BTreeSet<(Uuid, Field)>>);

impl Readings {
    /// Somebody reads this at work: at a desk or in an office, without a bond to the elder.
    pub fn note(&self, elder: Uuid, field: Field) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert((elder, field));
    }

    /// As `note`, unless the reader is the elder or of his family.
    pub fn note_reached(&self, reached: &Reached, field: Field) {
        if reached.is_at_work {
            self.note(reached.elder.id, field);
        }
    }

    /// Records what was noted. Nothing noted, nothing asked.
    pub async fn record(&self, app: &App, reader: PersonId) -> Result<(), DbErr> {
        let noted = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if noted.is_empty() {
            return Ok(());
        }
        let (db, now) = (app.db.write(), app.clock.now());
        let since = now - Duration::minutes(AGAIN_MIN);
        let elders: Vec<Uuid> = noted.iter().map(|(elder, _)| *elder).collect();
        let told: HashSet<(Uuid, String)> =
            recent_accesses(db, reader, elders, since).await?.into_iter().collect();
        let new =
            noted.into_iter().filter(|(elder, field)| !told.contains(&(*elder, field.as_str().to_owned())));
        record_accesses(db, &app.ids, (reader, now), new.collect()).await
    }
}
