-- A refund that cannot go on by itself: the platform's reason, and since when. Asked for under another number, it is replaced.
ALTER TABLE refund ADD COLUMN stuck_code text;
ALTER TABLE refund ADD COLUMN stuck_at timestamptz;
ALTER TABLE refund ADD COLUMN replaced_by uuid;
-- When the bytes were last sent; null before the first time.
ALTER TABLE refund ADD COLUMN sent_at timestamptz;
-- The last day of the refund clock on which somebody was called.
ALTER TABLE refund ADD COLUMN alarm_day smallint NOT NULL DEFAULT 0;
UPDATE refund SET stuck_code = state, stuck_at = coalesce(ended_at, requested_at) WHERE state IN ('CLOSED', 'ABNORMAL');
CREATE INDEX refund_stuck ON refund (id) WHERE stuck_at IS NOT NULL;
-- The clock of refunds that the platform has closed had stopped.
INSERT INTO due_work (id, kind, subject_id, due_at, state, tries)
  SELECT id, 'refund', id, requested_at, 'WAITING', 0 FROM refund WHERE state = 'CLOSED' ON CONFLICT DO NOTHING;
