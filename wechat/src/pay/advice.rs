//! What a caller does after an error: the platform's error table (错误码, per page) as one function.

use super::code::ErrorCode;
use super::error::{Outcome, PayError};

/// The next step. Where a step repeats, it is the same number and the same bytes, never a new number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Advice {
    /// Accepted, not finished (202): ask again with the same request.
    AskAgain,
    /// Executed or not (5xx, lost or unproven answers): query, or repeat the same bytes.
    QueryOrRepeat,
    /// It never left: send it whenever it is convenient.
    SendLater,
    /// Too many calls: wait longer each time. For a refund: query first, it may have been accepted.
    BackOff,
    /// The order was paid already: query, and treat it as paid if the query says so.
    QueryPaid,
    /// The order is closed or expired: only a new number can be paid.
    NewNumber,
    /// The number was used before, with other content: query that order; a new number only if it is not ours.
    QueryOld,
    /// The merchant's balance is too small: keep the refund waiting, same number, tell the operator.
    WaitForFunds,
    /// The platform knows no such thing. Right after a lost prepay answer it can mean "not yet": repeat the prepay.
    Missing,
    /// No trade on that day (bills): normal, nothing to do.
    NothingThere,
    /// Not made yet (bills before about 10:00): ask later.
    NotReady,
    /// Key, serial or clock is wrong: an alarm. The client has corrected a wrong clock and tried again before.
    CheckKeysAndClock,
    /// appid, merchant or an argument of ours is wrong: an alarm, repeating is useless.
    FixSettings,
    /// Refused for what it says, or for the state of the order: a fault of ours. Query before giving up.
    Fault,
    /// A person must look: permission, account, limits, the payer's card.
    Operator,
}

impl PayError {
    /// What to do next. The code counts before the HTTP status, for pages differ in the status.
    pub fn advice(&self) -> Advice {
        match self {
            Self::Api { http: 202, .. } => Advice::AskAgain,
            Self::Api { code, http, outcome, .. } => from_code(code, *http, *outcome),
            Self::Unverified { .. } | Self::Transport { sent: true, .. } => Advice::QueryOrRepeat,
            Self::Transport { sent: false, .. } | Self::Breaker => Advice::SendLater,
            Self::Limited => Advice::BackOff,
            Self::Config(_) => Advice::FixSettings,
        }
    }
}

fn from_code(code: &ErrorCode, http: u16, outcome: Outcome) -> Advice {
    use ErrorCode as C;
    match code {
        C::OrderPaid => Advice::QueryPaid,
        C::OrderClosed => Advice::NewNumber,
        C::OutTradeNoUsed | C::ParametersDiffer => Advice::QueryOld,
        C::NotEnough => Advice::WaitForFunds,
        C::OrderNotExist | C::ResourceNotExists => Advice::Missing,
        C::NoStatementExist => Advice::NothingThere,
        C::StatementCreating => Advice::NotReady,
        C::FrequencyLimited => Advice::BackOff,
        C::SystemError | C::ServiceUnavailable => Advice::QueryOrRepeat,
        C::SignError => Advice::CheckKeysAndClock,
        C::AppidMchidNotMatch | C::MchNotExists => Advice::FixSettings,
        C::RuleLimit | C::NoAuth | C::TradeError | C::AccountError => Advice::Operator,
        C::UserAccountAbnormal | C::OpenidMismatch => Advice::Operator,
        C::InvalidRequest | C::ParamError => Advice::Fault,
        // Unknown codes: the status is all there is.
        C::Other(_) if http == 429 => Advice::BackOff,
        C::Other(_) if http == 401 => Advice::CheckKeysAndClock,
        C::Other(_) if outcome == Outcome::Refused => Advice::Operator,
        C::Other(_) => Advice::QueryOrRepeat,
    }
}
