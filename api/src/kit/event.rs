//! Rows that acts leave for others: events (timeline and outbox) and due work.

use chrono::{DateTime, Utc};
use entities::{due_work, enums::DueState, event};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait, sea_query::OnConflict};
use uuid::Uuid;

use super::ids::Ids;

/// Something that happened to something.
#[derive(Clone, Debug, Default)]
pub struct Event {
    /// Table-like name of the thing, such as `meal_order`.
    pub subject: &'static str,
    /// Which one.
    pub subject_id: Uuid,
    /// What happened, in the words of the state machine.
    pub name: &'static str,
    /// State before, when the thing has states.
    pub from: Option<&'static str>,
    /// State after.
    pub to: Option<&'static str>,
    /// Who did it; `None` is the house itself (timer, payment).
    pub actor: Option<Uuid>,
    /// Why, in words.
    pub reason: Option<String>,
    /// The request key of the act.
    pub request_key: Option<String>,
    /// Second subject for live updates.
    pub topic: Option<String>,
    /// Nobody waits for it: written as already told.
    pub is_quiet: bool,
}

/// Writes events in the act's own transaction, in the order given.
pub async fn record<C: ConnectionTrait>(
    db: &C,
    ids: &Ids,
    at: DateTime<Utc>,
    events: Vec<Event>,
) -> Result<(), DbErr> {
    if events.is_empty() {
        return Ok(());
    }
    let rows = events.into_iter().map(|event| event::ActiveModel {
        id: Set(ids.next()),
        subject: Set(event.subject.to_owned()),
        subject_id: Set(event.subject_id),
        name: Set(event.name.to_owned()),
        from_state: Set(event.from.map(str::to_owned)),
        to_state: Set(event.to.map(str::to_owned)),
        actor_id: Set(event.actor),
        reason: Set(event.reason),
        request_key: Set(event.request_key),
        topic: Set(event.topic),
        happened_at: Set(at),
        told_at: Set(event.is_quiet.then_some(at)),
    });
    event::Entity::insert_many(rows).exec_without_returning(db).await?;
    Ok(())
}

macro_rules! kinds {
    ($($(#[$doc:meta])+ $kind:ident = $text:literal,)+) => {
        /// Kinds of due work; the worker has one handler for each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Due { $($(#[$doc])+ $kind),+ }

        impl Due {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            /// The text in the column.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $text),+ }
            }
        }
    };
}

kinds! {
    /// An unpaid order loses its place. Subject: order.
    HoldTimeout = "hold_timeout",
    /// Orders of a slot go on the kitchen sheet. Subject: slot.
    CutOff = "cut_off",
    /// Meals of a slot that nobody fetched. Subject: slot.
    PeriodEnd = "period_end",
    /// Orders of a slot whose canteen has closed the day go back. Subject: slot.
    SlotClosed = "slot_closed",
    /// Ask the platform about a payment attempt. Subject: attempt.
    PaymentCheck = "payment_check",
    /// Send a refund, or ask about it. Subject: refund.
    Refund = "refund",
    /// Have a rating's text checked. Subject: rating.
    TextCheck = "text_check",
    /// Warn that a carer's certificate ends. Subject: certificate.
    CertificateWarning = "certificate_warning",
    /// Ask carers whether they come, or find that nobody does. Subject: order.
    Dispatch = "dispatch",
    /// A visit that nobody objected to is confirmed. Subject: order.
    AutoConfirm = "auto_confirm",
    /// Look whether the carer of an accepted visit has come, and has left. Subject: order.
    VisitWatch = "visit_watch",
    /// The statement of the month is closed. Subject: order.
    Settle = "settle",
    /// Look at a visit beside the others of its carers and its elder. Subject: order.
    VisitReview = "visit_review",
    /// A bath whose second carer has not come is called off. Subject: order.
    ShortStaffed = "short_staffed",
    /// Vouchers of a new month are given. Recurs; subject: nil.
    VoucherIssue = "voucher_issue",
    /// Vouchers of a month that is over lapse. Recurs; subject: nil.
    VoucherMonthEnd = "voucher_month_end",
    /// Families hear what is left of the month. Recurs; subject: nil.
    VoucherReminder = "voucher_reminder",
    /// Last month of every provider is closed. Recurs; subject: nil.
    StatementClose = "statement_close",
    /// Visits ahead of somebody who cannot come any more look for others. Subject: carer or provider.
    Unavailable = "unavailable",
    /// Send a message through WeChat. Subject: message.
    MessageSend = "message_send",
    /// Have words checked that somebody wrote for others. Subject: text check.
    WordsCheck = "words_check",
    /// Tell the platform that an order was carried out. Subject: order.
    Shipping = "shipping",
}

/// Puts work on the list; the same work again only moves its instant.
pub async fn schedule<C: ConnectionTrait>(
    db: &C,
    ids: &Ids,
    work: impl IntoIterator<Item = (Due, Uuid, DateTime<Utc>)>,
) -> Result<(), DbErr> {
    let rows: Vec<_> = work
        .into_iter()
        .map(|(kind, subject_id, due_at)| due_work::ActiveModel {
            id: Set(ids.next()),
            kind: Set(kind.as_str().to_owned()),
            subject_id: Set(subject_id),
            due_at: Set(due_at),
            state: Set(DueState::Waiting),
            tries: Set(0),
            leased_until: Set(None),
            last_fault: Set(None),
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    use due_work::Column;
    due_work::Entity::insert_many(rows)
        .on_conflict(
            OnConflict::columns([Column::Kind, Column::SubjectId])
                .update_columns([Column::DueAt, Column::State, Column::Tries, Column::LeasedUntil])
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Puts recurring work on the list, unless it is there: its instant stays, also when it was missed.
pub async fn keep<C: ConnectionTrait>(
    db: &C,
    ids: &Ids,
    (kind, subject_id, due_at): (Due, Uuid, DateTime<Utc>),
) -> Result<(), DbErr> {
    let sql = "INSERT INTO due_work (id, kind, subject_id, due_at, state, tries) \
        VALUES ($1, $2, $3, $4, 'WAITING', 0) ON CONFLICT DO NOTHING";
    let values = [ids.next::<Uuid>().into(), kind.as_str().into(), subject_id.into(), due_at.into()];
    super::db::execute(db, sql, values).await.map(|_| ())
}
