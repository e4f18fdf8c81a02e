//! Removing rows of an elder. Money, orders and their books stay as they are: only what tells about the person goes.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use crate::kit::db::{execute, rows};

/// What no law keeps, in an order that the keys between tables allow. `$1` is the elder.
const AT_ONCE: [&str; 23] = [
    "DELETE FROM text_check WHERE subject_id IN (SELECT id FROM fact_correction WHERE elder_id = $1) \
        OR subject_id IN (SELECT id FROM assessment WHERE elder_id = $1) \
        OR subject_id IN (SELECT id FROM help_call WHERE elder_id = $1)",
    "DELETE FROM fact_correction WHERE elder_id = $1",
    "DELETE FROM elder_fact WHERE elder_id = $1",
    "DELETE FROM elder_archive WHERE elder_id = $1",
    "DELETE FROM family_bond WHERE elder_id = $1",
    "DELETE FROM bond_code WHERE elder_id = $1",
    "DELETE FROM home_card WHERE elder_id = $1",
    "DELETE FROM refused_carer WHERE elder_id = $1",
    "UPDATE event SET reason = NULL WHERE subject_id IN (SELECT id FROM assessment WHERE elder_id = $1)",
    "DELETE FROM assessment_assessor WHERE assessment_id IN \
        (SELECT id FROM assessment WHERE elder_id = $1 AND state <> 'PUBLISHED')",
    "DELETE FROM assessment WHERE elder_id = $1 AND state <> 'PUBLISHED'",
    "UPDATE meal_order SET note_sealed = NULL WHERE elder_id = $1",
    "UPDATE service_order SET note_sealed = NULL, call_reference = NULL, confirmed_device = NULL WHERE elder_id = $1",
    "UPDATE welfare_check SET outcome = NULL WHERE elder_id = $1",
    "DELETE FROM payment_request WHERE order_id IN (SELECT id FROM meal_order WHERE elder_id = $1) \
        OR order_id IN (SELECT id FROM service_order WHERE elder_id = $1)",
    "UPDATE rating SET text_state = 'HIDDEN', hidden_reason = '老人资料已删除' WHERE text_state IN ('PENDING', 'VISIBLE') \
        AND (order_id IN (SELECT id FROM meal_order WHERE elder_id = $1) \
        OR order_id IN (SELECT id FROM service_order WHERE elder_id = $1))",
    "UPDATE rating SET answer_state = 'HIDDEN' WHERE answer_state IN ('PENDING', 'VISIBLE') \
        AND (order_id IN (SELECT id FROM meal_order WHERE elder_id = $1) \
        OR order_id IN (SELECT id FROM service_order WHERE elder_id = $1))",
    "DELETE FROM text_check WHERE subject_id = $1 OR subject_id IN (SELECT id FROM meal_order WHERE elder_id = $1) \
        OR subject_id IN (SELECT id FROM service_order WHERE elder_id = $1)",
    "DELETE FROM help_call WHERE elder_id = $1",
    "DELETE FROM complaint_answer WHERE complaint_id IN (SELECT id FROM complaint WHERE order_id IN \
        (SELECT id FROM meal_order WHERE elder_id = $1) OR order_id IN (SELECT id FROM service_order WHERE elder_id = $1))",
    "UPDATE complaint SET told_sealed = NULL WHERE order_id IN (SELECT id FROM meal_order WHERE elder_id = $1) \
        OR order_id IN (SELECT id FROM service_order WHERE elder_id = $1)",
    "DELETE FROM request_key WHERE result_id = $1",
    "UPDATE elder SET person_id = NULL, name_index = '', phone_sealed = NULL, phone_index = NULL, id_number_sealed = NULL, \
        id_number_index = NULL, card_index = NULL, address_sealed = NULL, latitude_e6 = NULL, longitude_e6 = NULL, \
        dietary_sealed = NULL WHERE id = $1",
];

/// Removes what no law keeps.
pub async fn at_once<C: ConnectionTrait>(tx: &C, elder: Uuid) -> Result<(), DbErr> {
    all(tx, &AT_ONCE, elder).await.map(|_| ())
}

async fn all<C: ConnectionTrait>(tx: &C, statements: &[&str], elder: Uuid) -> Result<u64, DbErr> {
    let mut written = 0;
    for sql in statements {
        written += execute(tx, sql, [elder.into()]).await?;
    }
    Ok(written)
}

/// Takes the elder's own account away: the role always; when he is nothing else in the house, the binding to WeChat and every
/// session too. `empty` is an empty text, sealed.
pub async fn account<C: ConnectionTrait>(
    tx: &C,
    person: Uuid,
    (empty, now): (String, DateTime<Utc>),
) -> Result<bool, DbErr> {
    let role = "DELETE FROM person_role WHERE person_id = $1 AND role = 'ELDER'";
    execute(tx, role, [person.into()]).await?;
    let gone = "UPDATE person SET openid_index = $2, openid_sealed = $3, name_sealed = NULL WHERE id = $1 \
        AND NOT EXISTS (SELECT 1 FROM person_role WHERE person_id = $1 AND role <> 'FAMILY') \
        AND NOT EXISTS (SELECT 1 FROM family_bond WHERE person_id = $1 AND state = 'ACTIVE') \
        AND NOT EXISTS (SELECT 1 FROM carer WHERE person_id = $1)";
    let index = format!("erased:{person}");
    if execute(tx, gone, [person.into(), index.into(), empty.into()]).await? == 0 {
        return Ok(false);
    }
    for table in ["person_phone", "message", "message_consent"] {
        execute(tx, &format!("DELETE FROM {table} WHERE person_id = $1"), [person.into()]).await?;
    }
    let tokens =
        "DELETE FROM refresh_token WHERE family_id IN (SELECT id FROM session_family WHERE person_id = $1)";
    execute(tx, tokens, [person.into()]).await?;
    let sessions = "UPDATE session_family SET ended_at = $2, end_reason = 'ADMIN' WHERE person_id = $1 AND ended_at IS NULL";
    execute(tx, sessions, [person.into(), now.into()]).await?;
    Ok(true)
}

