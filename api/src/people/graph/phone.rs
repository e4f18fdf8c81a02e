//! The phone number of the person who asks.

use async_graphql::{Context, InputObject, Object, Result};

use crate::app::Asked as _;
use crate::kit::allow::{Allow, SIGNED_IN, allow};
use crate::people::service::phone;

answers! {
    /// Answer of `phoneBind`.
    PhoneBindPayload {
        /// Your number, masked.
        phone: String
    }
    PhoneBindError PhoneBindErrorCode {
        /// The code is unknown, used or older than five minutes: press the phone button again.
        CodeInvalid = "手机号凭证已失效，请重新点击按钮",
        /// WeChat allows no more tries for now.
        TooManyTries = "操作太频繁，请稍后再试",
        /// WeChat gives no more numbers: type it.
        QuotaUsedUp = "暂时不能自动获取手机号，请手动填写",
        /// WeChat does not answer.
        WechatUnavailable = "微信暂时没有回应，请稍后再试",
    }
}

/// Input of `phoneBind`.
#[derive(InputObject)]
pub struct PhoneBindInput {
    /// Code of the phone button (`getPhoneNumber`), good once and for five minutes; not the login code.
    pub code: String,
}

/// The mutation of phone numbers.
#[derive(Default)]
pub struct PhoneMutation;

#[Object]
impl PhoneMutation {
    /// Keeps your phone number as WeChat knows it, in the place of an earlier one.
    #[graphql(guard = "Allow(SIGNED_IN)", directive = allow::apply(SIGNED_IN.to_vec()))]
    async fn phone_bind(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code of the button.")] input: PhoneBindInput,
    ) -> Result<PhoneBindPayload> {
        PhoneBindPayload::from_result(phone::bind(ctx.app(), ctx.who()?, &input.code).await)
    }
}
