-- What the house shares with, and keeps about, the mini-program platform.
-- The access token of one mini-program when there is no Redis: one row, one refresher, written over a version that was read.
CREATE TABLE access_token (
  appid text NOT NULL PRIMARY KEY,
  -- Counts the fetches; 0 while nothing was fetched.
  version bigint NOT NULL,
  token_sealed text,
  renew_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  leased_by text,
  leased_until timestamptz
);
