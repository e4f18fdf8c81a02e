-- Differences of a day beyond the thousand of a kind that become cases: counted, and named no second time.
CREATE TABLE bill_unlisted (
  day_on date NOT NULL,
  kind text NOT NULL,
  number text NOT NULL,
  PRIMARY KEY (day_on, kind, number)
);
CREATE INDEX bill_unlisted_number ON bill_unlisted (day_on, number);
