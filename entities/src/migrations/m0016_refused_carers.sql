-- An elder does not want a carer any more: he is not chosen for him again.
CREATE TABLE refused_carer (
  elder_id uuid NOT NULL REFERENCES elder (id),
  carer_id uuid NOT NULL REFERENCES carer (id),
  refused_by uuid NOT NULL REFERENCES person (id),
  refused_at timestamptz NOT NULL,
  PRIMARY KEY (elder_id, carer_id)
);
