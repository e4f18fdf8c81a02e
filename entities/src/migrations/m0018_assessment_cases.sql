-- The way of an assessment to its result: two assessors a round, 26 items, a third who reviews, telling, objecting.
-- Who gave the information, the items and the adjustments are sealed.
ALTER TABLE assessment ADD COLUMN round smallint;
ALTER TABLE assessment ADD COLUMN scheduled_at timestamptz;
ALTER TABLE assessment ADD COLUMN scored_at timestamptz;
ALTER TABLE assessment ADD COLUMN answers_sealed text;
ALTER TABLE assessment ADD COLUMN reviewed_by uuid;
ALTER TABLE assessment ADD COLUMN told_sealed text;
ALTER TABLE assessment ADD COLUMN published_at timestamptz;
ALTER TABLE assessment ADD COLUMN in_force_on date;
CREATE TABLE assessment_assessor (
  assessment_id uuid NOT NULL REFERENCES assessment (id),
  person_id uuid NOT NULL REFERENCES person (id),
  round smallint NOT NULL,
  named_at timestamptz NOT NULL,
  PRIMARY KEY (assessment_id, person_id)
);
CREATE UNIQUE INDEX assessment_open ON assessment (elder_id) WHERE state IN ('REQUESTED','SCHEDULED','IN_PROGRESS','SCORED','REVIEWED');
