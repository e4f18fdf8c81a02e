//! Who gets in and who gets what: end to end, on both backends.

mod bath;
mod estate;
mod foreign;
mod forged;
mod ids;
mod keys;
mod roles;
mod secrets;
mod sessions;
mod tokens;
