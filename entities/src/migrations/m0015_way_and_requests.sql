-- Where a carer on the way was last; gone as soon as the way is over.
CREATE TABLE carer_way (
  order_id uuid NOT NULL PRIMARY KEY REFERENCES service_order (id),
  carer_id uuid NOT NULL REFERENCES carer (id),
  latitude_e6 integer NOT NULL,
  longitude_e6 integer NOT NULL,
  told_at timestamptz NOT NULL
);
-- Elder or desk ask the family to pay an order of either kind.
CREATE TABLE payment_request (
  order_id uuid NOT NULL PRIMARY KEY,
  asked_by uuid NOT NULL REFERENCES person (id),
  asked_at timestamptz NOT NULL
);
