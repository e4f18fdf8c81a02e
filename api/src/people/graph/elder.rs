//! The elder as his family, the desk and he himself see him.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entities::enums::Sex as RowSex;

use super::bond::{self, FamilyBond};
use crate::app::Asked as _;
use crate::kit::allow::{Allow, DESKS, allow};
use crate::kit::clock::age_on;
use crate::kit::ids::ElderId;
use crate::kit::scalar::Day;
use crate::people::rules::access::Field;
use crate::people::rules::{Scope, mask_name, mask_phone};
use crate::people::service::elder::{self, NewElder};
use crate::people::store::{self, Reached};

/// Sex as in the papers.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "RowSex")]
pub enum Sex {
    /// Woman.
    Female,
    /// Man.
    Male,
}

/// The person cared for.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Elder {
    /// Opaque.
    pub id: ID,
    /// Day of birth.
    pub birth_on: Day,
    /// Sex as in the papers.
    pub sex: Sex,
    /// Official code of the region where the elder lives.
    pub region_code: String,
    /// Day of death; null while alive. From then on nothing can be booked.
    pub died_on: Option<Day>,
    /// What you may do for this elder.
    pub my_scopes: Vec<bond::Scope>,
    /// Whether this elder is you.
    pub is_me: bool,
    #[graphql(skip)]
    pub reached: Reached,
}

impl From<Reached> for Elder {
    fn from(reached: Reached) -> Self {
        Self {
            id: ElderId(reached.elder.id).to_string().into(),
            birth_on: reached.elder.birth_on.into(),
            sex: reached.elder.sex.into(),
            region_code: reached.elder.region_code.clone(),
            died_on: reached.elder.died_on.map(Into::into),
            my_scopes: bond::listed(reached.scopes),
            is_me: reached.is_self,
            reached,
        }
    }
}

impl Elder {
    /// Whether name, telephone number and address are shown in full; who sees them at work stands in the elder's list.
    fn is_open(&self, ctx: &Context<'_>) -> bool {
        let is_open = self.reached.scopes.has(Scope::Book);
        if is_open {
            ctx.readings().note_reached(&self.reached, Field::Contact);
        }
        is_open
    }
}

#[ComplexObject]
impl Elder {
    /// Full name for those who may book, otherwise the first character and stars.
    async fn name(&self, ctx: &Context<'_>) -> Result<String> {
        let name = ctx.app().seal.open(&self.reached.elder.name_sealed)?;
        Ok(if self.is_open(ctx) { name } else { mask_name(&name) })
    }

    /// Whole years lived today.
    async fn age_years(&self, ctx: &Context<'_>) -> i32 {
        i32::try_from(age_on(self.reached.elder.birth_on, ctx.app().clock.today())).unwrap_or(0)
    }

    /// Telephone number, masked unless you may book; null when there is none.
    async fn phone(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let phone = ctx.app().seal.open_optional(self.reached.elder.phone_sealed.as_deref())?;
        let is_open = phone.is_some() && self.is_open(ctx);
        Ok(phone.map(|phone| if is_open { phone } else { mask_phone(&phone) }))
    }

    /// Where meals are delivered; null when unknown or when you may not book.
    async fn address(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        if !self.is_open(ctx) {
            return Ok(None);
        }
        Ok(ctx.app().seal.open_optional(self.reached.elder.address_sealed.as_deref())?)
    }

    /// Diet and allergies; null when there are none or without the scope SEE_HEALTH. Each reading is recorded.
    async fn dietary_needs(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(elder::dietary_needs(ctx.app(), ctx.who()?, &self.reached).await?)
    }

