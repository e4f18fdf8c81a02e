//! Owns regions, the catalogue of services, providers with their papers, carers with calendar and certificates,
//! offerings, canteens with their calendar, dishes, prices and menus. Never takes orders, never sends a carer.
//! States: a provider lives as machine `ProviderAccount`; a price is published once and never changed; a day is open
//! or closed; a carer works or does not.
//! Tables: region, provider, provider_licence, carer, carer_code, carer_area, carer_skill, carer_certificate,
//! carer_week, carer_leave, offering, offering_area, offering_price, offering_item, canteen, canteen_delivery_region,
//! canteen_period, canteen_calendar, canteen_closed_day, dish, dish_price, menu_dish.

pub mod distance;
pub mod graph;
pub mod rules;
pub mod service;
pub mod store;
