-- Families are told that an elder or the desk asks them to pay.
CREATE TABLE message_next (
  id uuid NOT NULL PRIMARY KEY,
  person_id uuid NOT NULL REFERENCES person (id),
  event_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('VISIT_ACCEPTED','ON_THE_WAY','DONE','MEAL_READY','CANCELLED','REFUND','VOUCHER_EXPIRING','SOS','PAYMENT_ASKED')),
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
