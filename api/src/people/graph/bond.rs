//! Family bonds.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entities::enums::Relation as RowRelation;

use super::elder::Elder;
use crate::app::Asked as _;
use crate::kit::allow::{Allow, ORDERING, SIGNED_IN, allow};
use crate::kit::ids::{BondId, ElderId};
use crate::kit::scalar::Instant;
use crate::people::rules::{Scope as RuleScope, Scopes};
use crate::people::service::bond;
use crate::people::store::BondRow;

/// What the person is to the elder.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "RowRelation")]
pub enum Relation {
    /// Husband or wife.
    Spouse,
    /// Daughter, son, or their spouse.
    Child,
    /// Grandchild.
    Grandchild,
    /// Another relative.
    OtherRelative,
    /// Legal guardian (Civil Code art. 28, 33).
    Guardian,
    /// Worker of the community.
    CommunityWorker,
}

/// What a bond allows.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "RuleScope")]
pub enum Scope {
    /// See the elder's orders and their progress.
    ViewOrders,
    /// Order and cancel for the elder.
    Book,
    /// Pay for the elder's orders.
    Pay,
    /// Read health notes and dietary needs; each reading is recorded.
    SeeHealth,
    /// Decide and sign for the elder, as a guardian does.
    Decide,
}

/// The scopes of a set, as clients see them.
pub fn listed(scopes: Scopes) -> Vec<Scope> {
    scopes.list().into_iter().map(Into::into).collect()
}

/// The set of what a client listed.
fn set_of(scopes: &[Scope]) -> Scopes {
    let scopes: Vec<RuleScope> = scopes.iter().map(|scope| (*scope).into()).collect();
    Scopes::of(&scopes)
}

/// A verified relation of a person to an elder.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct FamilyBond {
    /// Opaque.
    pub id: ID,
    /// The elder.
    pub elder_id: ID,
    /// What the person is to the elder.
    pub relation: Relation,
    /// What the bond allows.
    pub scopes: Vec<Scope>,
    /// Since when.
    pub started_at: Instant,
    #[graphql(skip)]
    pub row: BondRow,
}

#[ComplexObject]
impl FamilyBond {
    /// Whether it is your own bond.
    async fn is_mine(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(ctx.who()?.person.0 == self.row.person_id)
    }

    /// The person's telephone number, for the elder himself, who calls his family with it; null for everybody else, and when
    /// the person has given none.
    async fn phone(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let is_elder = self.row.elder_person_id == Some(ctx.who()?.person.0);
        Ok(ctx.app().seal.open_optional(self.row.phone_sealed.as_deref().filter(|_| is_elder))?)
    }
}

impl From<BondRow> for FamilyBond {
    fn from(row: BondRow) -> Self {
        Self {
            id: BondId(row.id).to_string().into(),
            elder_id: ElderId(row.elder_id).to_string().into(),
            relation: row.relation.into(),
            scopes: listed(Scopes::from_bits(row.scopes)),
            started_at: row.started_at.into(),
            row,
        }
    }
}

/// A code that starts a bond.
#[derive(SimpleObject)]
pub struct BondCode {
    /// Eight characters, shown once.
    pub code: String,
    /// Good until then.
    pub expires_at: Instant,
}

answers! {
    /// Answer of `bondCodeIssue`.
    BondCodeIssuePayload {
        /// The code to hand over.
        bond_code: BondCode
    }
    BondCodeIssueError BondCodeIssueErrorCode {
        /// There is no such elder for you, or only the elder and the desk may give codes.
        ElderNotFound = "没有找到这位老人",
        /// The elder has an account already.
        ElderHasAccount = "这位老人已经有自己的账号",
        /// A bond must allow something.
        ScopesEmpty = "请至少选择一项权限",
    }
}

answers! {
    /// Answer of `bondStart`.
    BondStartPayload {
        /// The elder, as you may see him from now on.
        elder: Elder
    }
    BondStartError BondStartErrorCode {
        /// Unknown, used or run out.
        CodeInvalid = "绑定码无效或已过期",
        /// You are bound to this elder already, or the account belongs to somebody.
        AlreadyBound = "已经绑定过了",
    }
}

