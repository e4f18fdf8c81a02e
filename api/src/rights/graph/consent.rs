//! Texts, signatures, and taking them back.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entities::consent;
use entities::enums::{ConsentPurpose as RowPurpose, SignedAs as RowSignedAs};

use crate::app::Asked as _;
use crate::kit::allow::{Allow, ORDERING, allow};
use crate::kit::ids::{ConsentId, ElderId};
use crate::kit::scalar::Instant;
use crate::people::rules::consent::{Standing, Text, about, current};
use crate::rights::service::consent::{self as service, About, Paper, Signing};

/// What a consent is for.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "RowPurpose")]
pub enum ConsentPurpose {
    /// The risks of being bathed at home.
    BathingRisk,
    /// Having abilities assessed, and what is kept of it.
    AbilityAssessment,
    /// Care notes, diet and allergies shown to the carer or the canteen of the day.
    ProviderNotes,
    /// Lists of those who are entitled to something and do not use it.
    BenefitMatching,
}

/// In which part somebody signs.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "RowSignedAs")]
pub enum SignedAs {
    /// The elder himself.
    Elder,
    /// Whoever decides for him, by a bond with the scope DECIDE.
    Guardian,
}

/// A text that is signed.
#[derive(SimpleObject)]
pub struct ConsentText {
    /// What it is for.
    pub purpose: ConsentPurpose,
    /// Give it back as `textVersion` when signing.
    pub version: String,
    /// The text in Chinese, to be shown whole.
    pub text: String,
    /// SHA-256 of the text in UTF-8, in hexadecimal. Give it back as `textHash` when signing.
    pub text_hash: String,
}

impl ConsentText {
    fn new(purpose: ConsentPurpose, text: &Text) -> Self {
        let (version, text_hash) = (text.version.clone(), text.sha256());
        Self { purpose, version, text: text.text.clone(), text_hash }
    }
}

/// A yes to a text, or an elder's own no.
#[derive(SimpleObject)]
pub struct Consent {
    /// Opaque.
    pub id: ID,
    /// For whom.
    pub elder_id: ID,
    /// For what.
    pub purpose: ConsentPurpose,
    /// False for an elder's own no.
    pub is_given: bool,
    /// In which part it was signed.
    pub signed_as: SignedAs,
    /// Which text.
    pub text_version: String,
    /// When it was signed.
    pub signed_at: Instant,
    /// It stands until then, unless it is taken back; null: until it is taken back.
    pub valid_until_at: Option<Instant>,
    /// When it was taken back; null while nobody did.
    pub withdrawn_at: Option<Instant>,
}

impl From<consent::Model> for Consent {
    fn from(row: consent::Model) -> Self {
        Self {
            id: ConsentId(row.id).to_string().into(),
            elder_id: ElderId(row.elder_id).to_string().into(),
            purpose: row.purpose.into(),
            is_given: row.is_given,
            signed_as: row.signed_as.into(),
            text_version: row.text_version,
            signed_at: row.signed_at.into(),
            valid_until_at: row.valid_until.map(Into::into),
            withdrawn_at: row.withdrawn_at.map(Into::into),
        }
    }
}

/// What stands about a purpose.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Standing")]
pub enum ConsentStanding {
    /// A yes.
    Yes,
    /// A no.
    No,
    /// Nobody has said anything that still stands.
    Open,
}

/// One purpose, and what stands about it.
#[derive(SimpleObject)]
pub struct ConsentOverview {
    /// For what.
    pub purpose: ConsentPurpose,
    /// Its name in Chinese.
    pub name: String,
    /// The text that is signed today.
    pub text: ConsentText,
    /// What stands.
    pub standing: ConsentStanding,
    /// Since when it stands; null when nothing does.
    pub since_at: Option<Instant>,
    /// The newest word, also when it does not stand any more; null when nobody ever said one.
    pub latest: Option<Consent>,
    /// Name of who signed the newest word, masked; null when nobody did or it is not known.
    pub signer_name: Option<String>,
    /// What is closed while there is no yes, one sentence in Chinese; null while a yes stands.
    pub closed_without: Option<String>,
    /// Whether a client may ask the elder: not while a yes or a no stands.
    pub ask_again: bool,
}

