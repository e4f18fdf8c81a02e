//! Money for others: a share of a payment (分账), or a transfer to a person's wallet (商家转账).
//!
//! One trait, two ways, both **off by default**: they need contracts with the platform. A payout is frozen as bytes,
//! stored, sent, and repeated with the same bytes; a new number would pay twice.

mod sharing;
mod transfer;

use std::pin::Pin;

use serde::{Deserialize, Serialize};

pub use sharing::{ProfitSharing, ShareReturn};
pub use transfer::{TransferScene, Transfers};

use super::{Pay, PayError};
use crate::Secret;

/// Which ways are open. Nothing by default.
#[derive(Debug, Clone, Default)]
pub struct PayoutSwitch {
    /// Profit sharing; the merchant must have it, and orders must be made with
    /// [`Pay::freeze_prepay_to_share`].
    pub sharing: bool,
    /// Transfers, in this scene of the contract.
    pub transfers: Option<TransferScene>,
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PayoutKind {
    /// A share of one payment.
    Sharing,
    /// A transfer.
    Transfer,
}

/// Who gets it.
#[derive(Debug, Clone)]
pub enum Receiver {
    /// Another merchant; sharing only.
    Merchant {
        /// Its number.
        mchid: String,
    },
    /// A person of this mini-program.
    Person {
        /// Who.
        openid: String,
        /// The person's real name, which the platform compares; leaves encrypted.
        name: Option<Secret>,
    },
}

/// One payout.
#[derive(Debug, Clone)]
pub struct PayoutOrder {
    /// Our number, unique for ever; 1 to 64 (sharing) or 5 to 32 (transfer) letters and digits.
    pub number: String,
    /// The payment that is shared; not used by transfers.
    pub transaction_id: String,
    /// Who gets it.
    pub receiver: Receiver,
    /// Fen, at least 1. By default at most 30 % of a payment may be shared, all shares together.
    pub amount_fen: i64,
    /// What for; 1 to 80 bytes (sharing), 32 characters (transfer).
    pub remark: String,
}

/// A payout as it must be stored before it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenPayout {
    /// Which way.
    pub kind: PayoutKind,
    /// Our number.
    pub number: String,
    /// The payment that is shared; empty for transfers.
    pub transaction_id: String,
    /// The exact JSON.
    pub body: String,
    /// Serial of the platform's key for which a name in it is encrypted.
    pub serial: Option<String>,
}

/// Where a payout stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PayoutState {
    /// Everybody got theirs.
    Done,
    /// Accepted, on its way: query later.
    UnderWay,
    /// The receiver must confirm on the phone with `wx.requestMerchantTransfer`.
    AwaitsReceiver {
        /// `package` for the phone; only in the answer to the first call.
        package: Option<String>,
    },
    /// It will not arrive; the money is still ours.
    Failed {
        /// The platform's word, such as `NO_RELATION` or `ACCOUNT_ABNORMAL`.
        reason: String,
    },
    /// A state of the future: treat it as under way.
    Other,
}

/// What a payout will answer.
pub type PayoutAnswer<'a> = Pin<Box<dyn Future<Output = Result<PayoutState, PayError>> + Send + 'a>>;

/// A way to pay money out.
pub trait Payout: Send + Sync {
    /// Which way this is.
    fn kind(&self) -> PayoutKind;

    /// Checks a payout and writes its exact body. Store it before sending.
    fn freeze(&self, order: &PayoutOrder) -> Result<FrozenPayout, PayError>;

    /// Sends it; the same bytes again are the same payout.
    fn send<'a>(&'a self, frozen: &'a FrozenPayout) -> PayoutAnswer<'a>;

    /// Asks where it stands.
    fn query<'a>(&'a self, frozen: &'a FrozenPayout) -> PayoutAnswer<'a>;
}

impl Pay {
    /// Profit sharing; `None` unless it is switched on.
    pub fn sharing(&self) -> Option<ProfitSharing> {
        self.0.payouts.sharing.then(|| ProfitSharing::new(self.clone()))
    }

    /// Transfers; `None` unless they are switched on.
    pub fn transfers(&self) -> Option<Transfers> {
        let scene = self.0.payouts.transfers.clone()?;
        Some(Transfers::new(self.clone(), scene))
    }
}
