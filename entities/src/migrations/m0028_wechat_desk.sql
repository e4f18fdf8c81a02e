-- Serial of the merchant's key that signed the prepay: the page that pays must be signed with the same one.
ALTER TABLE payment_attempt ADD COLUMN merchant_serial text;
-- What a payer complains about to the platform. It is answered within 24 hours of being told.
CREATE TABLE complaint (
  id uuid NOT NULL PRIMARY KEY,
  platform_id text NOT NULL UNIQUE,
  -- The order behind it; null until it was asked for, or when nobody knows the number.
  order_id uuid,
  out_trade_no text,
  -- Where the order belongs; empty when nobody knows it.
  region_code text NOT NULL,
  -- The payer's words and phone and what was said since, as JSON, sealed; null until it was asked for.
  told_sealed text,
  state text NOT NULL CHECK (state IN ('OPEN','ANSWERED','COMPLETED')),
  made_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  completed_at timestamptz,
  completed_by uuid REFERENCES person (id),
  -- When the platform took the completion.
  completion_told_at timestamptz,
  CHECK ((state = 'COMPLETED') = (completed_at IS NOT NULL) AND (completed_at IS NULL) = (completed_by IS NULL))
);
CREATE INDEX complaint_order ON complaint (order_id) WHERE order_id IS NOT NULL;
-- What the desk answered. SENDING is written before the call: a payer never reads an answer twice.
CREATE TABLE complaint_answer (
  id uuid NOT NULL PRIMARY KEY,
  complaint_id uuid NOT NULL REFERENCES complaint (id),
  words_sealed text NOT NULL,
  answered_by uuid NOT NULL REFERENCES person (id),
  answered_at timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('WAITING','SENDING','SENT','REFUSED')),
  -- Why it was not sent.
  reason text,
  sent_at timestamptz,
  CHECK ((state = 'SENT') = (sent_at IS NOT NULL) AND (state = 'REFUSED') = (reason IS NOT NULL))
);
CREATE INDEX complaint_answer_of ON complaint_answer (complaint_id, id);
-- An elder or somebody of his calls for help. Presses within ten minutes are one call.
CREATE TABLE help_call (
  id uuid NOT NULL PRIMARY KEY,
  elder_id uuid NOT NULL REFERENCES elder (id),
  called_by uuid NOT NULL REFERENCES person (id),
  called_at timestamptz NOT NULL,
  presses integer NOT NULL CHECK (presses > 0),
  last_pressed_at timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('OPEN','SEEN')),
  seen_by uuid REFERENCES person (id),
  seen_at timestamptz,
  -- What the desk did.
  note_sealed text,
  CHECK ((state = 'SEEN') = (seen_at IS NOT NULL) AND (seen_at IS NULL) = (seen_by IS NULL) AND (seen_at IS NULL) = (note_sealed IS NULL))
);
CREATE INDEX help_call_elder ON help_call (elder_id, called_at);
-- Messages tell of calls for help too.
CREATE TABLE message_next (
  id uuid NOT NULL PRIMARY KEY,
  person_id uuid NOT NULL REFERENCES person (id),
  event_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('VISIT_ACCEPTED','ON_THE_WAY','DONE','MEAL_READY','CANCELLED','REFUND','VOUCHER_EXPIRING','SOS')),
  title text NOT NULL,
  words text NOT NULL,
  -- The order, voucher or call for help.
  subject text NOT NULL,
  subject_id uuid NOT NULL,
  -- Short name of the meal, the visit or the voucher.
  about text NOT NULL,
  about_at timestamptz NOT NULL,
  amount_fen bigint,
  made_at timestamptz NOT NULL,
  read_at timestamptz,
  -- Of the subscription message.
  send_state text NOT NULL CHECK (send_state IN ('NONE','WAITING','SENDING','SENT','NO_CONSENT','UNKNOWN','FAILED')),
  tries smallint NOT NULL,
  sent_at timestamptz,
  platform_message_id text,
  -- Told by the platform afterwards; null until then.
  has_arrived boolean,
  UNIQUE (person_id, event_id)
);
INSERT INTO message_next (id, person_id, event_id, kind, title, words, subject, subject_id, about, about_at, amount_fen, made_at,
    read_at, send_state, tries, sent_at, platform_message_id, has_arrived)
  SELECT id, person_id, event_id, kind, title, words, subject, subject_id, about, about_at, amount_fen, made_at,
    read_at, send_state, tries, sent_at, platform_message_id, has_arrived FROM message;
DROP TABLE message;
ALTER TABLE message_next RENAME TO message;
CREATE INDEX message_box ON message (person_id, id);
CREATE INDEX message_unread ON message (person_id) WHERE read_at IS NULL;
CREATE INDEX message_of_platform ON message (platform_message_id) WHERE platform_message_id IS NOT NULL;
