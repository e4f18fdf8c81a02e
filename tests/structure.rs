//! What the code and the contract look like, read as trees: quick, and without a world.

mod access;
mod contract;
mod imports;
mod lint;
mod mutations;
mod purity;
mod sizes;
mod source;
pub mod table;
mod words;

pub use source::root;
