//! Acts on service orders, one file per act.

pub mod another_time;
pub mod bundle;
pub mod cancel;
pub mod carer_work;
pub mod confirm;
pub mod dispute;
pub mod draft;
pub mod first_choice;
pub mod gate;
pub mod hold;
pub mod place;
pub mod release;
pub mod settle;
