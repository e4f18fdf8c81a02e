-- A meal that was proven never to have been handed over: its money went back.
ALTER TABLE meal_order ADD COLUMN taken_back_at timestamptz;
ALTER TABLE meal_order ADD COLUMN taken_back_reason text;
-- The day of an elder's death: no more bookings, no more vouchers.
ALTER TABLE elder ADD COLUMN died_on date;
-- A contract that was noted by mistake counts no more.
ALTER TABLE procurement_contract ADD COLUMN cancelled_at timestamptz;
