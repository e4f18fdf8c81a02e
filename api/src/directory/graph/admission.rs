//! Deciding about providers: one act for each event of machine `ProviderAccount`.

use async_graphql::{Context, ID, InputObject, Object, Result};

use super::provider::Provider;
use crate::app::Asked as _;
use crate::directory::rules::admission::ProviderEvent;
use crate::directory::service::admission::{Hindrance, decide};
use crate::kit::allow::{Allow, MANAGERS, MANAGERS_AND_OFFICERS, OFFICERS, allow};
use crate::kit::ids::ProviderId;

/// Declares what one decision takes and answers. Every hindrance that is not named among its own means that the event
/// has no place in the provider's state.
macro_rules! decision {
    ($name:literal $input:ident [$($field:tt)*] $payload:ident $error:ident $code:ident
     { $($hindrance:ident => $(#[$value_doc:meta])* $variant:ident = $sentence:literal),* $(,)? }) => {
        #[doc = concat!("Input of `", $name, "`.")]
        #[derive(InputObject)]
        pub struct $input {
            /// Which provider.
            pub provider_id: ID,
            $($field)*
        }

        answers! {
            #[doc = concat!("Answer of `", $name, "`.")]
            $payload {
                /// The provider in its new state.
                provider: Provider
            }
            $error $code {
                /// There is no such provider for you to decide about.
                ProviderNotFound = "没有找到这家服务商",
                /// The provider is not in a state in which this can be done.
                StateInvalid = "服务商当前的状态不能这样处理",
                /// Somebody decided at the same moment: look again, then repeat.
                ChangedMeanwhile = "服务商的状态刚刚有变动，请刷新后再试",
                $($(#[$value_doc])* $variant = $sentence),*
            }
        }

        impl From<Hindrance> for $code {
            fn from(hindrance: Hindrance) -> Self {
                match hindrance {
                    Hindrance::Missing => Self::ProviderNotFound,
                    Hindrance::Overtaken => Self::ChangedMeanwhile,
                    $(Hindrance::$hindrance => Self::$variant,)*
                    _ => Self::StateInvalid,
                }
            }
        }
    };
}

decision! {
    "providerDocsSubmit" ProviderDocsSubmitInput []
    ProviderDocsSubmitPayload ProviderDocsSubmitError ProviderDocsSubmitErrorCode {
        PapersMissing =>
            /// A paper that the provider needs is missing or has run out; the message names it.
            LicenceMissing = "缺少有效的证照",
    }
}

decision! {
    "providerDocsApprove" ProviderDocsApproveInput []
    ProviderDocsApprovePayload ProviderDocsApproveError ProviderDocsApproveErrorCode {
        PapersMissing =>
            /// A paper that the provider needs is missing or has run out; the message names it.
            LicenceMissing = "缺少有效的证照",
    }
}

decision! {
    "providerDocsReject" ProviderDocsRejectInput [
        /// Why, 1 to 200 characters; kept and told to the provider.
        pub reason: String,
    ]
    ProviderDocsRejectPayload ProviderDocsRejectError ProviderDocsRejectErrorCode {
        ReasonInvalid =>
            /// 1 to 200 characters, no control characters.
            ReasonInvalid = "请用一到二百字写明理由",
    }
}

decision! {
    "providerApprove" ProviderApproveInput []
    ProviderApprovePayload ProviderApproveError ProviderApproveErrorCode {
        PapersMissing =>
            /// A paper that the provider needs is missing or has run out; the message names it.
            LicenceMissing = "缺少有效的证照",
    }
}

decision! {
    "providerReject" ProviderRejectInput [
        /// Why, 1 to 200 characters; kept and told to the provider.
        pub reason: String,
    ]
    ProviderRejectPayload ProviderRejectError ProviderRejectErrorCode {
        ReasonInvalid =>
            /// 1 to 200 characters, no control characters.
            ReasonInvalid = "请用一到二百字写明理由",
    }
}

decision! {
    "providerSuspend" ProviderSuspendInput [
        /// Why, 1 to 200 characters; kept and told to the provider.
        pub reason: String,
    ]
    ProviderSuspendPayload ProviderSuspendError ProviderSuspendErrorCode {
        ReasonInvalid =>
            /// 1 to 200 characters, no control characters.
            ReasonInvalid = "请用一到二百字写明理由",
    }
}

decision! {
    "providerRestore" ProviderRestoreInput []
    ProviderRestorePayload ProviderRestoreError ProviderRestoreErrorCode {
        PapersMissing =>
            /// A paper that the provider needs is missing or has run out; the message names it.
            LicenceMissing = "缺少有效的证照",
    }
}

decision! {
    "providerExit" ProviderExitInput [
        /// Why, 1 to 200 characters; kept and told to the provider.
        pub reason: String,
    ]
    ProviderExitPayload ProviderExitError ProviderExitErrorCode {
        ReasonInvalid =>
            /// 1 to 200 characters, no control characters.
            ReasonInvalid = "请用一到二百字写明理由",
        OrdersOpen =>
            /// Orders are under way; finish them first.
            OrdersOpen = "还有未完成的订单，请先处理完",
    }
}

/// Mutations that move a provider on.
#[derive(Default)]
pub struct AdmissionMutation;

#[Object]
impl AdmissionMutation {
    /// Hands the papers of your provider in; an officer of its region looks at them next.
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn provider_docs_submit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which provider.")] input: ProviderDocsSubmitInput,
    ) -> Result<ProviderDocsSubmitPayload> {
        let id: ProviderId = input.provider_id.parse()?;
        let result = decide(ctx.app(), ctx.who()?, id, (ProviderEvent::SubmitDocs, None)).await;
        ProviderDocsSubmitPayload::from_result(result.map(Into::into))
    }

    /// The papers are in order; the place is looked at next.
    #[graphql(guard = "Allow(OFFICERS)", directive = allow::apply(OFFICERS.to_vec()))]
    async fn provider_docs_approve(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which provider.")] input: ProviderDocsApproveInput,
    ) -> Result<ProviderDocsApprovePayload> {
        let id: ProviderId = input.provider_id.parse()?;
        let result = decide(ctx.app(), ctx.who()?, id, (ProviderEvent::DocsOk, None)).await;
        ProviderDocsApprovePayload::from_result(result.map(Into::into))
    }

    /// Sends the papers back, with the reason.
    #[graphql(guard = "Allow(OFFICERS)", directive = allow::apply(OFFICERS.to_vec()))]
    async fn provider_docs_reject(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which provider, and why.")] input: ProviderDocsRejectInput,
    ) -> Result<ProviderDocsRejectPayload> {
        let id: ProviderId = input.provider_id.parse()?;
        let result =
            decide(ctx.app(), ctx.who()?, id, (ProviderEvent::DocsBad, Some(input.reason.as_str()))).await;
        ProviderDocsRejectPayload::from_result(result.map(Into::into))
    }

    /// Place, contract and prices have been seen: the provider is ACTIVE.
    #[graphql(guard = "Allow(OFFICERS)", directive = allow::apply(OFFICERS.to_vec()))]
    async fn provider_approve(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which provider.")] input: ProviderApproveInput,
    ) -> Result<ProviderApprovePayload> {
        let id: ProviderId = input.provider_id.parse()?;
        let result = decide(ctx.app(), ctx.who()?, id, (ProviderEvent::Approve, None)).await;
        ProviderApprovePayload::from_result(result.map(Into::into))
    }

    /// Sends the provider back after the visit, with the reason.
    #[graphql(guard = "Allow(OFFICERS)", directive = allow::apply(OFFICERS.to_vec()))]
    async fn provider_reject(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which provider, and why.")] input: ProviderRejectInput,
    ) -> Result<ProviderRejectPayload> {
        let id: ProviderId = input.provider_id.parse()?;
        let result =
            decide(ctx.app(), ctx.who()?, id, (ProviderEvent::Reject, Some(input.reason.as_str()))).await;
        ProviderRejectPayload::from_result(result.map(Into::into))
    }

    /// Stops an ACTIVE provider at once, with the reason: nothing of it is sold, none of its carers is offered work.
    #[graphql(guard = "Allow(OFFICERS)", directive = allow::apply(OFFICERS.to_vec()))]
    async fn provider_suspend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which provider, and why.")] input: ProviderSuspendInput,
    ) -> Result<ProviderSuspendPayload> {
        let id: ProviderId = input.provider_id.parse()?;
        let result =
            decide(ctx.app(), ctx.who()?, id, (ProviderEvent::Suspend, Some(input.reason.as_str()))).await;
        ProviderSuspendPayload::from_result(result.map(Into::into))
    }

    /// Lets a suspended provider work again.
    #[graphql(guard = "Allow(OFFICERS)", directive = allow::apply(OFFICERS.to_vec()))]
    async fn provider_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which provider.")] input: ProviderRestoreInput,
    ) -> Result<ProviderRestorePayload> {
        let id: ProviderId = input.provider_id.parse()?;
        let result = decide(ctx.app(), ctx.who()?, id, (ProviderEvent::Restore, None)).await;
        ProviderRestorePayload::from_result(result.map(Into::into))
    }

    /// Takes a provider out for good, with the reason. For its manager and the officers of its region.
    #[graphql(guard = "Allow(MANAGERS_AND_OFFICERS)", directive = allow::apply(MANAGERS_AND_OFFICERS.to_vec()))]
    async fn provider_exit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which provider, and why.")] input: ProviderExitInput,
    ) -> Result<ProviderExitPayload> {
        let id: ProviderId = input.provider_id.parse()?;
        let result =
            decide(ctx.app(), ctx.who()?, id, (ProviderEvent::Exit, Some(input.reason.as_str()))).await;
        ProviderExitPayload::from_result(result.map(Into::into))
    }
}
