//! Refunds that did not arrive: the payer's card is closed, an operator chooses another way. Source: 发起异常退款.

use serde::{Deserialize, Serialize};

use super::gateway::{Call, Kind};
use super::request::{check_number, check_out_refund_no, path_segment, write};
use super::{Pay, PayError, RefundState, answer};
use crate::crypto::VerifyingKey;
use crate::{ConfigError, Secret};

/// A refund in state `Abnormal` and where its money shall go.
#[derive(Debug, Clone)]
pub struct AbnormalRefund {
    /// The platform's number of the refund.
    pub refund_id: String,
    /// Our number of the refund.
    pub out_refund_no: String,
    /// Where to.
    pub to: RefundTo,
}

/// Where the money of an abnormal refund goes.
#[derive(Debug, Clone)]
pub enum RefundTo {
    /// A bank account of the payer. Account and name leave encrypted.
    PayersCard {
        /// The platform's name of the bank, such as `ICBC_DEBIT`.
        bank: String,
        /// Number of the account.
        account: Secret,
        /// Name of its owner, who must be the payer.
        name: Secret,
    },
    /// The merchant's own account; the operator gives the money back by hand.
    MerchantsCard,
}

/// A body with encrypted fields, and for which key of the platform. Store both before sending: encrypting again would
/// make another body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenSealed {
    /// The exact JSON.
    pub body: String,
    /// Serial to send in `Wechatpay-Serial`.
    pub serial: Option<String>,
}

#[derive(Serialize)]
struct Body<'a> {
    out_refund_no: &'a str,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bank_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bank_account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    real_name: Option<String>,
}

impl Pay {
    /// The exact body of the call, personal fields encrypted for the platform.
    pub fn freeze_abnormal_refund(&self, refund: &AbnormalRefund) -> Result<FrozenSealed, PayError> {
        check_out_refund_no(&refund.out_refund_no)?;
        let out_refund_no = refund.out_refund_no.as_str();
        let RefundTo::PayersCard { bank, account, name } = &refund.to else {
            let r#type = "MERCHANT_BANK_CARD";
            let body = Body { out_refund_no, r#type, bank_type: None, bank_account: None, real_name: None };
            return Ok(FrozenSealed { body: write(&body), serial: None });
        };
        let sealer = self.sealer()?;
        let body = Body {
            out_refund_no,
            r#type: "USER_BANK_CARD",
            bank_type: Some(bank),
            bank_account: Some(sealer.seal(account)?),
            real_name: Some(sealer.seal(name)?),
        };
        Ok(FrozenSealed { body: write(&body), serial: Some(sealer.serial) })
    }

    /// Sends the money of an abnormal refund another way. Ok means accepted: the refund is processing again.
    pub async fn apply_abnormal_refund(
        &self,
        refund_id: &str,
        frozen: &FrozenSealed,
    ) -> Result<RefundState, PayError> {
        check_number("refund_id", refund_id, 1..=32, b"")?;
        let target = format!("/v3/refund/domestic/refunds/{}/apply-abnormal-refund", path_segment(refund_id));
        let call =
            Call { sealed_for: frozen.serial.as_deref(), ..Call::post(Kind::Refund, &target, &frozen.body) };
        let body = self.0.gateway.call(call).await?;
        let refund = answer::read_refund(&body);
        refund.filter(|refund| refund.refund_id == refund_id).ok_or(PayError::malformed(200))
    }

    /// Encrypts personal fields for the platform.
    pub(super) fn sealer(&self) -> Result<Sealer, PayError> {
        let gateway = &self.0.gateway;
        let none = || ConfigError::new("platform_keys", "no key to encrypt personal fields for");
        let (serial, key) = gateway.ring.sealing_key((gateway.now)()).ok_or_else(none)?;
        Ok(Sealer { serial, key })
    }
}

/// One key of the platform, to encrypt for.
pub(super) struct Sealer {
    /// What goes into `Wechatpay-Serial`.
    pub(super) serial: String,
    key: VerifyingKey,
}

impl Sealer {
    pub(super) fn seal(&self, text: &Secret) -> Result<String, PayError> {
        let wrong = |_| ConfigError::new("platform_keys", "a personal field cannot be encrypted");
        Ok(self.key.seal(text.expose()).map_err(wrong)?)
    }
}
