-- Vouchers of a month (政府购买服务券): what each elder was granted and where it went, to the fen. Machine VoucherGrant.
CREATE TABLE voucher_grant (
  id uuid NOT NULL PRIMARY KEY,
  programme text NOT NULL,
  elder_id uuid NOT NULL REFERENCES elder (id),
  -- First day of the month in which it pays.
  month_on date NOT NULL,
  -- The district whose public account bears it.
  region_code text NOT NULL,
  tier text NOT NULL,
  -- Part of a price that it pays, in hundredths of a percent; null when it pays all that it can.
  percent_bp integer CHECK (percent_bp BETWEEN 1 AND 10000),
  state text NOT NULL CHECK (state IN ('PENDING','ISSUED','FROZEN','LAPSED','REVOKED')),
  granted_fen bigint NOT NULL CHECK (granted_fen > 0),
  available_fen bigint NOT NULL CHECK (available_fen >= 0),
  reserved_fen bigint NOT NULL CHECK (reserved_fen >= 0),
  redeemed_fen bigint NOT NULL CHECK (redeemed_fen >= 0),
  lapsed_fen bigint NOT NULL CHECK (lapsed_fen >= 0),
  -- Back in the public account: revoked, or released after the month.
  returned_fen bigint NOT NULL CHECK (returned_fen >= 0),
  frozen_for text CHECK (frozen_for IN ('DEATH','MOVE','FRAUD_CHECK')),
  issued_at timestamptz NOT NULL,
  closes_at timestamptz NOT NULL,
  -- The rest of the month has lapsed; what was reserved then is still open.
  lapsed_at timestamptz,
  reminded_on date,
  version integer NOT NULL,
  CHECK (granted_fen = available_fen + reserved_fen + redeemed_fen + lapsed_fen + returned_fen),
  UNIQUE (programme, elder_id, month_on)
);
CREATE INDEX voucher_grant_elder ON voucher_grant (elder_id, month_on);
CREATE INDEX voucher_grant_open ON voucher_grant (month_on, id) WHERE lapsed_at IS NULL;
-- What one order took of a voucher.
CREATE TABLE voucher_use (
  order_id uuid NOT NULL PRIMARY KEY,
  grant_id uuid NOT NULL REFERENCES voucher_grant (id),
  taken_fen bigint NOT NULL CHECK (taken_fen > 0),
  reserved_fen bigint NOT NULL CHECK (reserved_fen >= 0),
  redeemed_fen bigint NOT NULL CHECK (redeemed_fen >= 0),
  released_fen bigint NOT NULL CHECK (released_fen >= 0),
  returned_fen bigint NOT NULL CHECK (returned_fen >= 0),
  reserved_at timestamptz NOT NULL,
  settled_at timestamptz,
  CHECK (taken_fen = reserved_fen + redeemed_fen + released_fen + returned_fen)
);
CREATE INDEX voucher_use_grant ON voucher_use (grant_id, reserved_at);
-- How far the issue of a programme's month has come: killed in the middle, it goes on behind the last elder.
CREATE TABLE voucher_run (
  programme text NOT NULL,
  month_on date NOT NULL,
  last_elder uuid NOT NULL,
  grants integer NOT NULL,
  granted_fen bigint NOT NULL,
  started_at timestamptz NOT NULL,
  finished_at timestamptz,
  PRIMARY KEY (programme, month_on)
);