answers! {
    /// Answer of `bondEnd`.
    BondEndPayload {
        /// The bond that ended.
        bond: FamilyBond
    }
    BondEndError BondEndErrorCode {
        /// There is no such live bond for you.
        BondNotFound = "没有找到这个亲情绑定",
    }
}

answers! {
    /// Answer of `bondScopesChange`.
    BondScopesChangePayload {
        /// The bond with its new scopes.
        bond: FamilyBond
    }
    BondScopesChangeError BondScopesChangeErrorCode {
        /// There is no such live bond for you to change; nobody changes his own.
        BondNotFound = "没有找到这个亲情绑定",
        /// A bond must allow something; to allow nothing, end it.
        ScopesEmpty = "请至少选择一项权限",
    }
}

/// Input of `bondCodeIssue`.
#[derive(InputObject)]
pub struct BondCodeIssueInput {
    /// For whom.
    pub elder_id: ID,
    /// What the bond will allow.
    pub scopes: Vec<Scope>,
    /// Desk only: whoever takes the code up is the elder himself.
    #[graphql(default = false)]
    pub is_for_self: bool,
}

/// Input of `bondStart`.
#[derive(InputObject)]
pub struct BondStartInput {
    /// The code that the elder, the counter or the desk gave.
    pub code: String,
    /// What you are to the elder.
    pub relation: Relation,
}

/// Input of `bondEnd`.
#[derive(InputObject)]
pub struct BondEndInput {
    /// Which bond.
    pub bond_id: ID,
}

/// Input of `bondScopesChange`.
#[derive(InputObject)]
pub struct BondScopesChangeInput {
    /// Which bond.
    pub bond_id: ID,
    /// What it shall allow from now on.
    pub scopes: Vec<Scope>,
}

/// Mutations of bonds.
#[derive(Default)]
pub struct BondMutation;

#[Object]
impl BondMutation {
    /// Gives a code with which somebody can be bound to the elder. For the elder himself and the desk of his region.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn bond_code_issue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For whom, and what it will allow.")] input: BondCodeIssueInput,
    ) -> Result<BondCodeIssuePayload> {
        let elder: ElderId = input.elder_id.parse()?;
        let scopes = set_of(&input.scopes);
        let result = bond::issue_code(ctx.app(), ctx.who()?, elder, scopes, input.is_for_self).await;
        BondCodeIssuePayload::from_result(
            result.map(|issued| BondCode { code: issued.code, expires_at: issued.expires_at.into() }),
        )
    }

    /// Takes up a code: from now on you are bound to the elder.
    #[graphql(guard = "Allow(SIGNED_IN)", directive = allow::apply(SIGNED_IN.to_vec()))]
    async fn bond_start(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code, and what you are to the elder.")] input: BondStartInput,
    ) -> Result<BondStartPayload> {
        let result = bond::start(ctx.app(), ctx.who()?, &input.code, input.relation.into()).await;
        BondStartPayload::from_result(result.map(Into::into))
    }

    /// Ends a bond at once; its next request is refused. For both sides and for the desk.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn bond_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which bond.")] input: BondEndInput,
    ) -> Result<BondEndPayload> {
        let id: BondId = input.bond_id.parse()?;
        BondEndPayload::from_result(bond::end(ctx.app(), ctx.who()?, id).await.map(Into::into))
    }

    /// Changes what a bond allows. For the elder and the desk, never for the bound person.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn bond_scopes_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which bond, and what it shall allow.")] input: BondScopesChangeInput,
    ) -> Result<BondScopesChangePayload> {
        let id: BondId = input.bond_id.parse()?;
        let scopes = set_of(&input.scopes);
        let result = bond::change_scopes(ctx.app(), ctx.who()?, id, scopes).await;
        BondScopesChangePayload::from_result(result.map(Into::into))
    }
}
