-- Visits at home are rated like meals: a rating belongs to an order of either kind, and to a provider and its region.
CREATE TABLE rating_any (
  id uuid NOT NULL PRIMARY KEY,
  order_id uuid NOT NULL UNIQUE,
  provider_id uuid NOT NULL REFERENCES provider (id),
  region_code text NOT NULL,
  canteen_id uuid REFERENCES canteen (id),
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
INSERT INTO rating_any SELECT r.id, r.order_id, c.provider_id, c.region_code, r.canteen_id, r.author_id, r.stars, r.tags, r.text,
  r.text_state, r.hidden_reason, r.answer, r.answer_state, r.answered_at, r.created_at, r.changed_at, r.version
  FROM rating r JOIN canteen c ON c.id = r.canteen_id;
CREATE TABLE rating_version_any (
  rating_id uuid NOT NULL REFERENCES rating_any (id),
  version integer NOT NULL,
  stars smallint NOT NULL,
  tags text NOT NULL,
  text text,
  replaced_at timestamptz NOT NULL,
  PRIMARY KEY (rating_id, version)
);
INSERT INTO rating_version_any SELECT rating_id, version, stars, tags, text, replaced_at FROM rating_version;
DROP TABLE rating_version;
DROP TABLE rating;
ALTER TABLE rating_any RENAME TO rating;
ALTER TABLE rating_version_any RENAME TO rating_version;
CREATE INDEX rating_canteen ON rating (canteen_id, id);
CREATE INDEX rating_provider ON rating (provider_id, id);
