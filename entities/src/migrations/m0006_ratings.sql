-- Ratings stay: text can be hidden with a record, never removed (E-Commerce Law art. 39).
CREATE TABLE rating (
  id uuid NOT NULL PRIMARY KEY,
  order_id uuid NOT NULL UNIQUE REFERENCES meal_order (id),
  canteen_id uuid NOT NULL REFERENCES canteen (id),
  author_id uuid NOT NULL REFERENCES person (id),
  stars smallint NOT NULL CHECK (stars BETWEEN 1 AND 5),
  tags text NOT NULL,
  text text,
  text_state text NOT NULL CHECK (text_state IN ('NONE','PENDING','VISIBLE','HIDDEN')),
  hidden_reason text,
  answer text,
  answer_state text NOT NULL CHECK (answer_state IN ('NONE','PENDING','VISIBLE','HIDDEN')),
  answered_at timestamptz,
  created_at timestamptz NOT NULL,
  changed_at timestamptz,
  version integer NOT NULL
);
CREATE INDEX rating_canteen ON rating (canteen_id, id);
CREATE TABLE rating_version (
  rating_id uuid NOT NULL REFERENCES rating (id),
  version integer NOT NULL,
  stars smallint NOT NULL,
  tags text NOT NULL,
  text text,
  replaced_at timestamptz NOT NULL,
  PRIMARY KEY (rating_id, version)
);
