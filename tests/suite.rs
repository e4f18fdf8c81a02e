//! The one test binary of the house: structure, journeys, races, faults.
//!
//! Every end-to-end test runs on SQLite with in-process holds and on PostgreSQL with Redis, through HTTP, against a
//! simulator that signs and verifies like the platform.

#[cfg(test)]
mod access;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod journeys;
#[cfg(test)]
mod races;
#[cfg(test)]
mod rights;
#[cfg(test)]
mod structure;
#[cfg(test)]
mod transport;
#[cfg(test)]
mod world;
