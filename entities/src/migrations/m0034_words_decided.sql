-- Words that the platform's check hid or left for a person: who has decided about them, and when.
ALTER TABLE text_check ADD COLUMN decided_by uuid REFERENCES person (id);
ALTER TABLE text_check ADD COLUMN decided_at timestamptz;
CREATE INDEX text_check_held ON text_check (id) WHERE reason IS NOT NULL AND decided_by IS NULL;
