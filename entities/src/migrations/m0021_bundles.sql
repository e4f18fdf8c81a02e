-- Visits of a bundle are booked together and live by themselves: which bundle, and which booking.
ALTER TABLE service_order ADD COLUMN bundle_id uuid REFERENCES offering (id);
ALTER TABLE service_order ADD COLUMN booking_id uuid;
CREATE INDEX service_order_booking ON service_order (booking_id) WHERE booking_id IS NOT NULL;
