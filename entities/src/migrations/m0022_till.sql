-- Cash taken by the desk: at the till of which branch of the region tree. Null: through WeChat.
ALTER TABLE payment_attempt ADD COLUMN till_region text;
-- Goes back in cash at the same till.
ALTER TABLE refund ADD COLUMN till_region text;
