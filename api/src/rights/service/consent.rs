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
use crate::people::rules::access::Field;
use crate::people::rules::consent::{
    Objection, Standing, Text, Word, current, objection, standing, valid_until,
};
use crate::people::rules::{Scope, mask_name};
use crate::people::service::reading::Readings;
use crate::people::store::consent as words;
use crate::people::store::{Reached, elder_of};
use crate::rights::graph::consent::{ConsentRefuseErrorCode, ConsentSignErrorCode, ConsentWithdrawErrorCode};
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
#[derive(Clone, Debug)]
pub struct Party {
    /// In which part he speaks.
    pub signed_as: SignedAs,
    /// Who speaks; `None` for a guardian on paper.
    pub signer: Option<Uuid>,
    /// Where the paper lies.
    pub reference: Option<String>,
}

/// Why somebody has no word here.
#[derive(Clone, Copy, Debug)]
pub enum NoParty {
    /// The elder is not within his reach, or he may not decide for him.
    OutOfReach,
    /// The desk has not said who signed and where the paper lies.
    ReferenceMissing,
}

/// Elder and guardian speak for themselves, the desk for a paper that it has seen.
pub fn party(who: &SignedIn, reached: Option<&Reached>, paper: &Paper) -> Result<Party, NoParty> {
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
        Err(Flaw::Objection(Objection::ElderMustSign)) => return refuse(C::ElderMustSign),
        Err(Flaw::Objection(Objection::GuardianMustSign)) => return refuse(C::GuardianMustSign),
        Err(Flaw::Objection(Objection::ElderSaidNo)) => return refuse(C::ElderSaidNo),
        Err(Flaw::GuardianUnknown) => return refuse(C::GuardianUnknown),
    };
    words::insert(&tx, word.clone()).await?;
    record(&tx, &app.ids, word.signed_at, vec![told(&word, "sign", Some(key))]).await?;
    tx.commit().await?;
    Ok(word)
}

/// What is wrong with a signature.
enum Flaw {
    Objection(Objection),
    /// Nobody is known who may decide for the elder.
    GuardianUnknown,
}

/// Whether this signature counts, now that nobody else can say a word; a guardian on paper is found by his bond. The elder's
/// own no always counts, and a guardian's no needs no look at it.
async fn judged(
    tx: &DatabaseTransaction,
    mut word: consent::Model,
) -> Result<Result<consent::Model, Flaw>, Fault> {
    let now = word.signed_at;
    let today = crate::kit::clock::service_day(now);
    let newest = store::newest(tx, word.elder_id).await?.filter(|known| known.valid_until >= today);
    let is_elder_able = newest.is_none_or(|known| is_able(known.level));
    let has_said_no =
        word.is_given && words::has_elder_said_no(tx, (word.elder_id, word.purpose), now).await?;
    let is_own_no = !word.is_given && word.signed_as == SignedAs::Elder;
    let objection = objection(word.signed_as, is_elder_able, has_said_no).filter(|_| !is_own_no);
    if let Some(objection) = objection {
        return Ok(Err(Flaw::Objection(objection)));
    }
    if word.signed_as == SignedAs::Guardian && word.signer_id.is_none() {
        match words::deciders(tx, word.elder_id).await?.as_slice() {
            [] => return Ok(Err(Flaw::GuardianUnknown)),
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
        valid_until: valid_until(purpose, now),
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

/// Says no: every yes is taken back, and a no stands, also when nobody has asked before. Repeated, it answers the same.
pub async fn say_no(
    app: &App,
    who: &SignedIn,
    (elder, purpose): (ElderId, ConsentPurpose),
    paper: &Paper,
) -> Result<consent::Model, Stop<ConsentRefuseErrorCode>> {
    use ConsentRefuseErrorCode as C;
    let reached = elder_of(app.db.write(), who, elder).await?;
    let party = match party(who, reached.as_ref(), paper) {
        Ok(party) => party,
        Err(NoParty::OutOfReach) => return refuse_field(C::ElderNotFound, "elderId"),
        Err(NoParty::ReferenceMissing) => return refuse_field(C::ReferenceMissing, "paperReference"),
    };
    let text = current(purpose).ok_or_else(|| Fault::new("a purpose without a text"))?;
    let tx = app.db.begin().await?;
    words::lock_elder(&tx, elder.0).await?;
    let no = match judged(&tx, word((app, who), (elder, purpose), (&party, text), false)).await? {
        Ok(no) => no,
        Err(Flaw::GuardianUnknown) => return refuse(C::GuardianUnknown),
        Err(Flaw::Objection(_)) => return refuse(C::ElderMustSign),
    };
    let newest = words::newest(&tx, elder.0, purpose).await?;
    if let Some(known) = newest.filter(|known| said(known, no.signed_at) == Standing::No) {
        // A guardian's no is not the elder's own.
        if known.signed_as == SignedAs::Elder || no.signed_as == SignedAs::Guardian {
            return Ok(known);
        }
    }
    words::withdraw(&tx, (elder.0, purpose), who.person.0, no.signed_at).await?;
    words::insert(&tx, no.clone()).await?;
    record(&tx, &app.ids, no.signed_at, vec![told(&no, "refuse", None)]).await?;
    tx.commit().await?;
    Ok(no)
}

/// What stands when this is the newest word.
fn said(word: &consent::Model, now: DateTime<Utc>) -> Standing {
    let (is_given, is_withdrawn) = (word.is_given, word.withdrawn_at.is_some());
    standing(Some(Word { is_given, is_withdrawn, valid_until: word.valid_until }), now)
}

/// One purpose, and what stands about it.
#[derive(Clone, Debug)]
pub struct About {
    /// For what.
    pub purpose: ConsentPurpose,
    /// What stands.
    pub standing: Standing,
    /// The newest word; `None` when nobody ever said one.
    pub newest: Option<consent::Model>,
    /// Name of who signed it, masked; `None` while nobody told it.
    pub signer: Option<String>,
}

/// Every purpose, for the elder, for whoever decides for him, and for the desk of his region; none for everybody else.
pub async fn list(
    app: &App,
    who: &SignedIn,
    (elder, readings): (ElderId, &Readings),
) -> Result<Vec<About>, Fault> {
    let Some(reached) = elder_of(app.db.read(), who, elder).await? else { return Ok(Vec::new()) };
    if !reached.scopes.has(Scope::Decide) && !who.is_desk_for(&reached.elder.region_code) {
        return Ok(Vec::new());
    }
    readings.note_reached(&reached, Field::Consents);
    let newest = words::newest_of_each(app.db.read(), elder.0).await?;
    let about = |purpose: &ConsentPurpose| {
        let known = newest.iter().find(|known| known.word.purpose == *purpose);
        let sealed = known.and_then(|known| match known.word.signed_as {
            SignedAs::Elder => Some(&reached.elder.name_sealed),
            SignedAs::Guardian => known.signer_sealed.as_ref(),
        });
        let name = sealed.map(|sealed| app.seal.open(sealed)).transpose()?;
        Ok(About {
            purpose: *purpose,
            standing: known.map_or(Standing::Open, |known| said(&known.word, app.clock.now())),
            newest: known.map(|known| known.word.clone()),
            signer: name.as_deref().map(mask_name),
        })
    };
    ConsentPurpose::ALL.iter().map(about).collect()
}
