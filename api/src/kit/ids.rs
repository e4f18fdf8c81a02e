//! Typed ids. In the database a version 7 UUID, outside `<type>_<26 characters>` of Crockford's base 32.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use uuid::{ContextV7, Timestamp, Uuid};

use super::clock::Clock;

/// Makes ids that grow with time, also while the clock stands.
#[derive(Clone, Debug)]
pub struct Ids {
    clock: Clock,
    context: Arc<Mutex<ContextV7>>,
}

impl Ids {
    /// Ids stamped by `clock`.
    pub fn new(clock: Clock) -> Self {
        Self { clock, context: Arc::new(Mutex::new(ContextV7::new())) }
    }

    /// The next id of any type.
    pub fn next<T: From<Uuid>>(&self) -> T {
        self.at(self.clock.now())
    }

    fn at<T: From<Uuid>>(&self, now: DateTime<Utc>) -> T {
        let context = self.context.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
        let stamp = Timestamp::from_unix(&*context, seconds, now.timestamp_subsec_nanos());
        T::from(Uuid::new_v7(stamp))
    }
}

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// 26 characters, most significant first, sorted like the id itself.
pub fn encode(id: Uuid) -> String {
    let value = id.as_u128();
    (0..26)
        .rev()
        .map(|place| {
            let index = usize::try_from((value >> (place * 5)) & 31).unwrap_or(0);
            char::from(ALPHABET.get(index).copied().unwrap_or(b'0'))
        })
        .collect()
}

/// The id behind 26 characters; `None` for anything else.
pub fn decode(text: &str) -> Option<Uuid> {
    if text.len() != 26 || text.as_bytes().first().is_some_and(|first| *first > b'7') {
        return None;
    }
    text.bytes()
        .try_fold(0_u128, |value, byte| {
            let digit = ALPHABET.iter().position(|letter| *letter == byte)?;
            Some((value << 5) | u128::try_from(digit).ok()?)
        })
        .map(Uuid::from_u128)
}

/// Declares id types: a prefix in text, a newtype in Rust.
macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal),+ $(,)?) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub uuid::Uuid);

        impl From<uuid::Uuid> for $name {
            fn from(id: uuid::Uuid) -> Self { Self(id) }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($prefix, "_{}"), $crate::kit::ids::encode(self.0))
            }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::kit::refusal::WrongId;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.strip_prefix(concat!($prefix, "_"))
                    .and_then($crate::kit::ids::decode)
                    .map(Self)
                    .ok_or($crate::kit::refusal::WrongId($prefix))
            }
        }
    )+ };
}

typed_ids! {
    /// A person who signs in.
    PersonId = "person",
    /// A session family.
    SessionId = "session",
    /// An elder.
    ElderId = "elder",
    /// A family bond.
    BondId = "bond",
    /// A provider.
    ProviderId = "provider",
    /// A provider's licence.
    LicenceId = "licence",
    /// A carer.
    CarerId = "carer",
    /// A carer's certificate.
    CertificateId = "certificate",
    /// A carer's leave.
    LeaveId = "leave",
    /// An offering.
    OfferingId = "offering",
    /// A canteen.
    CanteenId = "canteen",
    /// A dish.
    DishId = "dish",
    /// A slot of a canteen.
    SlotId = "slot",
    /// An order, of a meal or of a visit at home.
    OrderId = "order",
    /// A payment attempt.
    AttemptId = "attempt",
    /// A refund.
    RefundId = "refund",
    /// A rating.
    RatingId = "rating",
    /// Words that the platform's check hid or left for a person.
    WordsId = "words",
    /// An event.
    EventId = "event",
    /// Something that did not fit in a visit.
    ExceptionId = "exception",
    /// A carer's phone that hands in acts later.
    DeviceId = "device",
    /// A welfare check.
    CheckId = "check",
    /// A provider's closed month.
    StatementId = "statement",
    /// An ability assessment.
    AssessmentId = "assessment",
    /// A consent.
    ConsentId = "consent",
    /// A fact of an archive.
    FactId = "fact",
    /// A wish to correct an archive.
    CorrectionId = "correction",
    /// An approval to take part in a programme.
    EnrolmentId = "enrolment",
    /// A difference between a bill and the books.
    BillCaseId = "bill_case",
    /// A call for help.
    HelpCallId = "help_call",
    /// A complaint of a payer.
    ComplaintId = "complaint",
    /// What the house tells a person.
    MessageId = "message",
    /// A contract with a provider.
    ContractId = "contract",
    /// A voucher of one month.
    VoucherId = "voucher",
    /// A request about all data of an elder.
    PrivacyId = "request",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_id_are_two_ways_of_writing_one_thing() {
        let ids = Ids::new(Clock::frozen(DateTime::UNIX_EPOCH + chrono::Duration::days(20_000)));
        let first: OrderId = ids.next();
        let second: OrderId = ids.next();
        assert!(first < second && first.to_string() < second.to_string());
        assert_eq!(first.to_string().parse::<OrderId>().unwrap(), first);
        assert!(first.to_string().parse::<SlotId>().is_err());
        assert!("order_8ZZZZZZZZZZZZZZZZZZZZZZZZZ".parse::<OrderId>().is_err());
        assert!("order_".parse::<OrderId>().is_err());
    }
}
