//! Ids of bulk data: a kind and a number, the same in Rust, in data.sql and in pgbench's scripts.

/// What an id is of.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Canteen = 2,
    Dish = 3,
    Slot = 5,
    Elder = 6,
    Order = 8,
    /// Orders, events and work that pgbench writes.
    LimitOrder = 10,
    LimitEvent = 11,
    LimitWork = 12,
    /// Breakfast slots of canteen 0, which nothing else uses.
    Lone = 13,
}

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl Kind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Canteen => "canteen",
            Self::Dish => "dish",
            Self::Slot | Self::Lone => "slot",
            Self::Elder => "elder",
            Self::Order | Self::LimitOrder => "order",
            Self::LimitEvent => "event",
            Self::LimitWork => "work",
        }
    }

    fn number(self) -> u16 {
        // The values are the declared ones, all below a hundred.
        self as u16
    }
}

/// The id as clients write it: type, then 26 characters of Crockford's base 32.
pub fn text(kind: Kind, n: u64) -> String {
    let value = (0x0190_0000_u128 << 96)
        | (u128::from(kind.number()) << 80)
        | (0x7000_u128 << 64)
        | (0x8000_u128 << 48)
        | u128::from(n);
    let mut text = format!("{}_", kind.prefix());
    for place in (0..26).rev() {
        let digit = usize::try_from((value >> (place * 5)) & 31).unwrap_or(0);
        text.push(char::from(ALPHABET.get(digit).copied().unwrap_or(b'0')));
    }
    text
}

/// The id as an SQL expression over a variable of pgbench.
pub fn sql(kind: Kind, variable: &str) -> String {
    format!(
        "('01900000-{:04x}-7000-8000-' || lpad(to_hex(:{variable}::bigint), 12, '0'))::uuid",
        kind.number()
    )
}

/// Numbers of one meal of an elder, so that no two orders of a run meet in elder, day and period.
#[derive(Debug, Clone, Copy)]
pub struct Meal {
    pub elder: u64,
    pub canteen: u64,
    pub slot: u64,
}

/// Canteens in the bulk data.
pub const CANTEENS: u64 = 43;
/// Days in the bulk data; the day of loading is number 20.
pub const DAYS: u64 = 60;
/// The first day that the bench books, with lunch and dinner of thirty days.
pub const FIRST_DAY: u64 = 22;
/// Day and period pairs that the bench books.
pub const MEALS: u64 = 60;

/// The `n`-th meal to book. Repeats itself after 60 times as many as there are elders.
pub fn meal(n: u64, elders: u64) -> Meal {
    let (elder, turn) = (n % elders, n / elders);
    let when = (7 * elder + turn) % MEALS;
    let canteen = (13 * elder + 5 * turn) % CANTEENS;
    let slot = ((canteen * DAYS + FIRST_DAY + when / 2) * 2 + when % 2) * 2;
    Meal { elder, canteen, slot }
}

/// The same in pgbench's language, from the variable `n` to `e`, `c` and `s`.
pub fn meal_script(elders: u64) -> String {
    format!(
        "\\set e :n % {elders}\n\\set k :n / {elders}\n\\set w (7 * :e + :k) % {MEALS}\n\
         \\set c (13 * :e + 5 * :k) % {CANTEENS}\n\
         \\set s ((:c * {DAYS} + {FIRST_DAY} + :w / 2) * 2 + :w % 2) * 2\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn meals_of_one_elder_differ_in_day_or_period_and_neighbours_in_slot() {
        let elders = 3_000;
        let seen: HashSet<_> =
            (0..elders * MEALS).map(|n| meal(n, elders)).map(|m| (m.elder, m.slot / 2 % 120)).collect();
        assert_eq!(seen.len(), usize::try_from(elders * MEALS).unwrap());
        let near: HashSet<_> = (0..64).map(|n| meal(n, elders).slot).collect();
        assert_eq!(near.len(), 64);
    }

    #[test]
    fn an_id_is_written_as_the_server_writes_it() {
        assert_eq!(text(Kind::Slot, 0).len(), "slot_".len() + 26);
        assert!(text(Kind::Order, 1) < text(Kind::Order, 2));
        assert!(sql(Kind::Elder, "e").starts_with("('01900000-0006-7000-8000-'"));
    }
}
