//! The one statement that admits a group of orders on PostgreSQL.

use sea_orm::DbErr;

use super::placer::{Placed, Placing};
use crate::app::App;

/// Locks the slots in id order, admits in order of arrival while places last, and writes order, lines, event and due
/// work of those admitted. What the unique keys refuse (request key, one subsidised meal) takes no place.
///
/// Vouchers are locked after the slots, in id order too, and an order is admitted only when what is left of its voucher
/// covers what the orders before it take of it. Reserving, its row and its posting are part of the same statement.
///
/// `seats` writes what the locked row said: the statement's snapshot can be older, and PostgreSQL tries the CHECK on
/// that version first. A place given back while the statement waited would otherwise end as a fault. `vouchers` writes all
/// amounts of the locked row for the same reason.
pub const PLACE_GROUP: &str = r"
WITH job AS (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[], $5::bool[], $6::uuid[], $7::text[], $8::text[],
    $9::uuid[], $10::text[], $11::text[], $12::text[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[],
    $17::text[], $18::text[], $19::text[], $20::timestamptz[], $21::timestamptz[], $22::uuid[], $23::uuid[],
    $24::text[], $25::text[], $26::bigint[], $34::uuid[], $35::text[])
  WITH ORDINALITY AS t(order_id, slot_id, portions, held, ignores_cut_off, placed_by, request_key, fingerprint,
    elder_id, way, channel, state, list_fen, delivery_fen, subsidy_fen, cash_fen,
    subsidy_rule, serving_code, note_sealed, pay_before, created_at, event_id, work_id,
    event_name, topic, voucher_fen, grant_id, voucher_rule, place)
), slot AS (
  SELECT id, canteen_id, served_on, period, capacity, taken, is_open, cut_off_at FROM meal_slot
  WHERE id = ANY ($2) ORDER BY id FOR UPDATE
), purse AS (
  SELECT id, programme, region_code, granted_fen, available_fen, reserved_fen, redeemed_fen, lapsed_fen, returned_fen,
    version, state, closes_at FROM voucher_grant
  WHERE id = ANY ($34) AND (SELECT count(*) FROM slot) >= 0 ORDER BY id FOR UPDATE
), judged AS (
  SELECT job.*, slot.canteen_id, slot.served_on, slot.period,
    slot.is_open AND (job.ignores_cut_off OR slot.cut_off_at > job.created_at) AS is_open,
    slot.taken + job.held + sum(job.portions) OVER (PARTITION BY job.slot_id ORDER BY job.place) <= slot.capacity AS fits,
    slot.taken + job.held + job.portions <= slot.capacity AS fits_alone,
    job.grant_id IS NULL OR coalesce(purse.state = 'ISSUED' AND purse.closes_at > job.created_at AND
      purse.available_fen >= sum(job.voucher_fen) OVER (PARTITION BY job.grant_id ORDER BY job.place), false) AS pays,
    job.grant_id IS NULL OR coalesce(purse.state = 'ISSUED' AND purse.closes_at > job.created_at AND
      purse.available_fen >= job.voucher_fen, false) AS pays_alone
  FROM job JOIN slot ON slot.id = job.slot_id LEFT JOIN purse ON purse.id = job.grant_id
), placed AS (
  INSERT INTO meal_order (id, placed_by, request_key, request_fingerprint, elder_id, canteen_id, slot_id, served_on,
    period, way, channel, state, version, portions, list_fen, delivery_fen, subsidy_fen, voucher_fen, cash_fen,
    subsidy_rule, voucher_rule, has_live_subsidy, serving_code, note_sealed, pay_before, created_at)
  SELECT order_id, placed_by, request_key, fingerprint, elder_id, canteen_id, slot_id, served_on,
    period, way, channel, state, 0, portions, list_fen, delivery_fen, subsidy_fen, voucher_fen, cash_fen,
    subsidy_rule, voucher_rule, subsidy_fen > 0, serving_code, note_sealed, pay_before, created_at
  FROM judged WHERE is_open AND fits AND pays ORDER BY place
  ON CONFLICT DO NOTHING RETURNING id, slot_id, portions
), seats AS (
  UPDATE meal_slot SET taken = slot.taken + sum.portions, capacity = slot.capacity
  FROM (SELECT slot_id, sum(portions)::int AS portions FROM placed GROUP BY slot_id) sum
  JOIN slot ON slot.id = sum.slot_id
  WHERE meal_slot.id = sum.slot_id
), taking AS (
  SELECT job.order_id, job.grant_id, job.voucher_fen, job.created_at FROM job JOIN placed ON placed.id = job.order_id
  WHERE job.grant_id IS NOT NULL
), vouchers AS (
  UPDATE voucher_grant SET granted_fen = purse.granted_fen, available_fen = purse.available_fen - sum.fen,
    reserved_fen = purse.reserved_fen + sum.fen, redeemed_fen = purse.redeemed_fen, lapsed_fen = purse.lapsed_fen,
    returned_fen = purse.returned_fen, version = purse.version + sum.orders
  FROM (SELECT grant_id, sum(voucher_fen)::bigint AS fen, count(*)::int AS orders FROM taking GROUP BY grant_id) sum
  JOIN purse ON purse.id = sum.grant_id
  WHERE voucher_grant.id = sum.grant_id
), uses AS (
  INSERT INTO voucher_use (order_id, grant_id, taken_fen, reserved_fen, redeemed_fen, released_fen, returned_fen, reserved_at)
  SELECT order_id, grant_id, voucher_fen, voucher_fen, 0, 0, 0, created_at FROM taking
), books AS (
  INSERT INTO ledger_entry (posting_key, account, amount_fen, order_id, posted_at)
  SELECT 'voucher/reserve/' || order_id, 'voucher/' || programme || '/' || region_code || part.name,
    voucher_fen * part.sign, order_id, created_at
  FROM taking JOIN purse ON purse.id = taking.grant_id CROSS JOIN (VALUES ('/available', 1), ('/reserved', -1)) part(name, sign)
), lines AS (
  INSERT INTO meal_order_item (order_id, position, dish_id, name, is_small, quantity, unit_price_fen)
  SELECT line.* FROM unnest($27::uuid[], $28::smallint[], $29::uuid[], $30::text[], $31::bool[], $32::int[], $33::bigint[])
    AS line(order_id, position, dish_id, name, is_small, quantity, unit_price_fen)
  JOIN placed ON placed.id = line.order_id
), events AS (
  INSERT INTO event (id, subject, subject_id, name, to_state, actor_id, request_key, topic, happened_at)
  SELECT event_id, 'meal_order', order_id, event_name, state, job.placed_by, request_key, topic, created_at
  FROM job JOIN placed ON placed.id = job.order_id
), work AS (
  INSERT INTO due_work (id, kind, subject_id, due_at, state, tries)
  SELECT work_id, 'hold_timeout', order_id, pay_before, 'WAITING', 0
  FROM job JOIN placed ON placed.id = job.order_id WHERE pay_before IS NOT NULL
)
SELECT placed.id IS NOT NULL AS is_placed, coalesce(judged.is_open, false) AS is_open,
  coalesce(judged.fits, false) AS fits, coalesce(judged.fits_alone, false) AS fits_alone,
  coalesce(judged.pays, false) AS pays, coalesce(judged.pays_alone, false) AS pays_alone
