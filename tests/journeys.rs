//! Whole walks through the house.

mod first_lunch;
