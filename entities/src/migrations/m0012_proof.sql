-- The proof of a visit: second proof, photo, device, signed queue, answers and reviews of what did not fit, call-backs.
ALTER TABLE service_order ADD COLUMN is_held boolean NOT NULL DEFAULT false;
-- Keyed hash of the device from which the family confirmed; null when it told none.
ALTER TABLE service_order ADD COLUMN confirmed_device text;
CREATE INDEX service_order_day ON service_order (elder_id, service_code, starts_at);
ALTER TABLE visit_proof ADD COLUMN second_proof text NOT NULL DEFAULT 'NONE' CHECK (second_proof IN ('NONE','CODE','CARD'));
UPDATE visit_proof SET second_proof = 'CODE' WHERE has_code;
ALTER TABLE visit_proof DROP COLUMN has_code;
ALTER TABLE visit_proof ADD COLUMN photo_hash text;
ALTER TABLE visit_proof ADD COLUMN photo_ref text;
ALTER TABLE visit_proof ADD COLUMN device_index text;
ALTER TABLE visit_proof ADD COLUMN is_signed boolean NOT NULL DEFAULT false;
CREATE INDEX visit_proof_photo ON visit_proof (photo_hash);
CREATE INDEX visit_proof_device ON visit_proof (device_index, server_at);
CREATE INDEX visit_proof_carer ON visit_proof (carer_id, server_at);
ALTER TABLE visit_exception ADD COLUMN answer_sealed text;
ALTER TABLE visit_exception ADD COLUMN answered_at timestamptz;
ALTER TABLE visit_exception ADD COLUMN review text NOT NULL DEFAULT 'OPEN' CHECK (review IN ('OPEN','ACCEPTED','REJECTED'));
ALTER TABLE visit_exception ADD COLUMN review_reason text;
ALTER TABLE visit_exception ADD COLUMN reviewed_by uuid REFERENCES person (id);
ALTER TABLE visit_exception ADD COLUMN reviewed_at timestamptz;
CREATE INDEX visit_exception_carer ON visit_exception (carer_id, id);
CREATE INDEX visit_exception_open ON visit_exception (id) WHERE review = 'OPEN';
-- The card at an elder's home whose picture changes every minute.
CREATE TABLE home_card (
  elder_id uuid NOT NULL PRIMARY KEY REFERENCES elder (id),
  public_part text NOT NULL UNIQUE,
  secret_sealed text NOT NULL,
  made_at timestamptz NOT NULL
);
-- A carer's phone that may hand in acts later, signed and numbered.
CREATE TABLE visit_device (
  id uuid NOT NULL PRIMARY KEY,
  carer_id uuid NOT NULL REFERENCES carer (id),
  request_key text NOT NULL,
  secret_sealed text NOT NULL,
  added_at timestamptz NOT NULL,
  UNIQUE (carer_id, request_key)
);
-- What such a phone has handed in: one row for each number, with the answer it got.
CREATE TABLE visit_queue_entry (
  device_id uuid NOT NULL REFERENCES visit_device (id),
  sequence integer NOT NULL CHECK (sequence > 0),
  kind text NOT NULL CHECK (kind IN ('SET_OUT','CHECK_IN','CHECK_OUT')),
  order_id uuid NOT NULL,
  content_hash text NOT NULL,
  device_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  is_applied boolean NOT NULL,
  code text,
  PRIMARY KEY (device_id, sequence)
);
-- Visits drawn for a call to the family: was it carried out, and well?
CREATE TABLE call_back (
  order_id uuid NOT NULL PRIMARY KEY REFERENCES service_order (id),
  provider_id uuid NOT NULL REFERENCES provider (id),
  region_code text NOT NULL,
  state text NOT NULL CHECK (state IN ('OPEN','DONE')),
  answer_sealed text,
  is_satisfied boolean,
  answered_by uuid REFERENCES person (id),
  answered_at timestamptz,
  drawn_at timestamptz NOT NULL,
  CHECK (state = 'OPEN' OR (answer_sealed IS NOT NULL AND is_satisfied IS NOT NULL AND answered_at IS NOT NULL))
);
CREATE INDEX call_back_open ON call_back (state, order_id);
