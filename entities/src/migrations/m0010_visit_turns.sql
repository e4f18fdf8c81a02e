-- What can come between the acceptance and the settlement of a visit: another time, another carer, nobody at home, a
-- dispute; and the line of the provider's statement that the visit becomes.
-- How often the family moved it; how often its carers were looked for anew at another time.
ALTER TABLE service_order ADD COLUMN moves smallint NOT NULL DEFAULT 0;
ALTER TABLE service_order ADD COLUMN round smallint NOT NULL DEFAULT 0;
-- Until then carers are looked for.
ALTER TABLE service_order ADD COLUMN search_until timestamptz;
-- The provider failed: nothing is charged, and until then the family chooses between other carers and its money.
ALTER TABLE service_order ADD COLUMN failed_at timestamptz;
ALTER TABLE service_order ADD COLUMN choice_before timestamptz;
ALTER TABLE service_order ADD COLUMN disputed_at timestamptz;
-- A person has decided about its money, once.
ALTER TABLE service_order ADD COLUMN decided_at timestamptz;
UPDATE service_order SET search_until = starts_at;
CREATE INDEX service_order_region ON service_order (region_code, state);
-- A carer who failed is not asked for the order again; in another round the others may be.
CREATE TABLE assignment_in_round (
  id uuid NOT NULL PRIMARY KEY,
  order_id uuid NOT NULL REFERENCES service_order (id),
  round smallint NOT NULL,
  seat smallint NOT NULL CHECK (seat BETWEEN 1 AND 3),
  carer_id uuid NOT NULL REFERENCES carer (id),
  state text NOT NULL CHECK (state IN ('RESERVED','OFFERED','ACCEPTED','DECLINED','TIMED_OUT','RELEASED','FAILED')),
  is_certified boolean NOT NULL,
  reasons text NOT NULL,
  decline_reason text,
  offered_at timestamptz,
  expires_at timestamptz,
  answered_at timestamptz,
  UNIQUE (order_id, round, carer_id)
);
INSERT INTO assignment_in_round SELECT id, order_id, 0, seat, carer_id, state, is_certified, reasons, decline_reason, offered_at,
  expires_at, answered_at FROM assignment;
DROP TABLE assignment;
ALTER TABLE assignment_in_round RENAME TO assignment;
CREATE UNIQUE INDEX assignment_seat ON assignment (order_id, seat) WHERE state IN ('RESERVED','OFFERED','ACCEPTED');
CREATE INDEX assignment_carer ON assignment (carer_id, state);
-- A carer stands at the door and nobody opens: the beginning of the wait, and how far from the home it was.
CREATE TABLE visit_wait (
  order_id uuid NOT NULL REFERENCES service_order (id),
  round smallint NOT NULL,
  carer_id uuid NOT NULL REFERENCES carer (id),
  arrived_at timestamptz NOT NULL,
  distance_m integer CHECK (distance_m >= 0),
  is_proven boolean NOT NULL,
  PRIMARY KEY (order_id, round)
);
-- What counts against a provider.
CREATE TABLE visit_fault (
  id uuid NOT NULL PRIMARY KEY,
  order_id uuid NOT NULL REFERENCES service_order (id),
  provider_id uuid NOT NULL REFERENCES provider (id),
  carer_id uuid REFERENCES carer (id),
  kind text NOT NULL CHECK (kind IN ('CALLED_OFF','DID_NOT_COME')),
  reason text NOT NULL,
  noted_at timestamptz NOT NULL
);
CREATE INDEX visit_fault_provider ON visit_fault (provider_id, noted_at);
-- Machine SettlementLine: what a confirmed visit brings its provider. `total_fen` is what the provider gets.
CREATE TABLE settlement_line (
  order_id uuid NOT NULL PRIMARY KEY REFERENCES service_order (id),
  provider_id uuid NOT NULL REFERENCES provider (id),
  region_code text NOT NULL,
  state text NOT NULL CHECK (state IN ('PENDING','HELD','PAYABLE','VOID','PAID','CLAWED_BACK')),
  subsidy_fen bigint NOT NULL CHECK (subsidy_fen >= 0),
  voucher_fen bigint NOT NULL CHECK (voucher_fen >= 0),
  cash_fen bigint NOT NULL CHECK (cash_fen >= 0),
  confirmed_at timestamptz NOT NULL,
  reviewed_by uuid REFERENCES person (id),
  reviewed_at timestamptz,
  review_reason text,
  version integer NOT NULL
);
CREATE INDEX settlement_line_provider ON settlement_line (provider_id, confirmed_at);
CREATE INDEX settlement_line_held ON settlement_line (region_code) WHERE state = 'HELD';
-- A welfare check follows a meal that did not reach the elder as well as a door that nobody opened.
CREATE TABLE welfare_check_any (
  id uuid NOT NULL PRIMARY KEY,
  elder_id uuid NOT NULL REFERENCES elder (id),
  order_id uuid NOT NULL UNIQUE,
  reason text NOT NULL,
  state text NOT NULL CHECK (state IN ('OPEN','CLOSED')),
  opened_at timestamptz NOT NULL,
  closed_at timestamptz,
  outcome text
);
INSERT INTO welfare_check_any SELECT id, elder_id, order_id, reason, state, opened_at, closed_at, outcome FROM welfare_check;
DROP TABLE welfare_check;
ALTER TABLE welfare_check_any RENAME TO welfare_check;
