//! One test binary: published vectors, properties of notifications, calls over real sockets.

// cfg(test) tells clippy that the helpers between the tests are tests too.
#[cfg(test)]
mod advice;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod certificates;
#[cfg(test)]
mod freezing;
#[cfg(test)]
mod login;
#[cfg(test)]
mod negatives;
#[cfg(test)]
mod notifications;
#[cfg(test)]
mod readme;
#[cfg(test)]
mod stand_in;
#[cfg(test)]
mod support;
#[cfg(test)]
mod vectors;
