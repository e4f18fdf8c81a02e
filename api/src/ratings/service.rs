//! Acts on ratings, one file per act.

pub mod answer;
pub mod check;
pub mod hide;
pub mod rate;
pub mod words;

pub use check::check_text;
