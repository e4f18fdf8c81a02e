//! Demo people, their openids, and the codes of a simulated `wx.login`.

use std::collections::HashMap;

use crate::{
    crypto::{base32, derived, digits},
    world::World,
};

/// Seconds for which a login code can be exchanged.
pub const CODE_LIFE_S: i64 = 5 * 60;
/// Seconds after a visit during which the platform checks a text for somebody.
pub const VISIT_LIFE_S: i64 = 2 * 3600;

/// The people that the login page offers: group, name, who it is.
pub const DEMO_PEOPLE: [(&str, &str, &str); 14] = [
    ("第一个家庭", "daughter1", "女儿"),
    ("第一个家庭", "son1", "儿子"),
    ("第二个家庭", "daughter2", "女儿"),
    ("第二个家庭", "son2", "儿子"),
    ("老人", "elder1", "老人一"),
    ("老人", "elder2", "老人二"),
    ("老人", "elder3", "老人三"),
    ("服务方", "canteen1", "食堂一"),
    ("服务方", "canteen2", "食堂二"),
    ("服务方", "carer1", "护理员一"),
    ("服务方", "carer2", "护理员二"),
    ("工作人员", "desk1", "社区服务台"),
    ("工作人员", "officer1", "民政干部"),
    ("工作人员", "admin1", "管理员"),
];

/// What became of a login code.
#[derive(Clone, Debug)]
pub struct Code {
    /// Whose it is.
    pub openid: String,
    /// When it was made, unix seconds.
    pub made_at: i64,
    /// Whether it was exchanged.
    pub is_used: bool,
}

/// Why a code is not exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeRefusal {
    /// Never made, or too old.
    Invalid,
    /// Exchanged before.
    Used,
}

/// Who logged in, and when.
#[derive(Default)]
pub struct Logins {
    names: HashMap<String, String>,
    visits: HashMap<String, i64>,
    codes: HashMap<String, Code>,
    counts: HashMap<String, u64>,
    /// The last session key of each person.
    pub session_keys: HashMap<String, String>,
    /// Codes of the phone button.
    pub phone_codes: HashMap<String, PhoneCode>,
}

/// What became of a code of the phone button.
#[derive(Clone, Debug)]
pub struct PhoneCode {
    /// What it stands for.
    pub number: String,
    /// When it was made, unix seconds.
    pub made_at: i64,
    /// Whether it was exchanged.
    pub is_used: bool,
}

impl Logins {
    /// Whether this person was here in the last two hours.
    pub fn is_recent(&self, openid: &str, now: i64) -> bool {
        self.visits.get(openid).is_some_and(|at| now - at < VISIT_LIFE_S)
    }

    /// Name of the person behind an openid, if it was seen or is one of the demo people.
    pub fn name_of(&self, openid: &str) -> Option<&str> {
        let demo = || DEMO_PEOPLE.iter().map(|(_, name, _)| *name).find(|name| openid_of(name) == openid);
        self.names.get(openid).map(String::as_str).or_else(demo)
    }
}

impl World {
    /// What `wx.login` does on the phone: a fresh code for a person.
    pub fn log_in(&mut self, name: &str) -> (String, String) {
        let now = self.now();
        let openid = openid_of(name);
        let count = self.logins.counts.entry(name.to_owned()).or_default();
        *count += 1;
        // The moment is part of it: a simulator started again must not hand out codes that were used before.
        let code = base32(&derived(self.seed, "code", &format!("{name}\n{count}\n{now}")), 32);
        let fresh = Code { openid: openid.clone(), made_at: now, is_used: false };
        self.logins.codes.insert(code.clone(), fresh);
        self.logins.names.insert(openid.clone(), name.to_owned());
        self.logins.visits.insert(openid.clone(), now);
        (code, openid)
    }

    /// What the phone button does: a fresh code for a number, by default the one that follows from the name.
    pub fn phone_code(&mut self, name: &str, number: Option<&str>) -> String {
        let now = self.now();
        let count = self.logins.phone_codes.len();
        let code = base32(&derived(self.seed, "phone code", &format!("{name}\n{count}\n{now}")), 32);
        let number = number.map_or_else(|| phone_of(name), str::to_owned);
        self.logins.phone_codes.insert(code.clone(), PhoneCode { number, made_at: now, is_used: false });
        code
    }

    /// Exchanges a code of the phone button for its number, once.
    pub fn exchange_phone(&mut self, code: &str) -> Result<String, CodeRefusal> {
        let now = self.now();
        let known = self.logins.phone_codes.get_mut(code).ok_or(CodeRefusal::Invalid)?;
        if known.is_used {
            return Err(CodeRefusal::Used);
        }
        if now - known.made_at >= CODE_LIFE_S {
            return Err(CodeRefusal::Invalid);
        }
        known.is_used = true;
        Ok(known.number.clone())
    }

    /// Exchanges a code for the openid, once.
    pub fn exchange(&mut self, code: &str) -> Result<String, CodeRefusal> {
        let now = self.now();
        let known = self.logins.codes.get_mut(code).ok_or(CodeRefusal::Invalid)?;
        if known.is_used {
            return Err(CodeRefusal::Used);
        }
        if now - known.made_at >= CODE_LIFE_S {
            return Err(CodeRefusal::Invalid);
        }
        known.is_used = true;
        let openid = known.openid.clone();
        self.logins.visits.insert(openid.clone(), now);
        Ok(openid)
    }
}

/// Whether a name may log in: 1 to 40 of `a-z`, `0-9` and `-`.
pub fn is_name(name: &str) -> bool {
    let allow = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    (1..=40).contains(&name.len()) && name.chars().all(allow)
}

/// The openid of a name: the same in every run, whatever the seed, so that a database outlives the simulator.
pub fn openid_of(name: &str) -> String {
    let body = base32(&derived(0, "openid", name), 22);
    let check = base32(&derived(0, "openid check", &body), 5);
    format!("o{body}{check}")
}

/// The phone number of a name: 1990000 and four digits.
pub fn phone_of(name: &str) -> String {
    format!("1990000{}", digits(&derived(0, "phone", name), 4))
}

/// Whether a text is an openid of the simulated mini-program. Its last letters are a checksum, so that no list of
/// people has to be kept.
pub fn is_openid(text: &str) -> bool {
    match (text.strip_prefix('o'), text.is_ascii() && text.len() == 28) {
        (Some(rest), true) => base32(&derived(0, "openid check", &rest[..22]), 5) == rest[22..],
        _ => false,
    }
}
