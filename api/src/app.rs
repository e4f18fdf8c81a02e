//! What an act needs, built once: database, holds, WeChat, clock, ids, live updates.

use std::ops::Deref;
use std::sync::Arc;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::directory::store::Cards;
use crate::kit::clock::Clock;
use crate::kit::db::Db;
use crate::kit::ids::Ids;
use crate::kit::refusal::top_level;
use crate::kit::seal::Seal;
use crate::kit::viewer::{SignedIn, Viewer};
use crate::notices::bus::Bus;
use crate::notices::rules::template::Templates;
use crate::orders::store::placer::Placer;
use crate::people::service::reading::Readings;
use crate::people::service::session::Sessions;
use crate::rights::rules::programme::Programmes;
use crate::slots::holds::Holds;

/// The program's parts. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts themselves.
pub struct Parts {
    /// Settings.
    pub config: Config,
    /// Database.
    pub db: Db,
    /// Now.
    pub clock: Clock,
    /// New ids.
    pub ids: Ids,
    /// Field encryption.
    pub seal: Seal,
    /// Public programmes, the operator's own among them.
    pub programmes: Programmes,
    /// Canteens and menus as last read, versioned by their stamps.
    pub cards: Cards,
    /// Short holds on places.
    pub holds: Holds,
    /// WeChat Pay.
    pub pay: wechat::pay::Pay,
    /// Mini-program server API.
    pub mini: wechat::mini::MiniProgram,
    /// Message push; `None` without a token.
    pub push: Option<Arc<wechat::push::Push>>,
    /// Templates of subscription messages.
    pub templates: Templates,
    /// Live updates.
    pub bus: Bus,
    /// Tokens and live sessions.
    pub sessions: Sessions,
    /// Admission of orders, many at a time under a rush.
    pub placer: Placer,
    /// Counters for `/metrics`.
    pub metrics: crate::metrics::Metrics,
    /// Cancelled when the process stops.
    pub stopping: CancellationToken,
    /// Tasks that a shutdown waits for.
    pub tasks: TaskTracker,
    /// Wakes the worker after a commit.
    pub nudge: Notify,
}

impl App {
    /// Joins the parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// What a resolver takes from its context.
pub trait Asked<'c> {
    /// The program.
    fn app(&self) -> &'c App;
    /// Where readings of elders' data are noted.
    fn readings(&self) -> &'c Readings;
    /// Who asks; the guard has already let only signed-in people through. Error: `UNAUTHENTICATED`.
    fn who(&self) -> async_graphql::Result<&'c SignedIn>;
}

impl<'c> Asked<'c> for async_graphql::Context<'c> {
    fn app(&self) -> &'c App {
        self.data_unchecked::<App>()
    }

    fn readings(&self) -> &'c Readings {
        self.data_unchecked::<Arc<Readings>>()
    }

    fn who(&self) -> async_graphql::Result<&'c SignedIn> {
        self.data_unchecked::<Viewer>()
            .signed_in
            .as_ref()
            .ok_or_else(|| top_level("UNAUTHENTICATED", "请先登录"))
    }
}
