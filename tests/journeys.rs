//! Whole walks through the house.

mod bathing;
mod bonds;
mod bundles;
mod cheating;
mod desk;
mod first_lunch;
mod kitchen;
mod life_cycle;
mod live;
mod ordering;
mod payments;
mod proof;
mod providers;
mod ratings;
mod readme;
mod story_s1;
mod story_s2;
mod story_s3;
mod story_s5;
mod till;
mod turns;
mod unavailable;
mod visits;
mod voucher_histories;
mod vouchers;
