//! Counters.
/// Counters for `/metrics`.
#[derive(Default)]
pub struct Metrics {}
