-- A provider's closed month. What a month owes is what its orders brought and no earlier statement told: a correction after
-- the closing is a line of the next one.
CREATE TABLE statement (
  id uuid NOT NULL PRIMARY KEY,
  provider_id uuid NOT NULL REFERENCES provider (id),
  region_code text NOT NULL,
  -- First day of the month.
  month_on date NOT NULL,
  closed_at timestamptz NOT NULL,
  line_count integer NOT NULL,
  -- A month with more taken back than brought is below zero.
  subsidy_fen bigint NOT NULL,
  voucher_fen bigint NOT NULL,
  cash_fen bigint NOT NULL,
  paid_at timestamptz,
  paid_by uuid REFERENCES person (id),
  -- The office's number of the transfer.
  payment_reference text,
  CHECK ((paid_at IS NULL) = (paid_by IS NULL) AND (paid_at IS NULL) = (payment_reference IS NULL)),
  UNIQUE (provider_id, month_on)
);
CREATE INDEX statement_month ON statement (month_on, region_code);
CREATE TABLE statement_line (
  statement_id uuid NOT NULL REFERENCES statement (id),
  order_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('MEAL','VISIT','CORRECTION')),
  done_at timestamptz NOT NULL,
  -- Code of the catalogue.
  service_code text NOT NULL,
  subsidy_rule text,
  voucher_rule text,
  subsidy_fen bigint NOT NULL,
  voucher_fen bigint NOT NULL,
  cash_fen bigint NOT NULL,
  PRIMARY KEY (statement_id, order_id)
);
CREATE INDEX statement_line_order ON statement_line (order_id);
