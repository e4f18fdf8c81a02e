//! The simulator as a merchant meets it, over HTTP, with signing and verifying code of the test's own.

#![allow(
    clippy::unwrap_used,
    reason = "a test may stop at the first surprise; clippy only knows test functions"
)]

mod bounds;
mod faults;
mod listener;
mod merchant;
mod mini;
mod money;
mod pages;
mod pay;
mod people;
mod program;