impl ConsentOverview {
    fn new(known: About) -> Option<Self> {
        let purpose = known.purpose.into();
        let about = about(known.purpose)?;
        let is_open = known.standing == Standing::Open;
        let since = known.newest.as_ref().filter(|_| !is_open).map(|word| word.signed_at.into());
        let is_closed = known.standing != Standing::Yes;
        Some(Self {
            purpose,
            name: about.name.clone(),
            text: ConsentText::new(purpose, current(known.purpose)?),
            standing: known.standing.into(),
            since_at: since,
            latest: known.newest.map(Into::into),
            signer_name: known.signer,
            closed_without: is_closed.then(|| about.closed_without.clone()),
            ask_again: is_open,
        })
    }
}

answers! {
    /// Answer of `consentSign`.
    ConsentSignPayload {
        /// The consent.
        consent: Consent
    }
    ConsentSignError ConsentSignErrorCode {
        /// There is no such elder for you, or you may not decide for him.
        ElderNotFound = "没有找到这位老人",
        /// The text is not the one that is signed today; read it again.
        TextChanged = "同意书内容已更新，请重新阅读后再签",
        /// The elder decides himself: he signs, or brings a signed paper to the desk.
        ElderMustSign = "老人有能力自己决定，请由老人本人签字",
        /// The elder's abilities are lost too far: whoever decides for him signs.
        GuardianMustSign = "请由监护人或获授权的亲属代为签字",
        /// The elder himself has said no.
        ElderSaidNo = "老人本人不同意，家人不能代为同意",
        /// Nobody is known who may decide for the elder.
        GuardianUnknown = "没有登记可以代老人签字的人，请先核实监护关系",
        /// The desk names the part in which the paper was signed and where it lies, at most 100 characters.
        ReferenceMissing = "请写明谁在纸上签的字和存放编号",
        /// The key is not 16 to 64 letters, digits or - _ . :
        RequestKeyInvalid = "请求编号格式不对",
        /// The key was used with other input.
        RequestKeyReused = "请求编号已用于另一件事",
    }
}

answers! {
    /// Answer of `consentWithdraw`.
    ConsentWithdrawPayload {
        /// The last word: the consent that was taken back, or the elder's own no.
        consent: Consent
    }
    ConsentWithdrawError ConsentWithdrawErrorCode {
        /// There is no such elder for you, or you may not decide for him.
        ElderNotFound = "没有找到这位老人",
        /// Nothing was signed.
        NothingSigned = "还没有签过同意书",
        /// The desk names who asks for it and where the paper lies, at most 100 characters.
        ReferenceMissing = "请写明谁在纸上签的字和存放编号",
    }
}

answers! {
    /// Answer of `consentRefuse`.
    ConsentRefusePayload {
        /// The no that stands.
        consent: Consent
    }
    ConsentRefuseError ConsentRefuseErrorCode {
        /// There is no such elder for you, or you may not decide for him.
        ElderNotFound = "没有找到这位老人",
        /// The elder decides himself; a yes of somebody else can still be taken back.
        ElderMustSign = "老人有能力自己决定，请由老人本人表示",
        /// Nobody is known who may decide for the elder.
        GuardianUnknown = "没有登记可以代老人决定的人，请先核实监护关系",
        /// The desk names who says no and where the paper lies, at most 100 characters.
        ReferenceMissing = "请写明谁在纸上签的字和存放编号",
    }
}

/// Input of `consentRefuse`.
#[derive(InputObject)]
pub struct ConsentRefuseInput {
    /// For whom.
    pub elder_id: ID,
    /// To what.
    pub purpose: ConsentPurpose,
    /// Only at the desk: who says no.
    pub paper_signed_as: Option<SignedAs>,
    /// Only at the desk: where the paper lies, at most 100 characters.
    pub paper_reference: Option<String>,
}

