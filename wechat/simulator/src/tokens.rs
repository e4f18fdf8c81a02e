//! Access tokens of the mini-program server API: the plain kind and the stable kind, apart from each other.

use crate::{
    crypto::{base32, derived},
    world::World,
};

/// Seconds for which a token is good.
pub const TOKEN_LIFE_S: i64 = 7200;
/// Seconds before its end at which the stable token is renewed, and for which an outgoing token stays good.
pub const OVERLAP_S: i64 = 300;
const FORCED_PER_DAY: usize = 20;
const FORCED_GAP_S: i64 = 30;

/// Which call made a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// `GET /cgi-bin/token`.
    Plain,
    /// `POST /cgi-bin/stable_token`.
    Stable,
}

struct Token {
    value: String,
    kind: TokenKind,
    ends_at: i64,
}

/// All tokens ever handed out in this run.
#[derive(Default)]
pub struct Tokens {
    all: Vec<Token>,
    made: u64,
    forced_at: Vec<i64>,
}

/// Whether a token opens the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenCheck {
    /// It does.
    Good,
    /// It was good once.
    Expired,
    /// Nobody handed it out.
    Unknown,
}

impl Tokens {
    /// Whether a token opens the door now.
    pub fn check(&self, value: &str, now: i64) -> TokenCheck {
        match self.all.iter().rev().find(|token| token.value == value) {
            Some(token) if now < token.ends_at => TokenCheck::Good,
            Some(_) => TokenCheck::Expired,
            None => TokenCheck::Unknown,
        }
    }

    /// Takes every token back at once.
    pub fn revoke_all(&mut self) {
        self.all.clear();
    }
}

impl World {
    /// A new plain token; the one before stays good for five minutes.
    pub fn plain_token(&mut self) -> (String, i64) {
        let until = self.now() + OVERLAP_S;
        self.fade(TokenKind::Plain, until);
        self.fresh_token(TokenKind::Plain)
    }

    /// The stable token: the same until five minutes before its end. A forced one replaces it at once.
    ///
    /// Refuses with the platform's error code: 45009 after twenty forced ones a day, 45011 within 30 s.
    pub fn stable_token(&mut self, is_forced: bool) -> Result<(String, i64), i64> {
        let now = self.now();
        if is_forced {
            self.tokens.forced_at.retain(|at| (0..86_400).contains(&(now - at)));
            if self.tokens.forced_at.len() >= FORCED_PER_DAY {
                return Err(45_009);
            }
            if self.tokens.forced_at.last().is_some_and(|at| now - at < FORCED_GAP_S) {
                return Err(45_011);
            }
            self.tokens.forced_at.push(now);
            self.fade(TokenKind::Stable, now);
        }
        let current = self.tokens.all.iter().rev().find(|token| token.kind == TokenKind::Stable);
        // One that was made before the clock was put back lives too long to be current.
        if let Some(token) = current
            && (OVERLAP_S + 1..=TOKEN_LIFE_S).contains(&(token.ends_at - now))
        {
            return Ok((token.value.clone(), token.ends_at - now));
        }
        Ok(self.fresh_token(TokenKind::Stable))
    }

    fn fresh_token(&mut self, kind: TokenKind) -> (String, i64) {
        let now = self.now();
        // Counted over revocations too: a new token must never equal one that was taken back.
        self.tokens.made += 1;
        let about = format!("{kind:?}\n{}\n{now}", self.tokens.made);
        let part = |purpose: &str| base32(&derived(self.seed, purpose, &about), 32);
        // Real tokens are long; 136 characters keep a merchant from storing them in a short column.
        let value =
            format!("SIM_{}{}{}{}TOKEN", part("token 1"), part("token 2"), part("token 3"), part("token 4"));
        self.tokens.all.push(Token { value: value.clone(), kind, ends_at: now + TOKEN_LIFE_S });
        (value, TOKEN_LIFE_S)
    }

    fn fade(&mut self, kind: TokenKind, until: i64) {
        for token in self.tokens.all.iter_mut().filter(|token| token.kind == kind) {
            token.ends_at = token.ends_at.min(until);
        }
    }
}
