-- Regions with official codes, providers, canteens with their weekly calendar, dishes, published prices and menus.
CREATE TABLE region (
  code text NOT NULL PRIMARY KEY,
  name text NOT NULL,
  name_en text NOT NULL,
  level text NOT NULL CHECK (level IN ('PROVINCE','CITY','DISTRICT','STREET','TOWNSHIP','COMMUNITY','VILLAGE','ESTATE')),
  parent_code text REFERENCES region (code)
);
CREATE INDEX region_parent ON region (parent_code);
CREATE TABLE provider (
  id uuid NOT NULL PRIMARY KEY,
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('CANTEEN','HOME_CARE_CENTRE','HOME_SERVICE')),
  region_code text NOT NULL REFERENCES region (code),
  is_demo boolean NOT NULL
);
CREATE TABLE canteen (
  id uuid NOT NULL PRIMARY KEY,
  provider_id uuid NOT NULL REFERENCES provider (id),
  name text NOT NULL,
  region_code text NOT NULL REFERENCES region (code),
  address text NOT NULL,
  phone text,
  latitude_e6 integer,
  longitude_e6 integer,
  delivery_fee_fen bigint NOT NULL CHECK (delivery_fee_fen >= 0),
  delivery_radius_m integer CHECK (delivery_radius_m > 0),
  is_demo boolean NOT NULL,
  stamp bigint NOT NULL,
  stars_1 integer NOT NULL,
  stars_2 integer NOT NULL,
  stars_3 integer NOT NULL,
  stars_4 integer NOT NULL,
  stars_5 integer NOT NULL
);
CREATE INDEX canteen_region ON canteen (region_code);
CREATE TABLE canteen_delivery_region (
  canteen_id uuid NOT NULL REFERENCES canteen (id),
  region_code text NOT NULL REFERENCES region (code),
  PRIMARY KEY (canteen_id, region_code)
);
CREATE TABLE canteen_period (
  canteen_id uuid NOT NULL REFERENCES canteen (id),
  period text NOT NULL CHECK (period IN ('BREAKFAST','LUNCH','DINNER')),
  serves_from time NOT NULL,
  serves_until time NOT NULL,
  cut_off_days_before smallint NOT NULL CHECK (cut_off_days_before BETWEEN 0 AND 7),
  cut_off_at time NOT NULL,
  PRIMARY KEY (canteen_id, period)
);
CREATE TABLE canteen_calendar (
  canteen_id uuid NOT NULL REFERENCES canteen (id),
  weekday smallint NOT NULL CHECK (weekday BETWEEN 1 AND 7),
  period text NOT NULL CHECK (period IN ('BREAKFAST','LUNCH','DINNER')),
  ways smallint NOT NULL CHECK (ways BETWEEN 1 AND 7),
  capacity integer NOT NULL CHECK (capacity >= 0),
  PRIMARY KEY (canteen_id, weekday, period, ways)
);
CREATE TABLE canteen_closed_day (
  canteen_id uuid NOT NULL REFERENCES canteen (id),
  closed_on date NOT NULL,
  reason text NOT NULL,
  PRIMARY KEY (canteen_id, closed_on)
);
CREATE TABLE dish (
  id uuid NOT NULL PRIMARY KEY,
  canteen_id uuid NOT NULL REFERENCES canteen (id),
  code text NOT NULL,
  name text NOT NULL,
  is_meal boolean NOT NULL,
  portion_g integer NOT NULL CHECK (portion_g > 0),
  small_portion_g integer CHECK (small_portion_g > 0),
  allergens text NOT NULL,
  UNIQUE (canteen_id, code)
);
CREATE TABLE dish_price (
  id uuid NOT NULL PRIMARY KEY,
  dish_id uuid NOT NULL REFERENCES dish (id),
  price_fen bigint NOT NULL CHECK (price_fen >= 0),
  small_price_fen bigint CHECK (small_price_fen >= 0),
  published_at timestamptz NOT NULL,
  UNIQUE (dish_id, published_at)
);
CREATE TABLE menu_dish (
  canteen_id uuid NOT NULL REFERENCES canteen (id),
  served_on date NOT NULL,
  period text NOT NULL CHECK (period IN ('BREAKFAST','LUNCH','DINNER')),
  dish_id uuid NOT NULL REFERENCES dish (id),
  position smallint NOT NULL,
  is_sold_out boolean NOT NULL,
  PRIMARY KEY (canteen_id, served_on, period, dish_id)
);
