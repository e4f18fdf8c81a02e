//! Error codes of WeChat Pay.

use std::fmt;

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $first:literal $(| $other:literal)*,)*) => {
        /// The platform's error code. Spellings differ between its pages; one name stands for all of them.
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[$doc])* $name,)*
            /// A code that is not in this list, or empty if the answer had none.
            Other(String),
        }

        impl ErrorCode {
            /// The code in the platform's own (first) spelling.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$name => $first,)*
                    Self::Other(code) => code,
                }
            }
        }

        impl From<&str> for ErrorCode {
            fn from(code: &str) -> Self {
                match code {
                    $($first $(| $other)* => Self::$name,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }
    };
}

error_codes! {
    /// Already paid: query, and treat as paid if it says so.
    OrderPaid = "ORDERPAID" | "ORDER_PAID",
    /// Closed or expired: a new number is needed.
    OrderClosed = "ORDER_CLOSED" | "ORDERCLOSED",
    /// No such order. Right after a lost prepay answer it can mean "not yet".
    OrderNotExist = "ORDER_NOT_EXIST" | "ORDERNOTEXIST" | "ORDER_NOT_EXISTS",
    /// No such refund or resource.
    ResourceNotExists = "RESOURCE_NOT_EXISTS" | "RESOURCE_NOT_EXIST",
    /// The number is taken: query it; a new number only if that order is not ours.
    OutTradeNoUsed = "OUT_TRADE_NO_USED",
    /// The same number came before with other parameters (inner code 268498688): close first, then a new number.
    ParametersDiffer = "PARAMETERS_DIFFER",
    /// The merchant's balance is too small: keep the refund, repeat it with the same number later.
    NotEnough = "NOT_ENOUGH" | "NOTENOUGH",
    /// No trade on the day of the bill: normal.
    NoStatementExist = "NO_STATEMENT_EXIST" | "NO_BILL" | "STATEMENT_NOT_EXIST",
    /// The bill is not made yet: ask later.
    StatementCreating = "STATEMENT_CREATING" | "BILL_CREATING",
    /// Too many calls: back off.
    FrequencyLimited = "FREQUENCY_LIMITED" | "RATELIMIT_EXCEEDED" | "FREQUENCY_LIMIT_EXCEED" | "FREQUENCYLIMITED",
    /// The platform stumbled: repeat identically or query.
    SystemError = "SYSTEM_ERROR" | "SYSTEMERROR",
    /// The platform is busy: repeat identically or query.
    ServiceUnavailable = "SERVICE_UNAVAILABLE",
    /// Our signature, serial or clock is wrong: somebody must look.
    SignError = "SIGN_ERROR",
    /// The order is not in a state for this, or the request is wrong.
    InvalidRequest = "INVALID_REQUEST",
    /// A field is wrong: a fault of ours.
    ParamError = "PARAM_ERROR",
    /// A limit of the platform or of the payer.
    RuleLimit = "RULE_LIMIT" | "RULELIMIT",
    /// The merchant may not do this.
    NoAuth = "NO_AUTH",
    /// The trade failed, e.g. the payer's card.
    TradeError = "TRADE_ERROR",
    /// The payer's or merchant's account is not in order.
    AccountError = "ACCOUNT_ERROR",
    /// appid and mchid are not bound to each other.
    AppidMchidNotMatch = "APPID_MCHID_NOT_MATCH",
    /// No such merchant.
    MchNotExists = "MCH_NOT_EXISTS",
    /// openid and appid do not belong together.
    OpenidMismatch = "OPENID_MISMATCH",
    /// The user's account is closed or frozen.
    UserAccountAbnormal = "USER_ACCOUNT_ABNORMAL",
}

impl ErrorCode {
    /// Reads the code of an answer.
    ///
    /// `INVALID_REQUEST` covers several states; the digits after the last `-` of `Request-ID` tell
    /// which. Source: the platform's troubleshooting list of inner codes.
    pub(super) fn read(code: &str, request_id: Option<&str>) -> Self {
        let code = Self::from(code);
        if code != Self::InvalidRequest {
            return code;
        }
        match request_id.and_then(|id| id.rsplit('-').next()) {
            Some("268449538" | "268498689") => Self::OrderPaid,
            Some("268447914") => Self::OrderClosed,
            Some("268512771") => Self::OrderNotExist,
            Some("268498688") => Self::ParametersDiffer,
            Some("268447840") => Self::FrequencyLimited,
            Some("268443699") => Self::SignError,
            Some("268445527") => Self::AppidMchidNotMatch,
            // The merchant is not active; collecting money is restricted.
            Some("268443715" | "268448010") => Self::AccountError,
            Some("268501013" | "268435461" | "270924358" | "268435464") => Self::ParamError,
            // Among the others: the order belongs to another merchant (268447843), it cannot be closed this way (268449641).
            _ => code,
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
