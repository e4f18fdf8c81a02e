//! Decisions about providers: every event of machine `ProviderAccount` is one act with codes of its own.

use entities::enums::ProviderState;
use entities::provider;

use super::provider::provider_event;
use crate::app::App;
use crate::directory::rules::admission::{
    ProviderEvent, decision_reason, missing_papers, paper_name, provider_after,
};
use crate::directory::store::provider::{self as store, ProviderCard};
use crate::kit::due::{Due, schedule};
use crate::kit::event::{Event, record};
use crate::kit::ids::ProviderId;
use crate::kit::refusal::{Code, Fault, Stop, refuse, refuse_field, refuse_saying};
use crate::kit::viewer::SignedIn;
use crate::people::service::words::queue_said;

/// Why nothing was decided; each act tells it in codes of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// There is no such provider for the person.
    Missing,
    /// The reason cannot stand.
    ReasonInvalid,
    /// The event means nothing in the provider's state.
    NotNow,
    /// Papers are missing or do not hold today.
    PapersMissing,
    /// Orders of the provider are under way.
    OrdersOpen,
    /// Somebody decided at the same moment.
    Overtaken,
}

/// Moves a provider on. Its manager hands papers in and may leave; everything else an officer of its region decides.
pub async fn decide<C: Code + From<Hindrance>>(
    app: &App,
    who: &SignedIn,
    id: ProviderId,
    (event, reason): (ProviderEvent, Option<&str>),
) -> Result<ProviderCard, Stop<C>> {
    let tx = app.db.begin().await?;
    let Some(row) = store::provider(&tx, id).await?.filter(|row| may(who, row, event)) else {
        return refuse_field(Hindrance::Missing.into(), "providerId");
    };
    let reason = reason.and_then(decision_reason);
    if event.needs_reason() && reason.is_none() {
        return refuse_field(Hindrance::ReasonInvalid.into(), "reason");
    }
    let Some(to) = provider_after(row.state, event) else {
        return refuse_field(Hindrance::NotNow.into(), "providerId");
    };
    let licences = store::with_licences(&tx, vec![row.clone()]).await?.pop().map(|card| card.licences);
    let missing = missing_papers(row.kind, &licences.unwrap_or_default(), app.clock.today());
    if event.needs_papers() && !missing.is_empty() {
        let names: Vec<&str> = missing.into_iter().map(paper_name).collect();
        return refuse_saying(Hindrance::PapersMissing.into(), format!("缺少有效的{}", names.join("、")));
    }
    if event == ProviderEvent::Exit && store::has_open_orders(&tx, id).await? {
        return refuse(Hindrance::OrdersOpen.into());
    }
    if !store::move_on(&tx, &row, to, reason).await? {
        return refuse(Hindrance::Overtaken.into());
    }
    let now = app.clock.now();
    if event == ProviderEvent::DocsOk {
        store::check_licences(&tx, id, who.person.0, now).await?;
    }
    let told = Event {
        from: Some(row.state.as_str()),
        to: Some(to.as_str()),
        reason: reason.map(str::to_owned),
        ..provider_event(event.name(), id, who)
    };
    if let Some(reason) = reason {
        queue_said(app, &tx, who, ("provider", id.0), ("decision", reason)).await?;
    }
    record(&tx, &app.ids, now, vec![told]).await?;
    if to == ProviderState::Suspended {
        schedule(&tx, &app.ids, [(Due::Unavailable, id.0, now)]).await?;
    }
    let card = store::card(&tx, id).await?.ok_or_else(|| Fault::new("a provider vanished when decided"))?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(card)
}

fn may(who: &SignedIn, row: &provider::Model, event: ProviderEvent) -> bool {
    let runs = who.managed_provider() == Some(ProviderId(row.id));
    // Nobody decides about himself, also not an officer who runs a provider.
    let decides = who.is_officer_for(&row.region_code) && !runs;
    match event {
        ProviderEvent::SubmitDocs => runs,
        ProviderEvent::Exit => runs || decides,
        _ => decides,
    }
}