/// Sessions of a person that are over.
pub async fn ended_sessions<C: ConnectionTrait>(db: &C, person: Uuid) -> Result<Vec<Uuid>, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        id: Uuid,
    }
    let sql = "SELECT id FROM session_family WHERE person_id = $1 AND ended_at IS NOT NULL";
    let found: Vec<Found> = rows(db, sql, [person.into()]).await?;
    Ok(found.into_iter().map(|found| found.id).collect())
}

/// Health data whose time is over.
const HEALTH: [&str; 5] = [
    "UPDATE bathing_check SET assessment_id = NULL, skin_note_sealed = NULL WHERE order_id IN \
        (SELECT id FROM service_order WHERE elder_id = $1) AND (assessment_id IS NOT NULL OR skin_note_sealed IS NOT NULL)",
    "DELETE FROM vital_sign WHERE order_id IN (SELECT id FROM service_order WHERE elder_id = $1)",
    "DELETE FROM incident WHERE order_id IN (SELECT id FROM service_order WHERE elder_id = $1)",
    "DELETE FROM assessment_assessor WHERE assessment_id IN (SELECT id FROM assessment WHERE elder_id = $1)",
    "DELETE FROM assessment WHERE elder_id = $1",
];

/// Removes assessments and what was measured; gives how many rows.
pub async fn health<C: ConnectionTrait>(tx: &C, elder: Uuid) -> Result<u64, DbErr> {
    all(tx, &HEALTH, elder).await
}

/// Removes consents and readings; gives how many rows.
pub async fn consents<C: ConnectionTrait>(tx: &C, elder: Uuid) -> Result<u64, DbErr> {
    let statements = [
        "UPDATE bathing_check SET consent_id = NULL WHERE consent_id IN (SELECT id FROM consent WHERE elder_id = $1)",
        "DELETE FROM consent WHERE elder_id = $1",
        "DELETE FROM data_access WHERE elder_id = $1",
    ];
    all(tx, &statements, elder).await
}

/// Takes everything out of orders that ended before a moment that tells about the person; amounts, states and books stay. An
/// order without its code was done before. `gone` is a sealed word.
pub async fn orders<C: ConnectionTrait>(
    tx: &C,
    elder: Uuid,
    (is_public, before): (bool, DateTime<Utc>),
    gone: &str,
) -> Result<u64, DbErr> {
    let paid = if is_public {
        "(subsidy_fen > 0 OR voucher_fen > 0)"
    } else {
        "subsidy_fen = 0 AND voucher_fen = 0"
    };
    let meals = format!(
        "SELECT id FROM meal_order WHERE elder_id = $1 AND serving_code <> '' AND {paid} AND coalesce(ended_at, created_at) < $2"
    );
    let visits = format!(
        "SELECT id FROM service_order WHERE elder_id = $1 AND visit_code <> '' AND {paid} \
         AND coalesce(done_at, ended_at, created_at) < $2"
    );
    let either = |column: &str| format!("({column} IN ({meals}) OR {column} IN ({visits}))");
    let beside = [
        format!("UPDATE event SET reason = NULL WHERE {}", either("subject_id")),
        format!("DELETE FROM welfare_check WHERE {}", either("order_id")),
        format!(
            "UPDATE rating_version SET text = NULL WHERE rating_id IN (SELECT id FROM rating WHERE {})",
            either("order_id")
        ),
        format!("UPDATE rating SET text = NULL, answer = NULL WHERE {}", either("order_id")),
        format!(
            "UPDATE visit_proof SET latitude_e6 = NULL, longitude_e6 = NULL, photo_hash = NULL, photo_ref = NULL \
            WHERE order_id IN ({visits})"
        ),
        format!(
            "DELETE FROM text_check WHERE subject_id IN (SELECT id FROM visit_exception WHERE order_id IN ({visits}))"
        ),
        format!("UPDATE visit_exception SET detail = '', answer_sealed = NULL WHERE order_id IN ({visits})"),
        format!("UPDATE visit_task SET reason = NULL WHERE order_id IN ({visits})"),
        format!("DELETE FROM call_back WHERE order_id IN ({visits})"),
    ];
    for sql in &beside {
        execute(tx, sql, [elder.into(), before.into()]).await?;
    }
    let sql = format!(
        "UPDATE service_order SET address_sealed = $3, latitude_e6 = NULL, longitude_e6 = NULL, visit_code = '' \
        WHERE id IN ({visits})"
    );
    let visits = execute(tx, &sql, [elder.into(), before.into(), gone.into()]).await?;
    let sql = format!("UPDATE meal_order SET serving_code = '' WHERE id IN ({meals})");
    Ok(visits + execute(tx, &sql, [elder.into(), before.into()]).await?)
}

/// Nothing tells any more who the elder was. `gone` is a sealed word.
pub async fn identity<C: ConnectionTrait>(tx: &C, elder: Uuid, gone: &str) -> Result<u64, DbErr> {
    let source = "UPDATE programme_enrolment SET source = '' WHERE elder_id = $1 AND source <> ''";
    execute(tx, source, [elder.into()]).await?;
    let sql = "UPDATE elder SET name_sealed = $2, birth_on = '1900-01-01' WHERE id = $1 AND birth_on <> '1900-01-01'";
    execute(tx, sql, [elder.into(), gone.into()]).await
}
