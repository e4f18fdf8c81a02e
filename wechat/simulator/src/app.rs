//! What every handler shares.

use std::{
    io,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;

use crate::{bounds::check_moment, clock::Clock, keys::Keys, server::Options, world::World};

/// The running simulator: its memory, its keys, and the client that delivers notifications.
pub struct App {
    /// All keys.
    pub keys: Keys,
    /// Posts notifications.
    pub client: reqwest::Client,
    /// Wakes the courier.
    pub wake: Notify,
    /// Held while notifications are under way, so that a flush does not overtake the courier.
    pub delivering: tokio::sync::Mutex<()>,
    /// Port of the second host, if there is one.
    pub second_port: Option<u16>,
    world: Mutex<World>,
}

impl App {
    /// A simulator with an empty memory.
    pub fn new(options: &Options, second_port: Option<u16>) -> io::Result<Self> {
        options.identity.check()?;
        options.settings.check().map_err(io::Error::other)?;
        options.start_at.map_or(Ok(()), |at| check_moment("the start", at)).map_err(io::Error::other)?;
        // No root certificates: notifications go to plain http on this machine. Redirects are not followed, five
        // seconds are the platform's patience, and a connection per notification never meets a closed one.
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(5))
            .pool_max_idle_per_host(0)
            .tls_certs_only([])
            .build()
            .map_err(io::Error::other)?;
        Ok(Self {
            keys: Keys::load()?,
            second_port,
            client,
            wake: Notify::new(),
            delivering: tokio::sync::Mutex::new(()),
            world: Mutex::new(World::new(
                options.seed,
                options.identity.clone(),
                Clock::new(options.start_at),
                options.settings.clone(),
            )),
        })
    }

    /// The memory, brought up to the present moment. Never hold it across an await.
    pub fn world(&self) -> MutexGuard<'_, World> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.tick();
        world
    }
}
