-- Meal orders with frozen prices, their items and the one event table that is timeline and outbox at once.
CREATE TABLE meal_order (
  id uuid NOT NULL PRIMARY KEY,
  placed_by uuid NOT NULL REFERENCES person (id),
  request_key text NOT NULL,
  request_fingerprint text NOT NULL,
  elder_id uuid NOT NULL REFERENCES elder (id),
  canteen_id uuid NOT NULL REFERENCES canteen (id),
  slot_id uuid NOT NULL REFERENCES meal_slot (id),
  served_on date NOT NULL,
  period text NOT NULL CHECK (period IN ('BREAKFAST','LUNCH','DINNER')),
  way text NOT NULL CHECK (way IN ('DINE_IN','PICK_UP','DELIVERY')),
  channel text NOT NULL CHECK (channel IN ('FAMILY_APP','ELDER_APP','DESK','COUNTER')),
  state text NOT NULL CHECK (state IN ('HELD','CONFIRMED','LOCKED','READY','OUT_FOR_DELIVERY','SERVED','UNDELIVERED','NO_SHOW','CANCELLED','EXPIRED')),
  version integer NOT NULL,
  portions integer NOT NULL CHECK (portions > 0),
  list_fen bigint NOT NULL CHECK (list_fen >= 0),
  delivery_fen bigint NOT NULL CHECK (delivery_fen >= 0),
  subsidy_fen bigint NOT NULL CHECK (subsidy_fen >= 0),
  voucher_fen bigint NOT NULL CHECK (voucher_fen >= 0),
  cash_fen bigint NOT NULL CHECK (cash_fen >= 0),
  subsidy_rule text,
  has_live_subsidy boolean NOT NULL,
  serving_code text NOT NULL,
  note_sealed text,
  pay_before timestamptz,
  created_at timestamptz NOT NULL,
  ended_at timestamptz,
  CHECK (list_fen + delivery_fen = subsidy_fen + voucher_fen + cash_fen),
  UNIQUE (placed_by, request_key)
);
-- At most one subsidised meal per elder and period.
CREATE UNIQUE INDEX meal_order_one_subsidy ON meal_order (elder_id, served_on, period) WHERE has_live_subsidy;
CREATE INDEX meal_order_elder ON meal_order (elder_id, id);
CREATE INDEX meal_order_slot ON meal_order (slot_id);
CREATE INDEX meal_order_sheet ON meal_order (canteen_id, served_on, period);
CREATE TABLE meal_order_item (
  order_id uuid NOT NULL REFERENCES meal_order (id),
  position smallint NOT NULL,
  dish_id uuid NOT NULL REFERENCES dish (id),
  name text NOT NULL,
  is_small boolean NOT NULL,
  quantity integer NOT NULL CHECK (quantity > 0),
  unit_price_fen bigint NOT NULL CHECK (unit_price_fen >= 0),
  PRIMARY KEY (order_id, position)
);
CREATE TABLE event (
  id uuid NOT NULL PRIMARY KEY,
  subject text NOT NULL,
  subject_id uuid NOT NULL,
  name text NOT NULL,
  from_state text,
  to_state text,
  actor_id uuid,
  reason text,
  request_key text,
  topic text,
  happened_at timestamptz NOT NULL,
  told_at timestamptz
);
CREATE INDEX event_subject ON event (subject_id, id);
CREATE INDEX event_untold ON event (id) WHERE told_at IS NULL;
CREATE TABLE request_key (
  person_id uuid NOT NULL,
  act text NOT NULL,
  key text NOT NULL,
  fingerprint text NOT NULL,
  result_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (person_id, act, key)
);
CREATE TABLE welfare_check (
  id uuid NOT NULL PRIMARY KEY,
  elder_id uuid NOT NULL REFERENCES elder (id),
  order_id uuid NOT NULL UNIQUE REFERENCES meal_order (id),
  reason text NOT NULL,
  state text NOT NULL CHECK (state IN ('OPEN','CLOSED')),
  opened_at timestamptz NOT NULL,
  closed_at timestamptz,
  outcome text
);