FROM job LEFT JOIN judged ON judged.place = job.place LEFT JOIN placed ON placed.id = job.order_id ORDER BY job.place";

/// Runs the statement and reads its verdicts, in the order of the group.
pub async fn place_group(app: &App, group: &[Placing]) -> Result<Vec<Placed>, DbErr> {
    let lanes =
        app.db.postgres().ok_or_else(|| DbErr::Custom("group commit is for PostgreSQL".to_owned()))?;
    let verdicts = lanes
        .fetch(bind(group))
        .await
        .map_err(|error| DbErr::Custom(format!("orders could not be admitted: {error}")))?;
    Ok(verdicts.into_iter().map(verdict).collect())
}

/// Whether it was placed, the slot is open, it fits behind the others of its group and alone, and its voucher pays behind
/// the others and alone.
type Told = (bool, bool, bool, bool, bool, bool);

const fn verdict((is_placed, is_open, fits, fits_alone, pays, pays_alone): Told) -> Placed {
    match (is_placed, is_open) {
        (true, _) => Placed::Yes,
        (_, false) => Placed::Closed,
        _ if fits && pays => Placed::Conflict,
        _ if fits_alone && pays_alone => Placed::Alone,
        _ if fits_alone => Placed::VoucherChanged,
        _ => Placed::Full,
    }
}

