//! Acts on service orders, one file per act.

pub mod cancel;
pub mod confirm;
pub mod gate;
pub mod place;
pub mod release;
