//! What a difference between a day's bills and the books is called, and who looks after it.

use entities::enums::{AttemptState, BillCaseKind as Kind, BillOwner, RefundState};

/// A number of a day's trade bill, and what the books say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen<State> {
    /// How often the bill says it.
    pub times: i32,
    /// State of the bill's last row.
    pub bill_state: String,
    /// What the bill says, in fen.
    pub theirs_fen: i64,
    /// State and amount in the books; `None` when nobody here made the number.
    pub ours: Option<(State, i64)>,
    /// Both know the platform's own number, and it is not the same.
    pub is_other_number: bool,
}

/// What a bill says about a refund that goes on or is there. Any other word, `FAIL` above all, says that nothing went back.
/// Source: 交易账单, 退款状态.
pub const GOES_BACK: [&str; 2] = ["SUCCESS", "PROCESSING"];

/// What is wrong with a payment. The first thing that is wrong names the case.
pub fn payment(seen: &Seen<AttemptState>) -> Option<Kind> {
    let Some((state, ours_fen)) = seen.ours else { return Some(Kind::PaymentUnknown) };
    let is_here = matches!(state, AttemptState::Paid | AttemptState::LatePaid);
    [
        (seen.times > 1, Kind::PaymentTwice),
        (seen.bill_state != "SUCCESS", Kind::PaymentState),
        (ours_fen != seen.theirs_fen, Kind::PaymentAmount),
        (!is_here, Kind::PaymentNotHere),
        (seen.is_other_number, Kind::PaymentNumber),
    ]
    .into_iter()
    .find_map(|(is_wrong, kind)| is_wrong.then_some(kind))
}

/// What is wrong with a refund.
pub fn refund(seen: &Seen<RefundState>) -> Option<Kind> {
    let Some((state, ours_fen)) = seen.ours else { return Some(Kind::RefundUnknown) };
    let goes_back = GOES_BACK.contains(&seen.bill_state.as_str());
    let is_contrary = match state {
        RefundState::Success => !goes_back,
        RefundState::Closed => goes_back,
        RefundState::Requested | RefundState::Accepted | RefundState::Abnormal => false,
    };
    [
        (seen.times > 1, Kind::RefundTwice),
        (ours_fen != seen.theirs_fen, Kind::RefundAmount),
        (is_contrary, Kind::RefundState),
        (goes_back && state == RefundState::Requested, Kind::RefundNotHere),
        (seen.is_other_number, Kind::RefundNumber),
    ]
    .into_iter()
    .find_map(|(is_wrong, kind)| is_wrong.then_some(kind))
}

/// Who looks after it: the desk where a family may wait for its order, the office where the books are in question.
pub const fn owner(kind: Kind) -> BillOwner {
    match kind {
        Kind::PaymentNotHere | Kind::RefundNotHere => BillOwner::Desk,
        _ => BillOwner::Office,
    }
}

/// Hundred-thousandths of a yuan as fen, rounded half away from zero as the platform books fees.
pub const fn fen_of_e5(yuan_e5: i64) -> i64 {
    yuan_e5.saturating_add(yuan_e5.signum() * 500) / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_difference_of_a_payment_has_its_name() {
        use AttemptState as S;
        let sound = || Seen {
            times: 1,
            bill_state: "SUCCESS".to_owned(),
            theirs_fen: 900,
            ours: Some((S::Paid, 900)),
            is_other_number: false,
        };
        assert_eq!(payment(&sound()), None);
        assert_eq!(payment(&Seen { ours: Some((S::LatePaid, 900)), ..sound() }), None);
        for (seen, kind) in [
            (Seen { ours: None, ..sound() }, Kind::PaymentUnknown),
            (Seen { times: 2, ..sound() }, Kind::PaymentTwice),
            (Seen { bill_state: "REVOKED".to_owned(), ..sound() }, Kind::PaymentState),
            (Seen { theirs_fen: 901, ..sound() }, Kind::PaymentAmount),
            (Seen { ours: Some((S::Prepaid, 900)), ..sound() }, Kind::PaymentNotHere),
            (Seen { ours: Some((S::Closed, 900)), ..sound() }, Kind::PaymentNotHere),
            (Seen { is_other_number: true, ..sound() }, Kind::PaymentNumber),
        ] {
            assert_eq!(payment(&seen), Some(kind), "{seen:?}");
        }
    }

    #[test]
    fn each_difference_of_a_refund_has_its_name() {
        use RefundState as S;
        let sound = || Seen {
            times: 1,
            bill_state: "PROCESSING".to_owned(),
            theirs_fen: 200,
            ours: Some((S::Accepted, 200)),
            is_other_number: false,
        };
        let failed = |state| Seen { bill_state: "FAIL".to_owned(), ours: Some((state, 200)), ..sound() };
        assert_eq!(refund(&sound()), None);
        for agreed in [S::Closed, S::Requested, S::Accepted, S::Abnormal] {
            assert_eq!(refund(&failed(agreed)), None, "{agreed:?}");
        }
        for (seen, kind) in [
            (Seen { ours: None, ..sound() }, Kind::RefundUnknown),
            (Seen { times: 2, ..sound() }, Kind::RefundTwice),
            (Seen { theirs_fen: 199, ..sound() }, Kind::RefundAmount),
            (Seen { ours: Some((S::Requested, 200)), ..sound() }, Kind::RefundNotHere),
            (Seen { ours: Some((S::Closed, 200)), ..sound() }, Kind::RefundState),
            (failed(S::Success), Kind::RefundState),
            (Seen { is_other_number: true, ..sound() }, Kind::RefundNumber),
        ] {
            assert_eq!(refund(&seen), Some(kind), "{seen:?}");
        }
    }

    #[test]
    fn fees_are_booked_in_whole_fen() {
        for (e5, fen) in
            [(0, 0), (6_000, 6), (499, 0), (500, 1), (-500, -1), (-6_499, -6), (i64::MAX, i64::MAX / 1_000)]
        {
            assert_eq!(fen_of_e5(e5), fen, "{e5}");
        }
    }
}
