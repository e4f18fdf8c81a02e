-- Places that can be taken. The row is the truth: taken never passes capacity, whatever a hold says.
CREATE TABLE meal_slot (
  id uuid NOT NULL PRIMARY KEY,
  canteen_id uuid NOT NULL REFERENCES canteen (id),
  served_on date NOT NULL,
  period text NOT NULL CHECK (period IN ('BREAKFAST','LUNCH','DINNER')),
  ways smallint NOT NULL CHECK (ways BETWEEN 1 AND 7),
  capacity integer NOT NULL,
  taken integer NOT NULL,
  is_open boolean NOT NULL,
  cut_off_at timestamptz NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  CHECK (taken >= 0 AND taken <= capacity),
  UNIQUE (canteen_id, served_on, period, ways)
);
CREATE INDEX meal_slot_start ON meal_slot (canteen_id, starts_at, id);
