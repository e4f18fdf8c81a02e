-- One day of the platform's bills, compared once.
CREATE TABLE bill_day (
  day_on date NOT NULL PRIMARY KEY,
  row_count integer NOT NULL,
  paid_fen bigint NOT NULL,
  refunded_fen bigint NOT NULL,
  case_count integer NOT NULL,
  done_at timestamptz NOT NULL
);
-- Rows of a day's bills; those of the fund bill summed up for each number.
CREATE TABLE bill_row (
  day_on date NOT NULL,
  kind text NOT NULL CHECK (kind IN ('PAYMENT','REFUND','FUND')),
  -- Our number of the payment or refund, as the bill writes it.
  number text NOT NULL,
  -- How often the bill says it.
  times integer NOT NULL,
  -- The platform's own number.
  platform_id text NOT NULL,
  -- SUCCESS, REVOKED, PROCESSING, … of the last row.
  state text NOT NULL,
  amount_fen bigint NOT NULL,
  -- What it brings to the account, fees taken off; below zero when it takes.
  net_fen bigint NOT NULL,
  PRIMARY KEY (day_on, kind, number)
);
CREATE INDEX bill_row_number ON bill_row (number, kind);
-- A difference between a day's bills and the books. It stands until it heals or somebody closes it with a reason.
CREATE TABLE bill_case (
  id uuid NOT NULL PRIMARY KEY,
  day_on date NOT NULL,
  kind text NOT NULL CHECK (kind IN ('PAYMENT_UNKNOWN','PAYMENT_NOT_HERE','PAYMENT_NOT_THERE','PAYMENT_AMOUNT','PAYMENT_TWICE',
    'PAYMENT_STATE','REFUND_UNKNOWN','REFUND_NOT_HERE','REFUND_NOT_THERE','REFUND_AMOUNT','REFUND_TWICE','LEDGER','NET')),
  number text NOT NULL,
  order_id uuid,
  -- Where the order belongs; empty when nobody knows the number.
  region_code text NOT NULL,
  ours_fen bigint,
  theirs_fen bigint,
  owner text NOT NULL CHECK (owner IN ('DESK','OFFICE')),
  state text NOT NULL CHECK (state IN ('OPEN','HEALED','CLOSED')),
  opened_at timestamptz NOT NULL,
  ended_at timestamptz,
  ended_by uuid REFERENCES person (id),
  note text,
  CHECK ((state = 'OPEN') = (ended_at IS NULL) AND (state = 'CLOSED') = (ended_by IS NOT NULL)),
  UNIQUE (day_on, kind, number)
);
CREATE INDEX bill_case_open ON bill_case (number) WHERE state = 'OPEN';