type Query<'q> = sqlx::query::QueryAs<'q, sqlx::Postgres, Told, sqlx::postgres::PgArguments>;

fn bind(group: &[Placing]) -> Query<'static> {
    fn each<T>(group: &[Placing], take: impl Fn(&Placing) -> T) -> Vec<T> {
        group.iter().map(take).collect()
    }
    let lines: Vec<_> = group
        .iter()
        .flat_map(|placing| {
            placing.lines.iter().enumerate().map(|(position, line)| (placing.order.id, position, line))
        })
        .collect();
    let head = sqlx::query_as(PLACE_GROUP)
        .bind(each(group, |p| p.order.id))
        .bind(each(group, |p| p.order.slot_id))
        .bind(each(group, |p| p.order.portions))
        .bind(each(group, |p| p.held_by_others))
        .bind(each(group, |p| p.ignores_cut_off))
        .bind(each(group, |p| p.order.placed_by))
        .bind(each(group, |p| p.order.request_key.clone()))
        .bind(each(group, |p| p.order.request_fingerprint.clone()))
        .bind(each(group, |p| p.order.elder_id))
        .bind(each(group, |p| p.order.way.as_str()))
        .bind(each(group, |p| p.order.channel.as_str()))
        .bind(each(group, |p| p.order.state.as_str()))
        .bind(each(group, |p| p.order.list_fen))
        .bind(each(group, |p| p.order.delivery_fen))
        .bind(each(group, |p| p.order.subsidy_fen))
        .bind(each(group, |p| p.order.cash_fen))
        .bind(each(group, |p| p.order.subsidy_rule.clone()))
        .bind(each(group, |p| p.order.serving_code.clone()))
        .bind(each(group, |p| p.order.note_sealed.clone()))
        .bind(each(group, |p| p.order.pay_before))
        .bind(each(group, |p| p.order.created_at))
        .bind(each(group, |p| p.event_id))
        .bind(each(group, |p| p.work_id))
        .bind(each(group, |p| p.event))
        .bind(each(group, |p| p.topic.clone()))
        .bind(each(group, |p| p.order.voucher_fen));
    head.bind(lines.iter().map(|(order, ..)| *order).collect::<Vec<_>>())
        .bind(
            lines
                .iter()
                .map(|(_, position, _)| i16::try_from(*position).unwrap_or(i16::MAX))
                .collect::<Vec<_>>(),
        )
        .bind(lines.iter().map(|(.., line)| line.dish).collect::<Vec<_>>())
        .bind(lines.iter().map(|(.., line)| line.name.clone()).collect::<Vec<_>>())
        .bind(lines.iter().map(|(.., line)| line.is_small).collect::<Vec<_>>())
        .bind(lines.iter().map(|(.., line)| line.quantity).collect::<Vec<_>>())
        .bind(lines.iter().map(|(.., line)| line.unit_price.get()).collect::<Vec<_>>())
        .bind(each(group, |p| p.voucher))
        .bind(each(group, |p| p.order.voucher_rule.clone()))
}
