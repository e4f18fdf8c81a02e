//! What a manager does about carers, and how a carer takes up his place.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};

use super::carer::{Carer, CarerBase, Language};
use crate::app::Asked as _;
use crate::directory::rules::carer::NewCarer;
use crate::directory::service::carer::{self as acts, Invitation};
use crate::kit::allow::{Allow, MANAGERS, SIGNED_IN, allow};
use crate::kit::ids::CarerId;
use crate::kit::scalar::Instant;
use crate::people::graph::elder::Sex;

/// A code that binds a carer to an account.
#[derive(SimpleObject)]
pub struct CarerInvitation {
    /// Eight characters, shown once.
    pub code: String,
    /// Good until then.
    pub expires_at: Instant,
}

impl From<Invitation> for CarerInvitation {
    fn from(invitation: Invitation) -> Self {
        Self { code: invitation.code, expires_at: invitation.expires_at.into() }
    }
}

answers! {
    /// Answer of `carerAdd`.
    CarerAddPayload {
        /// The carer, still without papers and hours.
        carer: Carer
    }
    CarerAddError CarerAddErrorCode {
        /// You run no provider, or it has left.
        ProviderNotFound = "没有找到您管理的服务商",
        /// A field is missing or of the wrong form; `field` says which.
        InputInvalid = "填写的内容有误，请检查",
        /// The key is not 16 to 64 letters, digits or - _ . :
        RequestKeyInvalid = "请求编号格式不对",
        /// The key was used with other input.
        RequestKeyReused = "请求编号已用于另一件事",
    }
}

answers! {
    /// Answer of `carerChange`.
    CarerChangePayload {
        /// The carer as he is from now on.
        carer: Carer
    }
    CarerChangeError CarerChangeErrorCode {
        /// There is no such carer for you to manage.
        CarerNotFound = "没有找到这位护理员",
        /// A field is of the wrong form; `field` says which.
        InputInvalid = "填写的内容有误，请检查",
    }
}

answers! {
    /// Answer of `carerAreaSet`.
    CarerAreaSetPayload {
        /// The carer with the regions in which he works.
        carer: Carer
    }
    CarerAreaSetError CarerAreaSetErrorCode {
        /// There is no such carer for you to manage.
        CarerNotFound = "没有找到这位护理员",
        /// At most 50 regions that the house knows.
        RegionUnknown = "服务区域有误，请检查",
    }
}

answers! {
    /// Answer of `carerSkillsSet`.
    CarerSkillsSetPayload {
        /// The carer with what he can do.
        carer: Carer
    }
    CarerSkillsSetError CarerSkillsSetErrorCode {
        /// There is no such carer for you to manage.
        CarerNotFound = "没有找到这位护理员",
        /// At most 60 services, all of them bookable ones of the catalogue.
        ServiceNotOffered = "服务目录中没有这项可预约的服务",
    }
}

answers! {
    /// Answer of `carerInvite`.
    CarerInvitePayload {
        /// The code to hand over.
        invitation: CarerInvitation
    }
    CarerInviteError CarerInviteErrorCode {
        /// There is no such carer for you to manage.
        CarerNotFound = "没有找到这位护理员",
        /// The carer signs in already.
        AlreadyBound = "这位护理员已经绑定账号",
    }
}

answers! {
    /// Answer of `carerJoin`.
    CarerJoinPayload {
        /// You as a carer.
        carer: Carer
    }
    CarerJoinError CarerJoinErrorCode {
        /// Unknown, used or run out.
        CodeInvalid = "邀请码无效或已过期",
        /// The carer has an account, or you work as a carer already.
        AlreadyBound = "已经绑定过了",
    }
}

/// Input of `carerAdd`.
#[derive(InputObject)]
pub struct CarerAddInput {
    /// Made and stored by the client before sending; the same on every retry. 16 to 64 characters.
    pub request_key: String,
    /// Full name, at most 30 characters.
    pub name: String,
    /// Telephone number, 5 to 15 digits.
    pub phone: String,
    /// Sex as in the papers.
    pub sex: Sex,
    /// What the carer speaks; at least one, each once.
    pub languages: Vec<Language>,
    /// Where the photograph lies, at most 200 characters; left out when there is none.
    pub photo_ref: Option<String>,
    /// Where the carer sets out from; left out when it is not told.
    pub base: Option<CarerBase>,
    /// Minutes kept free between two visits, 0 to 240.
    #[graphql(default = 30)]
    pub travel_buffer_minutes: i32,
}

/// Input of `carerChange`. What is left out stays as it is.
#[derive(InputObject)]
pub struct CarerChangeInput {
    /// Which carer.
    pub carer_id: ID,
    /// Full name, at most 30 characters.
    pub name: Option<String>,
    /// Telephone number, 5 to 15 digits.
    pub phone: Option<String>,
    /// Sex as in the papers.
    pub sex: Option<Sex>,
    /// All that the carer speaks from now on; at least one, each once.
    pub languages: Option<Vec<Language>>,
    /// Where the photograph lies; null takes it away.
    pub photo_ref: MaybeUndefined<String>,
    /// Where the carer sets out from; null takes it away.
    pub base: MaybeUndefined<CarerBase>,
    /// Minutes kept free between two visits, 0 to 240.
    pub travel_buffer_minutes: Option<i32>,
    /// Whether the carer works; one who does not is offered no work.
    pub is_active: Option<bool>,
}

