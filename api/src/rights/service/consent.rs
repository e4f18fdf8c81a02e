//! Signing and taking back. It lives beside the assessments because the assessed level says whose signature is asked for;
//! texts and rows belong to people.

use chrono::{DateTime, Utc};
use entities::consent;
use entities::enums::{ConsentPurpose, SignedAs};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use crate::app::App;
use crate::kit::event::{Event, record};
use crate::kit::ids::ElderId;
use crate::kit::once::{Once, Request, fingerprint, is_request_key, once};
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::people::rules::Scope;
use crate::people::rules::consent::{Objection, Text, current, objection, valid_until};
use crate::people::store::consent as words;
use crate::people::store::{Reached, elder_of};
use crate::rights::graph::consent::{ConsentSignErrorCode, ConsentWithdrawErrorCode};
use crate::rights::rules::assessment::is_able;
use crate::rights::store;

/// Longest reference of a paper in characters.
const REFERENCE_MAX: usize = 100;

/// A signature that somebody brought to the counter on paper.
#[derive(Clone, Debug)]
pub struct Paper {
    /// In which part it was signed.
    pub signed_as: Option<SignedAs>,
    /// Where the paper lies.
    pub reference: Option<String>,
}

/// What is signed, for whom.
#[derive(Clone, Debug)]
pub struct Signing {
    /// For whom.
    pub elder: ElderId,
    /// For what.
    pub purpose: ConsentPurpose,
    /// Which text was read.
    pub version: String,
    /// Its SHA-256 in hexadecimal.
    pub sha256: String,
    /// Only at the desk.
    pub paper: Paper,
}

/// Whose word it is.
struct Party {
    signed_as: SignedAs,
    signer: Option<Uuid>,
    reference: Option<String>,
}

/// Why somebody has no word here.
enum NoParty {
    OutOfReach,
    ReferenceMissing,
}

/// Elder and guardian speak for themselves, the desk for a paper that it has seen.
fn party(who: &SignedIn, reached: Option<&Reached>, paper: &Paper) -> Result<Party, NoParty> {
    let Some(reached) = reached else { return Err(NoParty::OutOfReach) };
    let own = |signed_as| Party { signed_as, signer: Some(who.person.0), reference: None };
    if reached.is_self {
        return Ok(own(SignedAs::Elder));
    }
    if reached.scopes.has(Scope::Decide) {
        return Ok(own(SignedAs::Guardian));
    }
    if !who.is_desk_for(&reached.elder.region_code) {
        return Err(NoParty::OutOfReach);
    }
    let reference = paper.reference.as_deref().map(str::trim).unwrap_or_default();
    let is_sober = (1..=REFERENCE_MAX).contains(&reference.chars().count());
    match paper.signed_as.filter(|_| is_sober) {
        Some(signed_as) => {
            let signer = reached.elder.person_id.filter(|_| signed_as == SignedAs::Elder);
            Ok(Party { signed_as, signer, reference: Some(reference.to_owned()) })
        }
        None => Err(NoParty::ReferenceMissing),
    }
}

/// Signs the current text. A wrong version or hash is refused: what was not read is not signed.
pub async fn sign(
    app: &App,
    who: &SignedIn,
    key: &str,
    signing: &Signing,
) -> Result<consent::Model, Stop<ConsentSignErrorCode>> {
    use ConsentSignErrorCode as C;
    let reached = elder_of(app.db.write(), who, signing.elder).await?;
    let party = match party(who, reached.as_ref(), &signing.paper) {
        Ok(party) => party,
        Err(NoParty::OutOfReach) => return refuse_field(C::ElderNotFound, "elderId"),
        Err(NoParty::ReferenceMissing) => return refuse_field(C::ReferenceMissing, "paperReference"),
    };
    if !is_request_key(key) {
        return refuse_field(C::RequestKeyInvalid, "requestKey");
    }
    let read = |text: &&Text| text.is_named_by(&signing.version, &signing.sha256);
    let Some(text) = current(signing.purpose).filter(read) else {
        return refuse_field(C::TextChanged, "textHash");
    };
    let tx = app.db.begin().await?;
    words::lock_elder(&tx, signing.elder.0).await?;
    let word = word((app, who), (signing.elder, signing.purpose), (&party, text), true);
    let print = fingerprint(signing);
    let request = Request { person: who.person.0, act: "consentSign", key, fingerprint: &print };
    match once(&tx, request, word.id, word.signed_at).await? {
        Once::Reused => return refuse_field(C::RequestKeyReused, "requestKey"),
        Once::Again(known) => {
            let known = words::word(&tx, known).await?;
            return known.ok_or_else(|| Fault::new("a consent vanished").into());
        }
        Once::First => {}
    }
    let word = match judged(&tx, word).await? {
        Ok(word) => word,
        Err(code) => return refuse(code),
    };
    words::insert(&tx, word.clone()).await?;
    record(&tx, &app.ids, word.signed_at, vec![told(&word, "sign", Some(key))]).await?;
    tx.commit().await?;
    Ok(word)
}

