//! What elders are entitled to: one elder, a community, everybody.

use chrono::NaiveDate;
use entities::enums::ConsentPurpose;
use uuid::Uuid;

use super::reach;
use crate::app::App;
use crate::kit::ids::ElderId;
use crate::kit::page::Page;
use crate::kit::refusal::Fault;
use crate::kit::viewer::SignedIn;
use crate::people::rules::access::{CARE, Field};
use crate::people::store::{consent, record_access};
use crate::rights::rules::programme::{Item, Programme, Truth, Verdict, evaluate_item, judge};
use crate::rights::store::enrolment::taken;
use crate::rights::store::known::{self, Known};

/// Elders that one statement brings while many are looked at.
const CHUNK: u64 = 500;

/// What one item gives to an elder.
#[derive(Clone, Debug)]
pub struct Entitled<'a> {
    /// Of which programme.
    pub programme: &'a Programme,
    /// What can be had.
    pub item: &'a Item,
    /// Yes or no, how much and why.
    pub verdict: Verdict<'a>,
    /// Where the elder lives.
    pub region_code: String,
    /// Whether an approval stands in the month.
    pub is_enrolled: bool,
}

/// Everything that can be had, item by item, for those who may open the elder's archive; `None` for everybody else, and nothing
/// from his death on. The reading is recorded.
pub async fn of_elder<'a>(
    app: &'a App,
    who: &SignedIn,
    elder: ElderId,
    on: NaiveDate,
) -> Result<Option<Vec<Entitled<'a>>>, Fault> {
    let Some(opened) = reach::open(app, who, elder).await? else { return Ok(None) };
    reach::note(app, who, &opened, Field::Entitlements).await?;
    if opened.elder.died_on.is_some_and(|died_on| died_on <= on) {
        return Ok(Some(Vec::new()));
    }
    let Some(known) = known::one(app.db.read(), elder.0).await? else { return Ok(None) };
    let shown = look(app, std::slice::from_ref(&known), on).await?;
    Ok(shown.into_iter().next().map(|(_, entitled)| entitled))
}

/// Everything for each elder of a page.
async fn look<'a, 'k>(
    app: &'a App,
    page: &'k [Known],
    on: NaiveDate,
) -> Result<Vec<(&'k Known, Vec<Entitled<'a>>)>, Fault> {
    let levels = known::levels(app.db.read(), page, on).await?;
    let taken = taken(app.db.read(), page, on).await?;
    let mut shown = Vec::new();
    for elder in page {
        let facts = elder.facts(&app.seal, levels.get(&elder.elder_id).copied(), on)?;
        let own = taken.get(&elder.elder_id).map(Vec::as_slice).unwrap_or_default();
        let mut entitled = Vec::new();
        for programme in app.programmes.iter() {
            for item in programme.items.iter() {
                entitled.push(Entitled {
                    programme,
                    item,
                    verdict: evaluate_item(programme, item, &facts, on),
                    region_code: elder.region_code.clone(),
                    is_enrolled: own.iter().any(|(code, kind)| *code == programme.code && *kind == item.code),
                });
            }
        }
        shown.push((elder, entitled));
    }
    Ok(shown)
}

/// An elder who does not use everything.
#[derive(Clone, Debug)]
pub struct Unused<'a> {
    /// Who.
    pub elder_id: Uuid,
    /// Day of birth.
    pub birth_on: NaiveDate,
    /// Items that begin with an approval, to which he is entitled, and for which none stands.
    pub items: Vec<Entitled<'a>>,
}

