//! Proves the money identities over the whole database: one pass of one statement for each, the first violation named.

pub mod identities;
pub mod providers;

use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use self::identities::{IDENTITIES, Identity};
use crate::config::Config;
use crate::kit::db::{Db, row};
use crate::kit::fen::Fen;
use crate::kit::refusal::Fault;
use crate::money::store::voucher::books;

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which identity.
    pub identity: &'static str,
    /// Of what: an order, a posting, a public account.
    pub subject: String,
    /// What must be and what is, in fen; `None` where the subject says it in words.
    pub difference: Option<(i64, i64)>,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { identity, subject, difference } = self;
        match difference.map(|(wanted, found)| (Fen::new(wanted), Fen::new(found))) {
            Some((wanted, found)) => {
                write!(to, "{identity}: {subject} should be {wanted} yuan and is {found}")
            }
            None => write!(to, "{identity}: {subject}"),
        }
    }
}

/// What one pass found.
#[derive(Clone, Debug)]
pub struct Proof {
    /// Which identity.
    pub identity: &'static str,
    /// How long it took.
    pub took: Duration,
    /// The first thing that does not hold.
    pub violation: Option<Violation>,
}

#[derive(FromQueryResult)]
struct Found {
    id: Option<Uuid>,
    name: Option<String>,
    wanted: i64,
    found: i64,
}

/// Looks at one identity.
async fn prove<C: ConnectionTrait>(db: &C, identity: &Identity) -> Result<Proof, DbErr> {
    let begun = Instant::now();
    let found: Option<Found> = row(db, &identity.sql(), []).await?;
    let violation = found.map(|found| Violation {
        identity: identity.name,
        subject: [found.name, found.id.map(|id| id.to_string())]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" of "),
        difference: Some((found.wanted, found.found)),
    });
    Ok(Proof { identity: identity.name, took: begun.elapsed(), violation })
}

/// Looks at every identity, also after one does not hold.
pub async fn audit<C: ConnectionTrait>(db: &C) -> Result<Vec<Proof>, DbErr> {
    let mut proofs = Vec::with_capacity(IDENTITIES.len() + 2);
    for identity in &IDENTITIES {
        proofs.push(prove(db, identity).await?);
    }
    let begun = Instant::now();
    let violation = providers::first(db).await?;
    proofs.push(Proof { identity: providers::NAME, took: begun.elapsed(), violation });
    let begun = Instant::now();
    let first = books::violations(db).await?.into_iter().next();
    let violation = first.map(|subject| Violation { identity: VOUCHERS, subject, difference: None });
    proofs.push(Proof { identity: VOUCHERS, took: begun.elapsed(), violation });
    Ok(proofs)
}

/// Vouchers: granted = available + reserved + redeemed + lapsed + returned, rows and ledger agree.
const VOUCHERS: &str = "vouchers: every grant is accounted for";

/// The subcommand: prints each identity with its time; a fault names the first violation. It needs the database alone.
pub async fn run(config: &Config) -> Result<(), Fault> {
    let file = config.database_url.strip_prefix("sqlite:").and_then(|rest| rest.split('?').next());
    if let Some(missing) = file.filter(|path| !std::path::Path::new(path).is_file()) {
        return Err(Fault::new(format!("there is no database {missing}")));
    }
    let db = Db::open(&config.database_url, config.database_connections).await?;
    let proofs = audit(db.read()).await?;
    for proof in &proofs {
        let word = if proof.violation.is_none() { "holds" } else { "BROKEN" };
        println!("{word:>6} {:>7} ms  {}", proof.took.as_millis(), proof.identity);
    }
    match proofs.into_iter().find_map(|proof| proof.violation) {
        Some(violation) => Err(Fault::new(violation.to_string())),
        None => Ok(()),
    }
}
