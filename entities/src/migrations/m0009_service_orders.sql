-- Services at home: carers' time in quarters of an hour, orders, and who is asked to carry them out.
-- Payments, refunds and ledger entries belong to an order of either kind, so their tables lose the key to meal orders;
-- SQLite can only do that by writing them anew.
CREATE TABLE payment_attempt_any (
  id uuid NOT NULL PRIMARY KEY,
  order_id uuid NOT NULL,
  payer_id uuid NOT NULL REFERENCES person (id),
  number smallint NOT NULL CHECK (number > 0),
  out_trade_no text NOT NULL UNIQUE,
  openid_sealed text NOT NULL,
  amount_fen bigint NOT NULL CHECK (amount_fen > 0),
  body_sealed text NOT NULL,
  state text NOT NULL CHECK (state IN ('CREATED','PREPAID','PAID','CLOSED','LATE_PAID')),
  prepay_id text,
  prepaid_at timestamptz,
  sent_at timestamptz,
  transaction_id text UNIQUE,
  pay_before timestamptz NOT NULL,
  checks smallint NOT NULL,
  created_at timestamptz NOT NULL,
  ended_at timestamptz,
  UNIQUE (order_id, number)
);
INSERT INTO payment_attempt_any SELECT id, order_id, payer_id, number, out_trade_no, openid_sealed, amount_fen, body_sealed, state,
  prepay_id, prepaid_at, created_at, transaction_id, pay_before, checks, created_at, ended_at FROM payment_attempt;
CREATE TABLE refund_any (
  id uuid NOT NULL PRIMARY KEY,
  order_id uuid NOT NULL,
  attempt_id uuid NOT NULL REFERENCES payment_attempt_any (id),
  out_refund_no text NOT NULL UNIQUE,
  amount_fen bigint NOT NULL CHECK (amount_fen > 0),
  reason text NOT NULL,
  body text NOT NULL,
  state text NOT NULL CHECK (state IN ('REQUESTED','ACCEPTED','SUCCESS','ABNORMAL','CLOSED')),
  wechat_refund_id text,
  checks smallint NOT NULL,
  requested_at timestamptz NOT NULL,
  ended_at timestamptz
);
INSERT INTO refund_any SELECT id, order_id, attempt_id, out_refund_no, amount_fen, reason, body, state, wechat_refund_id, checks,
  requested_at, ended_at FROM refund;
