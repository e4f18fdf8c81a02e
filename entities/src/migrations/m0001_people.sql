-- Who uses the house: persons with roles, their sessions, the elders and the bonds between them.
-- Names, phones, card and id numbers, addresses and health notes are sealed (AES-256-GCM); *_index columns are keyed hashes for look-up.
CREATE TABLE person (
  id uuid NOT NULL PRIMARY KEY,
  openid_index text NOT NULL UNIQUE,
  openid_sealed text NOT NULL,
  name_sealed text,
  created_at timestamptz NOT NULL
);
CREATE TABLE person_role (
  person_id uuid NOT NULL REFERENCES person (id),
  role text NOT NULL CHECK (role IN ('FAMILY','ELDER','CARER','PROVIDER_MANAGER','DESK','ASSESSOR','OFFICER','ADMIN')),
  provider_id uuid,
  region_code text,
  granted_at timestamptz NOT NULL,
  PRIMARY KEY (person_id, role)
);
CREATE TABLE session_family (
  id uuid NOT NULL PRIMARY KEY,
  person_id uuid NOT NULL REFERENCES person (id),
  started_at timestamptz NOT NULL,
  ended_at timestamptz,
  end_reason text CHECK (end_reason IN ('LOGOUT','TOKEN_REUSED','ADMIN'))
);
CREATE INDEX session_family_person ON session_family (person_id);
CREATE TABLE refresh_token (
  token_hash text NOT NULL PRIMARY KEY,
  family_id uuid NOT NULL REFERENCES session_family (id),
  issued_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX refresh_token_family ON refresh_token (family_id);
CREATE TABLE elder (
  id uuid NOT NULL PRIMARY KEY,
  person_id uuid UNIQUE REFERENCES person (id),
  name_sealed text NOT NULL,
  name_index text NOT NULL,
  birth_on date NOT NULL,
  sex text NOT NULL CHECK (sex IN ('FEMALE','MALE')),
  phone_sealed text,
  phone_index text,
  id_number_sealed text,
  id_number_index text UNIQUE,
  card_index text UNIQUE,
  address_sealed text,
  latitude_e6 integer,
  longitude_e6 integer,
  dietary_sealed text,
  region_code text NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX elder_name ON elder (name_index);
CREATE INDEX elder_phone ON elder (phone_index);
CREATE INDEX elder_region ON elder (region_code);
CREATE TABLE family_bond (
  id uuid NOT NULL PRIMARY KEY,
  elder_id uuid NOT NULL REFERENCES elder (id),
  person_id uuid NOT NULL REFERENCES person (id),
  relation text NOT NULL CHECK (relation IN ('SPOUSE','CHILD','GRANDCHILD','OTHER_RELATIVE','GUARDIAN','COMMUNITY_WORKER')),
  state text NOT NULL CHECK (state IN ('REQUESTED','ACTIVE','REFUSED','REVOKED')),
  scopes smallint NOT NULL CHECK (scopes BETWEEN 0 AND 31),
  started_at timestamptz NOT NULL,
  ended_at timestamptz,
  version integer NOT NULL
);
CREATE UNIQUE INDEX family_bond_live ON family_bond (person_id, elder_id) WHERE state = 'ACTIVE';
CREATE INDEX family_bond_elder ON family_bond (elder_id);
CREATE TABLE bond_code (
  code_index text NOT NULL PRIMARY KEY,
  elder_id uuid NOT NULL REFERENCES elder (id),
  scopes smallint NOT NULL CHECK (scopes BETWEEN 0 AND 31),
  is_for_self boolean NOT NULL,
  made_by uuid NOT NULL REFERENCES person (id),
  made_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE TABLE data_access (
  id uuid NOT NULL PRIMARY KEY,
  elder_id uuid NOT NULL REFERENCES elder (id),
  person_id uuid NOT NULL,
  field text NOT NULL,
  purpose text NOT NULL,
  accessed_at timestamptz NOT NULL
);
CREATE INDEX data_access_elder ON data_access (elder_id, accessed_at);
