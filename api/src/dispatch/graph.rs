//! What carers do with visits, and what others see and decide about their proof.

pub mod bathing;
pub mod call_back;
pub mod card;
pub mod exception;
pub mod fault;
pub mod offer;
pub mod queue;
pub mod turn;
pub mod visit;
