//! The transport as clients and attackers meet it: over planted resolvers that fail on purpose, and over the program.

mod attacks;
mod audit;
mod documents;
mod drips;
mod heavy;
mod house;
mod http;
mod planted;
mod protocol;
mod remembered;
mod socket;
mod talk;
mod wire;
