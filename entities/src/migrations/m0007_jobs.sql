-- Work that is due at an instant: hold time-outs, cut-offs, payment checks, refunds, text checks.
CREATE TABLE due_work (
  id uuid NOT NULL PRIMARY KEY,
  kind text NOT NULL,
  subject_id uuid NOT NULL,
  due_at timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('WAITING','DEAD')),
  tries smallint NOT NULL,
  leased_until timestamptz,
  last_fault text,
  UNIQUE (kind, subject_id)
);
CREATE INDEX due_work_due ON due_work (due_at) WHERE state = 'WAITING';
