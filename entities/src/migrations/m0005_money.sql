-- Payment attempts with the exact bytes sent, refunds, the inbox of notifications, and the double-entry ledger.
CREATE TABLE payment_attempt (
  id uuid NOT NULL PRIMARY KEY,
  order_id uuid NOT NULL REFERENCES meal_order (id),
  payer_id uuid NOT NULL REFERENCES person (id),
  number smallint NOT NULL CHECK (number > 0),
  out_trade_no text NOT NULL UNIQUE,
  openid_sealed text NOT NULL,
  amount_fen bigint NOT NULL CHECK (amount_fen > 0),
  body_sealed text NOT NULL,
  state text NOT NULL CHECK (state IN ('CREATED','PREPAID','PAID','CLOSED','LATE_PAID')),
  prepay_id text,
  prepaid_at timestamptz,
  transaction_id text UNIQUE,
  pay_before timestamptz NOT NULL,
  checks smallint NOT NULL,
  created_at timestamptz NOT NULL,
  ended_at timestamptz,
  UNIQUE (order_id, number)
);
-- One open attempt per order: a second payer waits until the first attempt is closed.
CREATE UNIQUE INDEX payment_attempt_open ON payment_attempt (order_id) WHERE state IN ('CREATED','PREPAID');
CREATE TABLE refund (
  id uuid NOT NULL PRIMARY KEY,
  order_id uuid NOT NULL REFERENCES meal_order (id),
  attempt_id uuid NOT NULL REFERENCES payment_attempt (id),
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
-- The ways in which money goes back are all whole refunds of one attempt: never twice.
CREATE UNIQUE INDEX refund_once ON refund (attempt_id) WHERE state <> 'CLOSED';
CREATE INDEX refund_order ON refund (order_id);
CREATE TABLE wechat_inbox (
  id text NOT NULL PRIMARY KEY,
  event_type text NOT NULL,
  out_trade_no text,
  verdict text NOT NULL,
  received_at timestamptz NOT NULL
);
CREATE TABLE ledger_entry (
  posting_key text NOT NULL,
  account text NOT NULL,
  amount_fen bigint NOT NULL CHECK (amount_fen <> 0),
  order_id uuid NOT NULL REFERENCES meal_order (id),
  posted_at timestamptz NOT NULL,
  PRIMARY KEY (posting_key, account)
);
CREATE INDEX ledger_entry_order ON ledger_entry (order_id);
CREATE INDEX ledger_entry_account ON ledger_entry (account);