/// Whether this signature counts, now that nobody else can say a word; a guardian on paper is found by his bond.
async fn judged(
    tx: &DatabaseTransaction,
    mut word: consent::Model,
) -> Result<Result<consent::Model, ConsentSignErrorCode>, Fault> {
    use ConsentSignErrorCode as C;
    let now = word.signed_at;
    let today = crate::kit::clock::service_day(now);
    let newest = store::newest(tx, word.elder_id).await?.filter(|known| known.valid_until >= today);
    let has_said_no = words::has_elder_said_no(tx, (word.elder_id, word.purpose), now).await?;
    match objection(word.signed_as, newest.is_none_or(|known| is_able(known.level)), has_said_no) {
        Some(Objection::ElderMustSign) => return Ok(Err(C::ElderMustSign)),
        Some(Objection::GuardianMustSign) => return Ok(Err(C::GuardianMustSign)),
        Some(Objection::ElderSaidNo) => return Ok(Err(C::ElderSaidNo)),
        None => {}
    }
    if word.signed_as == SignedAs::Guardian && word.signer_id.is_none() {
        match words::deciders(tx, word.elder_id).await?.as_slice() {
            [] => return Ok(Err(C::GuardianUnknown)),
            [only] => word.signer_id = Some(*only),
            // The paper tells which of them.
            _ => {}
        }
    }
    Ok(Ok(word))
}

fn word(
    (app, who): (&App, &SignedIn),
    (elder, purpose): (ElderId, ConsentPurpose),
    (party, text): (&Party, &Text),
    is_given: bool,
) -> consent::Model {
    let now = app.clock.now();
    consent::Model {
        id: app.ids.next(),
        elder_id: elder.0,
        purpose,
        is_given,
        text_version: text.version.clone(),
        text_sha256: text.sha256(),
        signed_as: party.signed_as,
        signer_id: party.signer,
        recorded_by: who.person.0,
        paper_reference: party.reference.clone(),
        signed_at: now,
        valid_until: valid_until(now),
        withdrawn_at: None,
        withdrawn_by: None,
    }
}

fn told(word: &consent::Model, name: &'static str, key: Option<&str>) -> Event {
    Event {
        subject: "consent",
        subject_id: word.id,
        name,
        actor: Some(word.recorded_by),
        request_key: key.map(str::to_owned),
        topic: Some(format!("elder:{}", word.elder_id)),
        ..Event::default()
    }
}

/// Takes every standing yes back. From the elder it is also a no of his own, which no guardian's yes outweighs while it
/// stands. Repeated, it answers the same.
pub async fn withdraw(
    app: &App,
    who: &SignedIn,
    (elder, purpose): (ElderId, ConsentPurpose),
    paper: &Paper,
) -> Result<consent::Model, Stop<ConsentWithdrawErrorCode>> {
    use ConsentWithdrawErrorCode as C;
    let reached = elder_of(app.db.write(), who, elder).await?;
    let party = match party(who, reached.as_ref(), paper) {
        Ok(party) => party,
        Err(NoParty::OutOfReach) => return refuse_field(C::ElderNotFound, "elderId"),
        Err(NoParty::ReferenceMissing) => return refuse_field(C::ReferenceMissing, "paperReference"),
    };
    let Some(text) = current(purpose) else { return refuse(C::NothingSigned) };
    let tx = app.db.begin().await?;
    words::lock_elder(&tx, elder.0).await?;
    let now: DateTime<Utc> = app.clock.now();
    let taken_back = words::withdraw(&tx, (elder.0, purpose), who.person.0, now).await?;
    let is_elders = party.signed_as == SignedAs::Elder;
    if is_elders && (taken_back > 0 || !words::has_elder_said_no(&tx, (elder.0, purpose), now).await?) {
        words::insert(&tx, word((app, who), (elder, purpose), (&party, text), false)).await?;
    }
    let Some(newest) = words::newest(&tx, elder.0, purpose).await? else { return refuse(C::NothingSigned) };
    if taken_back > 0 || newest.signed_at == now {
        record(&tx, &app.ids, now, vec![told(&newest, "withdraw", None)]).await?;
    }
    tx.commit().await?;
    Ok(newest)
}
