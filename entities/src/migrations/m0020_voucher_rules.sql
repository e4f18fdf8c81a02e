-- The voucher behind a price is frozen with it, as the subsidy's rule is: programme and month.
ALTER TABLE meal_order ADD COLUMN voucher_rule text;
ALTER TABLE service_order ADD COLUMN voucher_rule text;
ALTER TABLE settlement_line ADD COLUMN voucher_rule text;
