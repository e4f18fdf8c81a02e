-- Consents for several purposes, some of which stand until they are taken back. SQLite can only change that by writing the table
-- anew, and with it the gate that refers to it.
CREATE TABLE consent_any (
  id uuid NOT NULL PRIMARY KEY,
  elder_id uuid NOT NULL REFERENCES elder (id),
  purpose text NOT NULL CHECK (purpose IN ('BATHING_RISK','ABILITY_ASSESSMENT','PROVIDER_NOTES','BENEFIT_MATCHING')),
  is_given boolean NOT NULL,
  text_version text NOT NULL,
  text_sha256 text NOT NULL,
  signed_as text NOT NULL CHECK (signed_as IN ('ELDER','GUARDIAN')),
  signer_id uuid REFERENCES person (id),
  recorded_by uuid NOT NULL REFERENCES person (id),
  paper_reference text,
  signed_at timestamptz NOT NULL,
  -- Null: until it is taken back.
  valid_until timestamptz,
  withdrawn_at timestamptz,
  withdrawn_by uuid REFERENCES person (id),
  CHECK (signer_id IS NOT NULL OR paper_reference IS NOT NULL),
  CHECK (signed_at < valid_until)
);
INSERT INTO consent_any SELECT id, elder_id, purpose, is_given, text_version, text_sha256, signed_as, signer_id, recorded_by,
  paper_reference, signed_at, valid_until, withdrawn_at, withdrawn_by FROM consent;
CREATE TABLE bathing_check_any (
  order_id uuid NOT NULL PRIMARY KEY REFERENCES service_order (id),
  state text NOT NULL CHECK (state IN ('OPEN','ASSESSED','REFUSED','CONSENTED','STAFFED','ABORTED','CLEARED','BATHING','COMPLETED')),
  version integer NOT NULL,
  assessment_id uuid REFERENCES assessment (id),
  consent_id uuid REFERENCES consent_any (id),
  abort_reason text CHECK (abort_reason IN ('SHORT_STAFFED','VITALS_OUT_OF_LIMITS','DISTRESS')),
  water_tenths smallint,
  skin_note_sealed text,
  opened_at timestamptz NOT NULL,
  staffed_at timestamptz,
  cleared_at timestamptz,
  started_at timestamptz,
  ended_at timestamptz,
  CHECK (state <> 'ABORTED' OR abort_reason IS NOT NULL),
  CHECK (state NOT IN ('BATHING','COMPLETED') OR (started_at IS NOT NULL AND water_tenths IS NOT NULL))
);
INSERT INTO bathing_check_any SELECT order_id, state, version, assessment_id, consent_id, abort_reason, water_tenths,
  skin_note_sealed, opened_at, staffed_at, cleared_at, started_at, ended_at FROM bathing_check;
DROP TABLE bathing_check;
DROP TABLE consent;
ALTER TABLE consent_any RENAME TO consent;
ALTER TABLE bathing_check_any RENAME TO bathing_check;
CREATE INDEX consent_elder ON consent (elder_id, purpose, signed_at);
-- An elder reads who saw what of him, the newest first: ids grow with time.
DROP INDEX data_access_elder;
CREATE INDEX data_access_elder ON data_access (elder_id, id);
-- What an elder asks for about all of his data: a copy, or erasure. A closed elder is in no list, no search and no booking.
CREATE TABLE privacy_request (
  id uuid NOT NULL PRIMARY KEY,
  elder_id uuid NOT NULL REFERENCES elder (id),
  kind text NOT NULL CHECK (kind IN ('EXPORT','ERASURE')),
  state text NOT NULL CHECK (state IN ('ASKED','DONE','WITHDRAWN','REFUSED')),
  asked_by uuid NOT NULL REFERENCES person (id),
  asked_as text NOT NULL CHECK (asked_as IN ('ELDER','GUARDIAN')),
  paper_reference text,
  asked_at timestamptz NOT NULL,
  -- An erasure happens then; a copy can be fetched until then.
  due_at timestamptz NOT NULL,
  ended_at timestamptz,
  refused_for text CHECK (refused_for IN ('ORDER_OPEN','VOUCHER_RESERVED','MONEY_OPEN')),
  -- What an erasure has kept until when, as JSON.
  outcome text,
  CHECK ((state = 'ASKED') = (ended_at IS NULL)),
  CHECK ((state = 'REFUSED') = (refused_for IS NOT NULL))
);
CREATE INDEX privacy_request_elder ON privacy_request (elder_id, id);
CREATE UNIQUE INDEX privacy_request_open ON privacy_request (elder_id) WHERE state = 'ASKED';
ALTER TABLE elder ADD COLUMN closed_at timestamptz;
