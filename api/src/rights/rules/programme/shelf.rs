//! All programmes that the house knows: the shipped ones and an operator's own.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use chrono::NaiveDate;

use super::{Programme, read};

/// The files that ship with the program.
pub(super) const SHIPPED: [(&str, &str); 4] = [
    (
        "guandu_home_care_voucher.json",
        include_str!("../../../../data/programmes/guandu_home_care_voucher.json"),
    ),
    (
        "jinning_basic_service_list.json",
        include_str!("../../../../data/programmes/jinning_basic_service_list.json"),
    ),
    (
        "xishan_xiyuan_meal_subsidy.json",
        include_str!("../../../../data/programmes/xishan_xiyuan_meal_subsidy.json"),
    ),
    (
        "national_disability_care_voucher.json",
        include_str!("../../../../data/programmes/national_disability_care_voucher.json"),
    ),
];

/// The shipped programmes, read once.
pub fn shipped() -> &'static Programmes {
    static PROGRAMMES: OnceLock<Programmes> = OnceLock::new();
    let read = |(name, text): &(&str, &str)| {
        read(text)
            .unwrap_or_else(|why| unreachable!("{name} is part of the program and read by a test: {why}"))
    };
    PROGRAMMES.get_or_init(|| Programmes(SHIPPED.iter().map(|file| Arc::new(read(file))).collect()))
}

/// Every programme that the house knows. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Programmes(Arc<[Arc<Programme>]>);

impl Programmes {
    /// The shipped ones and an operator's own, as pairs of file name and text. Error: file, line and reason.
    pub fn with(files: &[(String, String)]) -> Result<Self, String> {
        let mut all: Vec<Arc<Programme>> = shipped().0.to_vec();
        let mut places: BTreeMap<String, &str> = BTreeMap::new();
        for (name, text) in files {
            let own = read(text).map_err(|why| format!("{name}: {why}"))?;
            if let Some(first) = places.insert(own.code.clone(), name) {
                return Err(format!("{name}: the code {:?} is taken by {first}", own.code));
            }
            all.retain(|known| known.code != own.code);
            all.push(Arc::new(own));
        }
        Ok(Self(all.into()))
    }

    /// The programme of a code.
    pub fn find(&self, code: &str) -> Option<&Programme> {
        self.iter().find(|programme| programme.code == code)
    }

    /// Name of a programme in Chinese; the code itself when nobody knows it any more.
    pub fn name_of(&self, code: &str) -> String {
        self.find(code).map_or(code, |programme| &programme.name).to_owned()
    }

    /// Those that give vouchers on a day.
    pub fn vouchers_on(&self, day: NaiveDate) -> impl Iterator<Item = &Programme> {
        self.iter().filter(move |programme| programme.is_voucher() && programme.is_in_force(day))
    }

    /// All of them, in the order in which they are shown.
    pub fn iter(&self) -> impl Iterator<Item = &Programme> {
        self.0.iter().map(AsRef::as_ref)
    }
}
