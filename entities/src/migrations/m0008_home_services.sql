-- Home services: a provider's way to being active with its licences, carers with certificates and calendar, and what is
-- offered at which price. Providers from before are active already; every new column has a value for their rows.
ALTER TABLE provider ADD COLUMN state text NOT NULL DEFAULT 'ACTIVE' CHECK (state IN ('APPLIED','DOCS_CHECK','SITE_CHECK','ACTIVE','SUSPENDED','EXITED'));
ALTER TABLE provider ADD COLUMN version integer NOT NULL DEFAULT 0;
ALTER TABLE provider ADD COLUMN phone text;
ALTER TABLE provider ADD COLUMN address text;
ALTER TABLE provider ADD COLUMN applied_by uuid REFERENCES person (id);
ALTER TABLE provider ADD COLUMN applied_at timestamptz;
ALTER TABLE provider ADD COLUMN decision_reason text;
CREATE INDEX provider_region ON provider (region_code);
CREATE TABLE provider_licence (
  id uuid NOT NULL PRIMARY KEY,
  provider_id uuid NOT NULL REFERENCES provider (id),
  kind text NOT NULL CHECK (kind IN ('BUSINESS','FOOD','PREMISES','INSURANCE','OTHER')),
  number text NOT NULL,
  valid_from date NOT NULL,
  valid_until date NOT NULL,
  added_at timestamptz NOT NULL,
  checked_at timestamptz,
  checked_by uuid REFERENCES person (id),
  CHECK (valid_from <= valid_until)
);
CREATE INDEX provider_licence_provider ON provider_licence (provider_id);
CREATE TABLE carer (
  id uuid NOT NULL PRIMARY KEY,
  provider_id uuid NOT NULL REFERENCES provider (id),
  person_id uuid UNIQUE REFERENCES person (id),
  name_sealed text NOT NULL,
  phone_sealed text NOT NULL,
  sex text NOT NULL CHECK (sex IN ('FEMALE','MALE')),
  languages text NOT NULL,
  photo_ref text,
  base_latitude_e6 integer,
  base_longitude_e6 integer,
  travel_buffer_min smallint NOT NULL CHECK (travel_buffer_min BETWEEN 0 AND 240),
  is_active boolean NOT NULL,
  created_at timestamptz NOT NULL,
  version integer NOT NULL,
  stars_1 integer NOT NULL DEFAULT 0,
  stars_2 integer NOT NULL DEFAULT 0,
  stars_3 integer NOT NULL DEFAULT 0,
  stars_4 integer NOT NULL DEFAULT 0,
  stars_5 integer NOT NULL DEFAULT 0
);
CREATE INDEX carer_provider ON carer (provider_id);
CREATE TABLE carer_code (
  code_index text NOT NULL PRIMARY KEY,
  carer_id uuid NOT NULL REFERENCES carer (id),
  made_by uuid NOT NULL REFERENCES person (id),
  made_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE TABLE carer_area (
  carer_id uuid NOT NULL REFERENCES carer (id),
  region_code text NOT NULL REFERENCES region (code),
  PRIMARY KEY (carer_id, region_code)
);
CREATE TABLE carer_skill (
  carer_id uuid NOT NULL REFERENCES carer (id),
  service_code text NOT NULL,
  PRIMARY KEY (carer_id, service_code)
);
CREATE TABLE carer_certificate (
  id uuid NOT NULL PRIMARY KEY,
  carer_id uuid NOT NULL REFERENCES carer (id),
  kind text NOT NULL CHECK (kind IN ('HEALTH_CARD','CARE_WORKER','BATHING','OTHER')),
  number text NOT NULL,
  valid_from date NOT NULL,
  valid_until date NOT NULL,
  added_at timestamptz NOT NULL,
  CHECK (valid_from <= valid_until)
);
CREATE INDEX carer_certificate_carer ON carer_certificate (carer_id);
CREATE INDEX carer_certificate_until ON carer_certificate (valid_until);
CREATE TABLE carer_week (
  carer_id uuid NOT NULL REFERENCES carer (id),
  weekday smallint NOT NULL CHECK (weekday BETWEEN 1 AND 7),
  from_minute smallint NOT NULL CHECK (from_minute BETWEEN 0 AND 1439),
  until_minute smallint NOT NULL CHECK (until_minute <= 1440),
  PRIMARY KEY (carer_id, weekday, from_minute),
  CHECK (from_minute < until_minute)
);
CREATE TABLE carer_leave (
  id uuid NOT NULL PRIMARY KEY,
  carer_id uuid NOT NULL REFERENCES carer (id),
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  reason text NOT NULL,
  CHECK (starts_at < ends_at)
);
CREATE INDEX carer_leave_carer ON carer_leave (carer_id, ends_at);
CREATE TABLE offering (
  id uuid NOT NULL PRIMARY KEY,
  provider_id uuid NOT NULL REFERENCES provider (id),
  service_code text NOT NULL,
  content text NOT NULL,
  unit text NOT NULL CHECK (unit IN ('VISIT','HOUR','UNIT')),
  duration_min integer NOT NULL CHECK (duration_min > 0),
  carers_needed smallint NOT NULL CHECK (carers_needed BETWEEN 1 AND 3),
  certificate_kind text CHECK (certificate_kind IN ('HEALTH_CARD','CARE_WORKER','BATHING','OTHER')),
  certified_needed smallint NOT NULL CHECK (certified_needed BETWEEN 0 AND carers_needed),
  is_active boolean NOT NULL,
  created_at timestamptz NOT NULL,
  version integer NOT NULL
);
CREATE INDEX offering_provider ON offering (provider_id);
CREATE INDEX offering_service ON offering (service_code, id) WHERE is_active;
CREATE TABLE offering_area (
  offering_id uuid NOT NULL REFERENCES offering (id),
  region_code text NOT NULL REFERENCES region (code),
  PRIMARY KEY (offering_id, region_code)
);
CREATE INDEX offering_area_region ON offering_area (region_code);
CREATE TABLE offering_price (
  offering_id uuid NOT NULL REFERENCES offering (id),
  price_fen bigint NOT NULL CHECK (price_fen >= 0),
  published_at timestamptz NOT NULL,
  PRIMARY KEY (offering_id, published_at)
);
CREATE TABLE offering_item (
  bundle_id uuid NOT NULL REFERENCES offering (id),
  position smallint NOT NULL,
  offering_id uuid NOT NULL REFERENCES offering (id),
  quantity smallint NOT NULL CHECK (quantity BETWEEN 1 AND 31),
  PRIMARY KEY (bundle_id, position)
);
CREATE INDEX offering_item_offering ON offering_item (offering_id);
