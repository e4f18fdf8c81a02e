//! Pure decisions about bonds, scopes and what is shown of a person.

pub mod access;
pub mod consent;
pub mod help_call;
pub mod words;

use entities::enums::BondState;

/// What a bond allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// See the elder's orders and their progress.
    ViewOrders,
    /// Order and cancel for the elder.
    Book,
    /// Pay for the elder's orders.
    Pay,
    /// Read health notes and dietary needs; each reading is recorded.
    SeeHealth,
    /// Decide and sign for the elder, as a guardian does.
    Decide,
}

impl Scope {
    /// Every scope, in the order of the bits.
    pub const ALL: [Self; 5] = [Self::ViewOrders, Self::Book, Self::Pay, Self::SeeHealth, Self::Decide];

    const fn bit(self) -> i16 {
        match self {
            Self::ViewOrders => 1,
            Self::Book => 2,
            Self::Pay => 4,
            Self::SeeHealth => 8,
            Self::Decide => 16,
        }
    }
}

/// A set of scopes, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes(i16);

impl Scopes {
    /// Everything: the elder about himself.
    pub const ALL: Self = Self(31);
    /// What the telephone desk may do for an elder of its region.
    pub const DESK: Self = Self(1 | 2);

    /// From a column.
    pub const fn from_bits(bits: i16) -> Self {
        Self(bits & 31)
    }

    /// For a column.
    pub const fn bits(self) -> i16 {
        self.0
    }

    /// The set of the scopes given.
    pub fn of(scopes: &[Scope]) -> Self {
        Self(scopes.iter().fold(0, |bits, scope| bits | scope.bit()))
    }

    /// Whether the scope is in the set.
    pub const fn has(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// The scopes in the set.
    pub fn list(self) -> Vec<Scope> {
        Scope::ALL.into_iter().filter(|scope| self.has(*scope)).collect()
    }

    /// Both sets together.
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What can happen to a bond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BondEvent {
    /// The elder agrees, by a code or face to face.
    ElderAgrees,
    /// A community worker has seen the papers.
    WorkerVerifies,
    /// The elder or the worker says no.
    Refuse,
    /// The elder changes what the bond allows.
    ChangeScope,
    /// Ended: from the next request on it allows nothing.
    Revoke,
}

impl BondEvent {
    /// Every event.
    pub const ALL: [Self; 5] =
        [Self::ElderAgrees, Self::WorkerVerifies, Self::Refuse, Self::ChangeScope, Self::Revoke];

    /// Name in the state machine.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ElderAgrees => "elder_agrees",
            Self::WorkerVerifies => "worker_verifies",
            Self::Refuse => "refuse",
            Self::ChangeScope => "change_scope",
            Self::Revoke => "revoke",
        }
    }
}

/// The next state of a bond, or `None` when the event means nothing there. Machine `FamilyBond`.
pub const fn bond_after(state: BondState, event: BondEvent) -> Option<BondState> {
    use BondEvent as E;
    use BondState as S;
    match (state, event) {
        (S::Requested, E::ElderAgrees | E::WorkerVerifies) | (S::Active, E::ChangeScope) => Some(S::Active),
        (S::Requested, E::Refuse) => Some(S::Refused),
        (S::Active, E::Revoke) => Some(S::Revoked),
        _ => None,
    }
}

/// The first character and stars, for lists: 王**.
pub fn mask_name(name: &str) -> String {
    let mut letters = name.chars();
    let first: String = letters.next().into_iter().collect();
    first + &"*".repeat(letters.count().min(3))
}

/// The first three and last four digits: 138****1234. Shorter numbers only show the last two.
pub fn mask_phone(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().collect();
    let shown =
        |range: std::ops::Range<usize>| digits.get(range).unwrap_or_default().iter().collect::<String>();
    if digits.len() >= 11 {
        format!("{}****{}", shown(0..3), shown(digits.len() - 4..digits.len()))
    } else {
        format!("****{}", shown(digits.len().saturating_sub(2)..digits.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_show_masked_names_and_numbers() {
        assert_eq!(mask_name("王桂芬"), "王**");
        assert_eq!(mask_name(""), "");
        assert_eq!(mask_phone("13800001234"), "138****1234");
        assert_eq!(mask_phone("666"), "****66");
    }

    #[test]
    fn a_set_of_scopes_keeps_what_is_put_in() {
        let scopes = Scopes::of(&[Scope::Book, Scope::SeeHealth]);
        assert!(scopes.has(Scope::Book) && !scopes.has(Scope::Pay));
        assert_eq!(Scopes::from_bits(scopes.bits()).list(), [Scope::Book, Scope::SeeHealth]);
        assert_eq!(Scopes::of(&Scope::ALL), Scopes::ALL);
    }
}
