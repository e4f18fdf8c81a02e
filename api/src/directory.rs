//! Owns regions, providers, canteens with their calendar, dishes, prices and menus.
//! Never takes orders. States: a price is published once and never changed; a day is open or closed.
//! Tables: region, provider, canteen, canteen_delivery_region, canteen_period, canteen_calendar,
//! canteen_closed_day, dish, dish_price, menu_dish.

pub mod distance;
pub mod graph;
pub mod rules;
pub mod service;
pub mod store;
