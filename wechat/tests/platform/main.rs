//! The client against the simulator, over HTTP: two programs that share no code.

// cfg(test) tells clippy that the helpers between the tests are tests too.
#[cfg(test)]
mod bench;
#[cfg(test)]
mod bills;
#[cfg(test)]
mod interop;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod listener;
#[cfg(test)]
mod long_bill;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod mini;
#[cfg(test)]
mod outage;
#[cfg(test)]
mod payouts;
#[cfg(test)]
mod push;