    /// Who is bound to the elder and what each may do, at most 50. Empty without the scope VIEW_ORDERS.
    async fn bonds(&self, ctx: &Context<'_>) -> Result<Vec<FamilyBond>> {
        if !self.reached.scopes.has(Scope::ViewOrders) {
            return Ok(Vec::new());
        }
        let rows = store::bonds_of_elder(ctx.app().db.read(), ElderId(self.reached.elder.id)).await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}

answers! {
    /// Answer of `elderRegister`.
    ElderRegisterPayload {
        /// The elder entered.
        elder: Elder
    }
    ElderRegisterError ElderRegisterErrorCode {
        /// A field is missing or of the wrong form; `field` says which.
        InputInvalid = "填写的内容有误，请检查",
        /// The region is not yours to enter people in.
        RegionNotYours = "只能登记本辖区的老人",
        /// The identity card or service card number is entered already.
        AlreadyKnown = "这位老人已经登记过",
        /// The key is not 16 to 64 letters, digits or - _ . :
        RequestKeyInvalid = "请求编号格式不对",
        /// The key was used with other input.
        RequestKeyReused = "请求编号已用于另一件事",
    }
}

/// Input of `elderRegister`.
#[derive(InputObject)]
pub struct ElderRegisterInput {
    /// Made and stored by the client before sending; the same on every retry. 16 to 64 characters.
    pub request_key: String,
    /// Full name, at most 30 characters.
    pub name: String,
    /// Day of birth.
    pub birth_on: Day,
    /// Sex as in the papers.
    pub sex: Sex,
    /// Official code of the region where the elder lives.
    pub region_code: String,
    /// Telephone number, digits only.
    pub phone: Option<String>,
    /// Identity card number, 18 characters.
    pub id_number: Option<String>,
    /// Number on the elder's service card.
    pub card_number: Option<String>,
    /// Where meals are delivered, at most 200 characters.
    pub address: Option<String>,
    /// Diet and allergies, at most 500 characters.
    pub dietary_needs: Option<String>,
}

/// How the desk finds an elder: exactly one way.
#[derive(async_graphql::OneofObject)]
pub enum ElderLookUp {
    /// Full name.
    Name(String),
    /// Telephone number.
    Phone(String),
    /// Number on the service card.
    CardNumber(String),
    /// Identity card number.
    IdNumber(String),
}

/// Queries about elders.
#[derive(Default)]
pub struct ElderQuery;

#[Object]
impl ElderQuery {
    /// Elders of the desk's region with this name, number or card; at most 20.
    #[graphql(guard = "Allow(DESKS)", directive = allow::apply(DESKS.to_vec()))]
    async fn elders_found(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "By what the elder is found.")] by: ElderLookUp,
        #[graphql(desc = "Only in this community or another branch; your whole branch when left out.")]
        region_code: Option<String>,
    ) -> Result<Vec<Elder>> {
        let (column, kind, value) = match &by {
            ElderLookUp::Name(value) => ("name_index", "name", value),
            ElderLookUp::Phone(value) => ("phone_index", "phone", value),
            ElderLookUp::CardNumber(value) => ("card_index", "card", value),
            ElderLookUp::IdNumber(value) => ("id_number_index", "id_number", value),
        };
        let app = ctx.app();
        let index = app.seal.index(kind, value);
        let branch: String = region_code.unwrap_or_default().chars().filter(char::is_ascii_digit).collect();
        let found = store::elders_by_index(app.db.read(), ctx.who()?, (column, &index), &branch).await?;
        Ok(found.into_iter().map(Into::into).collect())
    }
}

/// Mutations of elders.
#[derive(Default)]
pub struct ElderMutation;

#[Object]
impl ElderMutation {
    /// Enters an elder at the desk or the counter.
    #[graphql(guard = "Allow(DESKS)", directive = allow::apply(DESKS.to_vec()))]
    async fn elder_register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who the elder is.")] input: ElderRegisterInput,
    ) -> Result<ElderRegisterPayload> {
        let new = NewElder {
            name: input.name,
            birth_on: input.birth_on.0,
            sex: input.sex.into(),
            region_code: input.region_code,
            phone: input.phone,
            id_number: input.id_number,
            card_number: input.card_number,
            address: input.address,
            position_e6: None,
            dietary: input.dietary_needs,
        };
        let result = elder::register(ctx.app(), ctx.who()?, &input.request_key, &new).await;
        ElderRegisterPayload::from_result(result.map(Into::into))
    }
}
