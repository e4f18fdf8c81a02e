//! What breaks: the platform, the process, Redis. What was acknowledged stands, and the books agree.

mod chaos;
mod kill;
mod long_bill;
mod many;
mod redis_gone;
mod wechat_gone;
