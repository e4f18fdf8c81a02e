-- Archives: what is known of an elder, word by word, never overwritten; what he wants corrected; who takes part in what.
-- Values, sources and words are sealed. `elder_archive` holds the standing words of an elder once more under one seal, so that
-- a run over everybody opens one text for each; it is written in the transaction of the word.
CREATE TABLE elder_fact (
  id uuid NOT NULL PRIMARY KEY,
  elder_id uuid NOT NULL REFERENCES elder (id),
  field text NOT NULL,
  value_sealed text NOT NULL,
  source_sealed text NOT NULL,
  from_on date NOT NULL,
  valid_until date,
  entered_by uuid REFERENCES person (id),
  entered_at timestamptz NOT NULL,
  superseded_by uuid REFERENCES elder_fact (id),
  CHECK (from_on <= valid_until)
);
CREATE INDEX elder_fact_elder ON elder_fact (elder_id, field, from_on);
CREATE TABLE elder_archive (
  elder_id uuid NOT NULL PRIMARY KEY REFERENCES elder (id),
  snapshot_sealed text NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE TABLE fact_correction (
  id uuid NOT NULL PRIMARY KEY,
  elder_id uuid NOT NULL REFERENCES elder (id),
  field text NOT NULL,
  words_sealed text NOT NULL,
  state text NOT NULL CHECK (state IN ('OPEN','ACCEPTED','REFUSED')),
  asked_by uuid NOT NULL REFERENCES person (id),
  asked_at timestamptz NOT NULL,
  answered_by uuid REFERENCES person (id),
  answered_at timestamptz,
  answer_sealed text,
  fact_id uuid REFERENCES elder_fact (id),
  CHECK ((state = 'OPEN') = (answered_at IS NULL)),
  CHECK (state <> 'ACCEPTED' OR fact_id IS NOT NULL)
);
CREATE INDEX fact_correction_elder ON fact_correction (elder_id, asked_at);
-- An officer's approval that an elder takes part in an item of a programme. Months are their first days. Whether the elder is
-- entitled is no column: it follows from the facts of each month.
CREATE TABLE programme_enrolment (
  id uuid NOT NULL PRIMARY KEY,
  elder_id uuid NOT NULL REFERENCES elder (id),
  programme text NOT NULL,
  item text NOT NULL,
  from_month date NOT NULL,
  until_month date,
  source text NOT NULL,
  state text NOT NULL CHECK (state IN ('APPROVED','REVOKED')),
  decided_by uuid REFERENCES person (id),
  decided_at timestamptz NOT NULL,
  ended_by uuid REFERENCES person (id),
  ended_at timestamptz,
  CHECK (from_month <= until_month)
);
CREATE UNIQUE INDEX programme_enrolment_once ON programme_enrolment (elder_id, programme, item, from_month) WHERE state = 'APPROVED';
CREATE INDEX programme_enrolment_programme ON programme_enrolment (programme, elder_id);