/// Input of `consentSign`.
#[derive(InputObject)]
pub struct ConsentSignInput {
    /// Made and stored by the client before sending; the same on every retry. 16 to 64 characters.
    pub request_key: String,
    /// For whom.
    pub elder_id: ID,
    /// For what.
    pub purpose: ConsentPurpose,
    /// Version of the text that was read.
    pub text_version: String,
    /// SHA-256 of the text that was read, in hexadecimal.
    pub text_hash: String,
    /// Only at the desk: in which part the paper was signed.
    pub paper_signed_as: Option<SignedAs>,
    /// Only at the desk: where the paper lies, at most 100 characters.
    pub paper_reference: Option<String>,
}

/// Input of `consentWithdraw`.
#[derive(InputObject)]
pub struct ConsentWithdrawInput {
    /// For whom.
    pub elder_id: ID,
    /// For what.
    pub purpose: ConsentPurpose,
    /// Only at the desk: who asks for it.
    pub paper_signed_as: Option<SignedAs>,
    /// Only at the desk: where the paper lies, at most 100 characters.
    pub paper_reference: Option<String>,
}

/// Queries about consents.
#[derive(Default)]
pub struct ConsentQuery;

#[Object]
impl ConsentQuery {
    /// The text that is signed today. Open to all.
    async fn consent_text(
        &self,
        #[graphql(desc = "For what.")] purpose: ConsentPurpose,
    ) -> Option<ConsentText> {
        current(purpose.into()).map(|text| ConsentText::new(purpose, text))
    }

    /// Every purpose with what stands about it, at most 10: for the elder, whoever has the scope DECIDE for him, and the desk of
    /// his region; empty for everybody else.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn consents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which elder.")] elder_id: ID,
    ) -> Result<Vec<ConsentOverview>> {
        let known = service::list(ctx.app(), ctx.who()?, (elder_id.parse()?, ctx.readings())).await?;
        Ok(known.into_iter().filter_map(ConsentOverview::new).collect())
    }
}

/// Mutations of consents.
#[derive(Default)]
pub struct ConsentMutation;

#[Object]
impl ConsentMutation {
    /// Signs for an elder: he himself when able (level INTACT to MODERATE, or not assessed), otherwise whoever decides for
    /// him. A guardian's yes never outweighs the elder's own no. The desk enters what was signed on paper.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn consent_sign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For whom, and which text.")] input: ConsentSignInput,
    ) -> Result<ConsentSignPayload> {
        let signing = Signing {
            elder: input.elder_id.parse()?,
            purpose: input.purpose.into(),
            version: input.text_version,
            sha256: input.text_hash,
            paper: Paper {
                signed_as: input.paper_signed_as.map(Into::into),
                reference: input.paper_reference,
            },
        };
        let result = service::sign(ctx.app(), ctx.who()?, &input.request_key, &signing).await;
        ConsentSignPayload::from_result(result.map(Into::into))
    }

    /// Takes every standing consent of this purpose back, at any time and without a reason. A bath that has not begun does not
    /// begin. From the elder it also counts as his own no, for as long as a yes would stand.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn consent_withdraw(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For whom, and which consent.")] input: ConsentWithdrawInput,
    ) -> Result<ConsentWithdrawPayload> {
        let spot = (input.elder_id.parse()?, input.purpose.into());
        let paper =
            Paper { signed_as: input.paper_signed_as.map(Into::into), reference: input.paper_reference };
        let result = service::withdraw(ctx.app(), ctx.who()?, spot, &paper).await;
        ConsentWithdrawPayload::from_result(result.map(Into::into))
    }
    /// Says no to a purpose, as easily as yes: every yes is taken back, and nobody is asked again while the no stands. It closes
    /// only what needs this consent. The elder's own no is always taken, also when others decide for him.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn consent_refuse(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For whom, and to what.")] input: ConsentRefuseInput,
    ) -> Result<ConsentRefusePayload> {
        let spot = (input.elder_id.parse()?, input.purpose.into());
        let paper =
            Paper { signed_as: input.paper_signed_as.map(Into::into), reference: input.paper_reference };
        let result = service::say_no(ctx.app(), ctx.who()?, spot, &paper).await;
        ConsentRefusePayload::from_result(result.map(Into::into))
    }
}
