-- What the house shares with, and keeps about, the mini-program platform.
-- The access token of one mini-program when there is no Redis: one row, one refresher, written over a version that was read.
CREATE TABLE access_token (
  appid text NOT NULL PRIMARY KEY,
  -- Counts the fetches; 0 while nothing was fetched.
  version bigint NOT NULL,
  token_sealed text,
  renew_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  leased_by text,
  leased_until timestamptz
);
-- What the house tells a person. Each event tells each person once. The words hold no name and no address.
CREATE TABLE message (
  id uuid NOT NULL PRIMARY KEY,
  person_id uuid NOT NULL REFERENCES person (id),
  event_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('VISIT_ACCEPTED','ON_THE_WAY','DONE','MEAL_READY','CANCELLED','REFUND','VOUCHER_EXPIRING')),
  title text NOT NULL,
  words text NOT NULL,
  -- The order or voucher.
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
CREATE INDEX message_box ON message (person_id, id);
CREATE INDEX message_unread ON message (person_id) WHERE read_at IS NULL;
CREATE INDEX message_of_platform ON message (platform_message_id) WHERE platform_message_id IS NOT NULL;
-- How many subscription messages of a template a person would still take: a hint, the platform knows better.
CREATE TABLE message_consent (
  person_id uuid NOT NULL REFERENCES person (id),
  template_id text NOT NULL,
  remaining integer NOT NULL CHECK (remaining >= 0),
  is_banned boolean NOT NULL,
  -- Consents told by the page and not yet by the platform; below zero the other way round. Both tell of the same consent.
  told_ahead integer NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (person_id, template_id)
);
-- Calls of a kind in a minute, counted over all processes.
CREATE TABLE platform_rate (
  kind text NOT NULL PRIMARY KEY,
  minute_at timestamptz NOT NULL,
  used integer NOT NULL
);
-- What the platform said about a file that was handed in for checking; the verdict may come before our own commit.
CREATE TABLE media_check (
  trace_id text NOT NULL PRIMARY KEY,
  verdict text NOT NULL CHECK (verdict IN ('PASS','REVIEW','RISKY')),
  label bigint,
  judged_at timestamptz NOT NULL
);
-- Words that a person wrote for others to read: what the platform said about them. Ratings keep their own states.
CREATE TABLE text_check (
  id uuid NOT NULL PRIMARY KEY,
  subject text NOT NULL,
  subject_id uuid NOT NULL,
  -- Which words of the subject, such as note.
  field text NOT NULL,
  author_id uuid NOT NULL REFERENCES person (id),
  words_sealed text NOT NULL,
  -- PENDING with a reason: a person must look.
  state text NOT NULL CHECK (state IN ('PENDING','VISIBLE','HIDDEN')),
  reason text,
  written_at timestamptz NOT NULL,
  settled_at timestamptz,
  UNIQUE (subject_id, field)
);
-- Codes that were drawn, sealed: each costs a call of the platform's quota once.
CREATE TABLE scene_picture (
  scene_index text NOT NULL PRIMARY KEY,
  picture_sealed text NOT NULL,
  made_at timestamptz NOT NULL
);
-- The phone number that a person gave with the phone button.
CREATE TABLE person_phone (
  person_id uuid NOT NULL PRIMARY KEY REFERENCES person (id),
  phone_sealed text NOT NULL,
  phone_index text NOT NULL,
  given_at timestamptz NOT NULL
);
