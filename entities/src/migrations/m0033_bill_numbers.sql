-- Differences in the platform's own numbers and in how a refund ended, and bills that do not read, are cases too.
CREATE TABLE bill_case_next (
  id uuid NOT NULL PRIMARY KEY,
  day_on date NOT NULL,
  kind text NOT NULL CHECK (kind IN ('PAYMENT_UNKNOWN','PAYMENT_NOT_HERE','PAYMENT_NOT_THERE','PAYMENT_AMOUNT','PAYMENT_TWICE',
    'PAYMENT_STATE','PAYMENT_NUMBER','REFUND_UNKNOWN','REFUND_NOT_HERE','REFUND_NOT_THERE','REFUND_AMOUNT','REFUND_TWICE',
    'REFUND_STATE','REFUND_NUMBER','LEDGER','NET','BILL_UNREAD')),
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
INSERT INTO bill_case_next (id, day_on, kind, number, order_id, region_code, ours_fen, theirs_fen, owner, state, opened_at, ended_at,
    ended_by, note)
  SELECT id, day_on, kind, number, order_id, region_code, ours_fen, theirs_fen, owner, state, opened_at, ended_at, ended_by, note
  FROM bill_case;
DROP TABLE bill_case;
ALTER TABLE bill_case_next RENAME TO bill_case;
CREATE INDEX bill_case_open ON bill_case (number) WHERE state = 'OPEN';