/// Elders of a street or community who are entitled to something and do not use it, ordered by id, without those whose no to
/// BENEFIT_MATCHING stands. Each one shown is recorded as read.
pub async fn unused<'a>(
    app: &'a App,
    who: &SignedIn,
    (region, on): (&str, NaiveDate),
    page: Page,
) -> Result<Vec<Unused<'a>>, Fault> {
    if !who.is_desk_for(region) && !who.is_officer_for(region) {
        return Ok(Vec::new());
    }
    let wanted = usize::try_from(page.limit()).unwrap_or(usize::MAX);
    let (mut found, mut after) = (Vec::new(), page.after);
    while found.len() < wanted {
        let chunk = known::page(app.db.read(), region, after, CHUNK).await?;
        let Some(last) = chunk.last() else { break };
        after = Some(last.elder_id);
        let ends = (chunk.first().map_or(last.elder_id, |first| first.elder_id), last.elder_id);
        let purpose = ConsentPurpose::BenefitMatching;
        let refusing = consent::refusing(app.db.read(), purpose, ends, app.clock.now()).await?;
        let asked: Vec<Known> = chunk.into_iter().filter(|one| !refusing.contains(&one.elder_id)).collect();
        for (elder, entitled) in look(app, &asked, on).await? {
            let is_open =
                |one: &Entitled<'_>| one.item.is_applied_for && one.verdict.is_entitled && !one.is_enrolled;
            let items: Vec<Entitled<'a>> = entitled.into_iter().filter(is_open).collect();
            if !items.is_empty() && found.len() < wanted {
                found.push(Unused { elder_id: elder.elder_id, birth_on: elder.birth_on, items });
            }
        }
    }
    let shown = usize::try_from(page.first).unwrap_or(usize::MAX);
    for one in found.iter().take(shown) {
        let pair = (ElderId(one.elder_id), who.person);
        record_access(app.db.write(), app.ids.next(), pair, (Field::Entitlements, CARE), app.clock.now())
            .await?;
    }
    Ok(found)
}

/// What a run over many elders found about one item.
#[derive(Clone, Copy, Debug)]
pub struct Tally<'a> {
    /// Of which programme.
    pub programme: &'a Programme,
    /// What can be had.
    pub item: &'a Item,
    /// Elders who are entitled.
    pub entitled: u64,
    /// Elders about whom facts are missing.
    pub open: u64,
    /// Elders who are entitled and for whom no approval stands; counted for items that begin with one.
    pub unused: u64,
    /// Sum of what is certain, in fen for one month or meal each.
    pub fen: i64,
}

/// What a run looks at.
#[derive(Clone, Debug)]
pub struct Run {
    /// Codes of programmes; empty for all.
    pub programmes: Vec<String>,
    /// Region code with everything below it; empty for everywhere.
    pub region: String,
    /// The day.
    pub on: NaiveDate,
}

/// Looks at every elder of the run, so many at a time, and tells `progress` how many were looked at. Nothing but the tally is
/// kept.
pub async fn run<'a>(
    app: &'a App,
    run: &Run,
    mut progress: impl FnMut(u64),
) -> Result<Vec<Tally<'a>>, Fault> {
    let is_asked =
        |programme: &&Programme| run.programmes.is_empty() || run.programmes.contains(&programme.code);
    let mut tallies: Vec<Tally<'a>> = app
        .programmes
        .iter()
        .filter(is_asked)
        .flat_map(|programme| programme.items.iter().map(move |item| (programme, item)))
        .map(|(programme, item)| Tally { programme, item, entitled: 0, open: 0, unused: 0, fen: 0 })
        .collect();
    let (mut seen, mut after) = (0, None);
    loop {
        let chunk = known::page(app.db.read(), &run.region, after, 4 * CHUNK).await?;
        let Some(last) = chunk.last() else { return Ok(tallies) };
        after = Some(last.elder_id);
        count(app, &chunk, run.on, &mut tallies).await?;
        seen += u64::try_from(chunk.len()).unwrap_or(0);
        progress(seen);
    }
}

async fn count(app: &App, chunk: &[Known], on: NaiveDate, tallies: &mut [Tally<'_>]) -> Result<(), Fault> {
    let levels = known::levels(app.db.read(), chunk, on).await?;
    let taken = taken(app.db.read(), chunk, on).await?;
    for elder in chunk {
        let facts = elder.facts(&app.seal, levels.get(&elder.elder_id).copied(), on)?;
        let own = taken.get(&elder.elder_id).map(Vec::as_slice).unwrap_or_default();
        for tally in tallies.iter_mut() {
            let judged = judge(tally.programme, tally.item, &facts, on);
            match judged.truth {
                Truth::No => continue,
                Truth::Unknown => tally.open += 1,
                Truth::Yes => {
                    tally.entitled += 1;
                    let fen = judged.amount.map_or(0, crate::kit::fen::Fen::get);
                    tally.fen = tally.fen.checked_add(fen).ok_or_else(|| Fault::new("a sum past its end"))?;
                    let is_used = own
                        .iter()
                        .any(|(code, kind)| *code == tally.programme.code && *kind == tally.item.code);
                    tally.unused += u64::from(tally.item.is_applied_for && !is_used);
                }
            }
        }
    }
    Ok(())
}
