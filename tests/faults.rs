//! What breaks: the platform, the process, Redis. What was acknowledged stands, and the books agree.

mod caller;
mod chaos;
mod clerk;
mod falsehoods;
mod kill;
mod long_bill;
mod many;
mod market;
mod phone;
mod redis_gone;
mod troubles;
mod wechat_gone;