CREATE TABLE ledger_entry_any (
  posting_key text NOT NULL,
  account text NOT NULL,
  amount_fen bigint NOT NULL CHECK (amount_fen <> 0),
  order_id uuid NOT NULL,
  posted_at timestamptz NOT NULL,
  PRIMARY KEY (posting_key, account)
);
INSERT INTO ledger_entry_any SELECT posting_key, account, amount_fen, order_id, posted_at FROM ledger_entry;
DROP TABLE ledger_entry;
DROP TABLE refund;
DROP TABLE payment_attempt;
ALTER TABLE payment_attempt_any RENAME TO payment_attempt;
ALTER TABLE refund_any RENAME TO refund;
ALTER TABLE ledger_entry_any RENAME TO ledger_entry;
-- One open attempt per order: a second payer waits until the first attempt is closed.
CREATE UNIQUE INDEX payment_attempt_open ON payment_attempt (order_id) WHERE state IN ('CREATED','PREPAID');
-- Whatever goes back of one attempt goes back at once: never twice.
CREATE UNIQUE INDEX refund_once ON refund (attempt_id) WHERE state <> 'CLOSED';
CREATE INDEX refund_order ON refund (order_id);
CREATE INDEX ledger_entry_order ON ledger_entry (order_id);
CREATE INDEX ledger_entry_account ON ledger_entry (account);
CREATE TABLE service_order (
  id uuid NOT NULL PRIMARY KEY,
  placed_by uuid NOT NULL REFERENCES person (id),
  request_key text NOT NULL,
  request_fingerprint text NOT NULL,
  elder_id uuid NOT NULL REFERENCES elder (id),
  offering_id uuid NOT NULL REFERENCES offering (id),
  provider_id uuid NOT NULL REFERENCES provider (id),
  service_code text NOT NULL,
  channel text NOT NULL CHECK (channel IN ('FAMILY_APP','ELDER_APP','DESK','COUNTER')),
  call_reference text,
  state text NOT NULL CHECK (state IN ('QUOTED','SLOT_HELD','EXPIRED','PAID','CANCELLED','OFFERED','ACCEPTED','EN_ROUTE','CHECKED_IN','REFUNDED','DONE','CONFIRMED','DISPUTED','SETTLED')),
  version integer NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  quantity smallint NOT NULL CHECK (quantity BETWEEN 1 AND 8),
  carers_needed smallint NOT NULL CHECK (carers_needed BETWEEN 1 AND 3),
  certificate_kind text,
  certified_needed smallint NOT NULL,
  wished_sex text CHECK (wished_sex IN ('FEMALE','MALE')),
  wished_carer uuid REFERENCES carer (id),
  list_fen bigint NOT NULL CHECK (list_fen >= 0),
  subsidy_fen bigint NOT NULL CHECK (subsidy_fen >= 0),
  voucher_fen bigint NOT NULL CHECK (voucher_fen >= 0),
  cash_fen bigint NOT NULL CHECK (cash_fen >= 0),
  kept_fen bigint CHECK (kept_fen BETWEEN 0 AND list_fen),
  region_code text NOT NULL,
  address_sealed text NOT NULL,
  latitude_e6 integer,
  longitude_e6 integer,
  note_sealed text,
  visit_code text NOT NULL,
  pay_before timestamptz,
  created_at timestamptz NOT NULL,
  done_at timestamptz,
  ended_at timestamptz,
  CHECK (list_fen = subsidy_fen + voucher_fen + cash_fen),
  CHECK (starts_at < ends_at),
  UNIQUE (placed_by, request_key)
);
CREATE INDEX service_order_elder ON service_order (elder_id, id);
CREATE INDEX service_order_provider ON service_order (provider_id, starts_at);
-- One row for each quarter of an hour that a carer is taken, travel after the visit included. The key is what makes it
-- impossible that two visits of one carer overlap. `quarter` counts from 1970-01-01T00:00Z.
CREATE TABLE carer_time (
  carer_id uuid NOT NULL REFERENCES carer (id),
  quarter integer NOT NULL,
  order_id uuid NOT NULL REFERENCES service_order (id),
  PRIMARY KEY (carer_id, quarter)
);
CREATE INDEX carer_time_order ON carer_time (order_id);
-- Who is to carry an order out. A seat has at most one live row; the others tell who was asked before, and why.
CREATE TABLE assignment (
  id uuid NOT NULL PRIMARY KEY,
  order_id uuid NOT NULL REFERENCES service_order (id),
  seat smallint NOT NULL CHECK (seat BETWEEN 1 AND 3),
  carer_id uuid NOT NULL REFERENCES carer (id),
  state text NOT NULL CHECK (state IN ('RESERVED','OFFERED','ACCEPTED','DECLINED','TIMED_OUT','RELEASED')),
  is_certified boolean NOT NULL,
  reasons text NOT NULL,
  decline_reason text,
  offered_at timestamptz,
  expires_at timestamptz,
  answered_at timestamptz,
  UNIQUE (order_id, carer_id)
);
CREATE UNIQUE INDEX assignment_seat ON assignment (order_id, seat) WHERE state IN ('RESERVED','OFFERED','ACCEPTED');
CREATE INDEX assignment_carer ON assignment (carer_id, state);
-- The six facts of a visit (service, person, date, place, carer, start and end): one row for coming, one for leaving.
CREATE TABLE visit_proof (
  id uuid NOT NULL PRIMARY KEY,
  order_id uuid NOT NULL REFERENCES service_order (id),
  carer_id uuid NOT NULL REFERENCES carer (id),
  kind text NOT NULL CHECK (kind IN ('CHECK_IN','CHECK_OUT')),
  server_at timestamptz NOT NULL,
  device_at timestamptz,
  latitude_e6 integer,
  longitude_e6 integer,
  accuracy_m integer CHECK (accuracy_m >= 0),
  distance_m integer CHECK (distance_m >= 0),
  is_mock boolean NOT NULL,
  has_code boolean NOT NULL,
  UNIQUE (order_id, carer_id, kind)
);
-- What did not fit in a visit. Never blocks care, never passes silently.
CREATE TABLE visit_exception (
  id uuid NOT NULL PRIMARY KEY,
  order_id uuid NOT NULL REFERENCES service_order (id),
  carer_id uuid NOT NULL REFERENCES carer (id),
  rule text NOT NULL,
  score smallint NOT NULL,
  detail text NOT NULL,
  holds_line boolean NOT NULL,
  noted_at timestamptz NOT NULL,
  UNIQUE (order_id, carer_id, rule)
);
-- Every task of the service is answered before the carer leaves.
CREATE TABLE visit_task (
  order_id uuid NOT NULL REFERENCES service_order (id),
  code text NOT NULL,
  is_done boolean NOT NULL,
  reason text,
  answered_at timestamptz NOT NULL,
  PRIMARY KEY (order_id, code)
);
