//! Whole walks through the house.

mod archives;
mod assessments;
mod bathing;
mod bonds;
mod cheating;
mod desk;
mod entitlements;
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
mod story_s5;
mod turns;
mod visits;
