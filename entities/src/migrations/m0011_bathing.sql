-- Bathing help: what is known of an elder's abilities, what was agreed to, the gate beside the order, what was measured and
-- what went wrong. An assessment that is not published yet has no result; the steps before it come later.
CREATE TABLE assessment (
  id uuid NOT NULL PRIMARY KEY,
  elder_id uuid NOT NULL REFERENCES elder (id),
  state text NOT NULL CHECK (state IN ('REQUESTED','SCHEDULED','CANCELLED','IN_PROGRESS','SCORED','REVIEWED','PUBLISHED')),
  version integer NOT NULL,
  assessed_on date,
  valid_until date,
  score smallint CHECK (score BETWEEN 0 AND 90),
  level text CHECK (level IN ('INTACT','MILD','MODERATE','SEVERE','TOTAL')),
  has_contraindication boolean NOT NULL,
  note_sealed text,
  entered_by uuid NOT NULL REFERENCES person (id),
  entered_at timestamptz NOT NULL,
  CHECK (assessed_on <= valid_until),
  CHECK (state <> 'PUBLISHED' OR (assessed_on IS NOT NULL AND valid_until IS NOT NULL AND score IS NOT NULL AND level IS NOT NULL))
);
CREATE INDEX assessment_elder ON assessment (elder_id, assessed_on);
-- A yes, or an elder's own no, to one text. `signer_id` is empty only when a signature on paper was brought to the desk.
CREATE TABLE consent (
  id uuid NOT NULL PRIMARY KEY,
  elder_id uuid NOT NULL REFERENCES elder (id),
  purpose text NOT NULL CHECK (purpose IN ('BATHING_RISK')),
  is_given boolean NOT NULL,
  text_version text NOT NULL,
  text_sha256 text NOT NULL,
  signed_as text NOT NULL CHECK (signed_as IN ('ELDER','GUARDIAN')),
  signer_id uuid REFERENCES person (id),
  recorded_by uuid NOT NULL REFERENCES person (id),
  paper_reference text,
  signed_at timestamptz NOT NULL,
  valid_until timestamptz NOT NULL,
  withdrawn_at timestamptz,
  withdrawn_by uuid REFERENCES person (id),
  CHECK (signer_id IS NOT NULL OR paper_reference IS NOT NULL),
  CHECK (signed_at < valid_until)
);
CREATE INDEX consent_elder ON consent (elder_id, purpose, signed_at);
CREATE TABLE bathing_check (
  order_id uuid NOT NULL PRIMARY KEY REFERENCES service_order (id),
  state text NOT NULL CHECK (state IN ('OPEN','ASSESSED','REFUSED','CONSENTED','STAFFED','ABORTED','CLEARED','BATHING','COMPLETED')),
  version integer NOT NULL,
  assessment_id uuid REFERENCES assessment (id),
  consent_id uuid REFERENCES consent (id),
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
-- Blood pressure, pulse and temperature of one moment, sealed together.
CREATE TABLE vital_sign (
  id uuid NOT NULL PRIMARY KEY,
  order_id uuid NOT NULL REFERENCES service_order (id),
  phase text NOT NULL CHECK (phase IN ('BEFORE','AFTER')),
  taken_at timestamptz NOT NULL,
  taken_by uuid NOT NULL REFERENCES carer (id),
  values_sealed text NOT NULL,
  is_within_limits boolean NOT NULL,
  last_meal_at timestamptz,
  recorded_at timestamptz NOT NULL
);
CREATE INDEX vital_sign_order ON vital_sign (order_id, taken_at);
CREATE TABLE incident (
  id uuid NOT NULL PRIMARY KEY,
  order_id uuid NOT NULL REFERENCES service_order (id),
  carer_id uuid NOT NULL REFERENCES carer (id),
  kind text NOT NULL CHECK (kind IN ('BATH_DISTRESS','ELDER_UNWELL','HOME_UNSAFE','CARER_UNWELL','ELDER_REFUSES','OTHER')),
  detail_sealed text NOT NULL,
  is_emergency boolean NOT NULL,
  noted_at timestamptz NOT NULL
);
CREATE INDEX incident_order ON incident (order_id);
