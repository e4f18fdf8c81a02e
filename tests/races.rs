//! Many at once: places, keys, payments and servers, each counted exactly.

mod carers;
mod dispatch;
mod keys;
mod kitchen;
mod notices;
mod payments;
mod places;
mod rush;
mod servers;
mod subsidy;
mod tokens;
mod vouchers;
