//! Work that is due at an instant; the worker has one handler for each kind.

use chrono::{DateTime, Utc};
use entities::{due_work, enums::DueState};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait, sea_query::OnConflict};
use uuid::Uuid;

use super::ids::Ids;

macro_rules! dues {
    ($($(#[$doc:meta])* $kind:ident = $text:literal),+ $(,)?) => {
        /// What the worker does at an instant.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Due { $($(#[$doc])* $kind),+ }

        impl Due {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// The text in the column.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $text),+ }
            }
        }
    };
}

dues! {
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
    /// An elder is closed, erased, and forgotten when the periods of law are over. Subject: request.
    Erasure = "erasure",
    /// Send a message through WeChat. Subject: message.
    MessageSend = "message_send",
    /// Have words checked that somebody wrote for others. Subject: text check.
    WordsCheck = "words_check",
    /// Tell the platform that an order was carried out. Subject: order.
    Shipping = "shipping",
    /// Ask the platform about a complaint, send what the desk answered. Subject: complaint.
    Complaint = "complaint",
    /// What a dead elder has booked is called off. Subject: elder.
    ElderDeath = "elder_death",
    /// Yesterday's bills are compared with the books. Recurs; subject: nil.
    Bills = "bills",
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