impl CarerChangeInput {
    fn put_into(self, carer: &mut NewCarer) {
        let CarerChangeInput { name, phone, sex, languages, .. } = self;
        carer.name = name.unwrap_or_else(|| carer.name.clone());
        carer.phone = phone.unwrap_or_else(|| carer.phone.clone());
        carer.sex = sex.map_or(carer.sex, Into::into);
        if let Some(languages) = languages {
            carer.languages = languages.into_iter().map(Into::into).collect();
        }
        if !self.photo_ref.is_undefined() {
            carer.photo_ref = self.photo_ref.take();
        }
        if !self.base.is_undefined() {
            carer.base_e6 = self.base.take().map(|base| (base.latitude_e6, base.longitude_e6));
        }
        carer.travel_buffer_min = self.travel_buffer_minutes.unwrap_or(carer.travel_buffer_min);
        carer.is_active = self.is_active.unwrap_or(carer.is_active);
    }
}

/// Input of `carerAreaSet`.
#[derive(InputObject)]
pub struct CarerAreaSetInput {
    /// Which carer.
    pub carer_id: ID,
    /// Official codes of all regions in which the carer works, at most 50; everything below each is included.
    pub region_codes: Vec<String>,
}

/// Input of `carerSkillsSet`.
#[derive(InputObject)]
pub struct CarerSkillsSetInput {
    /// Which carer.
    pub carer_id: ID,
    /// Codes of all services that the carer can carry out, at most 60.
    pub service_codes: Vec<String>,
}

/// Input of `carerInvite`.
#[derive(InputObject)]
pub struct CarerInviteInput {
    /// Which carer.
    pub carer_id: ID,
}

/// Input of `carerJoin`.
#[derive(InputObject)]
pub struct CarerJoinInput {
    /// The code that the manager gave.
    pub code: String,
}

/// Mutations of carers.
#[derive(Default)]
pub struct CarerMutation;

#[Object]
impl CarerMutation {
    /// Enters a carer of the provider that you run.
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn carer_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who it is.")] input: CarerAddInput,
    ) -> Result<CarerAddPayload> {
        let new = NewCarer {
            name: input.name,
            phone: input.phone,
            sex: input.sex.into(),
            languages: input.languages.into_iter().map(Into::into).collect(),
            photo_ref: input.photo_ref,
            base_e6: input.base.map(|base| (base.latitude_e6, base.longitude_e6)),
            travel_buffer_min: input.travel_buffer_minutes,
            is_active: true,
        };
        let result = acts::add(ctx.app(), ctx.who()?, &input.request_key, &new).await;
        CarerAddPayload::from_result(result.map(Into::into))
    }

    /// Changes what is known of a carer; one who does not work any more is offered no work.
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn carer_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and what shall be different.")] input: CarerChangeInput,
    ) -> Result<CarerChangePayload> {
        let id: CarerId = input.carer_id.parse()?;
        let result = acts::change(ctx.app(), ctx.who()?, id, |carer| input.put_into(carer)).await;
        CarerChangePayload::from_result(result.map(Into::into))
    }

    /// Says in which regions a carer works; what was said before is replaced.
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn carer_area_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and where.")] input: CarerAreaSetInput,
    ) -> Result<CarerAreaSetPayload> {
        let id: CarerId = input.carer_id.parse()?;
        let result = acts::set_area(ctx.app(), ctx.who()?, id, &input.region_codes).await;
        CarerAreaSetPayload::from_result(result.map(Into::into))
    }

    /// Says which services a carer can carry out; what was said before is replaced.
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn carer_skills_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and what.")] input: CarerSkillsSetInput,
    ) -> Result<CarerSkillsSetPayload> {
        let id: CarerId = input.carer_id.parse()?;
        let result = acts::set_skills(ctx.app(), ctx.who()?, id, &input.service_codes).await;
        CarerSkillsSetPayload::from_result(result.map(Into::into))
    }

    /// Gives a code with which the carer takes up his place in his own account. Good for a day.
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn carer_invite(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: CarerInviteInput,
    ) -> Result<CarerInvitePayload> {
        let id: CarerId = input.carer_id.parse()?;
        let result = acts::invite(ctx.app(), ctx.who()?, id).await;
        CarerInvitePayload::from_result(result.map(Into::into))
    }

    /// Takes up a code: from now on you are this carer.
    #[graphql(guard = "Allow(SIGNED_IN)", directive = allow::apply(SIGNED_IN.to_vec()))]
    async fn carer_join(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code.")] input: CarerJoinInput,
    ) -> Result<CarerJoinPayload> {
        let result = acts::join(ctx.app(), ctx.who()?, &input.code).await;
        CarerJoinPayload::from_result(result.map(Into::into))
    }
}
