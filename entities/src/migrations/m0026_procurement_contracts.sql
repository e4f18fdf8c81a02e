-- What a district buys of a provider for one region in one year. Orders paid by the programme stop at the cap.
CREATE TABLE procurement_contract (
  id uuid NOT NULL PRIMARY KEY,
  programme text NOT NULL,
  provider_id uuid NOT NULL REFERENCES provider (id),
  -- The street, or the whole district, whose elders it is for.
  region_code text NOT NULL,
  begins_on date NOT NULL,
  ends_on date NOT NULL,
  cap_fen bigint NOT NULL CHECK (cap_fen > 0),
  -- Reserved and redeemed by orders under it.
  used_fen bigint NOT NULL CHECK (used_fen >= 0 AND used_fen <= cap_fen),
  -- The office's number of the paper.
  reference text NOT NULL,
  agreed_at timestamptz NOT NULL,
  agreed_by uuid NOT NULL REFERENCES person (id),
  CHECK (begins_on <= ends_on),
  UNIQUE (provider_id, programme, begins_on, region_code)
);
CREATE INDEX procurement_contract_region ON procurement_contract (region_code);
ALTER TABLE voucher_use ADD COLUMN contract_id uuid REFERENCES procurement_contract (id);
CREATE INDEX voucher_use_contract ON voucher_use (contract_id) WHERE contract_id IS NOT NULL;
