-- Types are TEXT, BIGINT, BYTEA and BOOLEAN alone (migrate.rs turns them into SQLite's). Ids are UUIDs
-- as text, times microseconds since 1970 in UTC, hashes 32 bytes, `doc` the JSON of a type of crate
-- `issuance`; the columns beside it are derived from it, for searching and for uniqueness.

CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE agencies (
  id TEXT PRIMARY KEY,
  word TEXT NOT NULL UNIQUE,
  doc TEXT NOT NULL
);

CREATE TABLE people (
  id TEXT PRIMARY KEY,
  agency TEXT NOT NULL REFERENCES agencies (id),
  login TEXT NOT NULL UNIQUE,
  -- PHC string of Argon2; none yet: cannot log in.
  password TEXT,
  doc TEXT NOT NULL
);
CREATE INDEX people_agency ON people (agency);

CREATE TABLE positions (
  id TEXT PRIMARY KEY,
  agency TEXT NOT NULL REFERENCES agencies (id),
  person TEXT NOT NULL REFERENCES people (id),
  deputy_of TEXT,
  doc TEXT NOT NULL
);
CREATE INDEX positions_person ON positions (person);
CREATE INDEX positions_agency ON positions (agency);
CREATE INDEX positions_deputy_of ON positions (deputy_of);

CREATE TABLE procedures (
  id TEXT PRIMARY KEY,
  agency TEXT NOT NULL REFERENCES agencies (id),
  code TEXT NOT NULL,
  version BIGINT NOT NULL,
  doc TEXT NOT NULL
);
CREATE INDEX procedures_agency ON procedures (agency, code);

CREATE TABLE keys (
  id TEXT PRIMARY KEY,
  agency TEXT NOT NULL REFERENCES agencies (id),
  -- None: the agency's seal.
  person TEXT,
  doc TEXT NOT NULL
);
CREATE INDEX keys_agency ON keys (agency);
CREATE INDEX keys_person ON keys (person);

CREATE TABLE registers (
  id TEXT PRIMARY KEY,
  agency TEXT NOT NULL REFERENCES agencies (id),
  series TEXT NOT NULL,
  year BIGINT NOT NULL,
  doc TEXT NOT NULL,
  UNIQUE (agency, series, year)
);

CREATE TABLE results (
  id TEXT PRIMARY KEY,
  agency TEXT NOT NULL REFERENCES agencies (id),
  place TEXT NOT NULL,
  procedure TEXT NOT NULL,
  -- In whose inbox it is; none: the registry's or nobody's.
  position TEXT,
  client TEXT,
  state TEXT NOT NULL,
  version BIGINT NOT NULL,
  deadline BIGINT,
  updated BIGINT NOT NULL,
  doc TEXT NOT NULL
);
CREATE INDEX results_position ON results (position, state);
CREATE INDEX results_agency ON results (agency, state);
CREATE INDEX results_place ON results (place, state);
CREATE INDEX results_client ON results (client);

CREATE TABLE numbers (
  register TEXT NOT NULL REFERENCES registers (id),
  seq BIGINT NOT NULL,
  state TEXT NOT NULL,
  result TEXT,
  doc TEXT NOT NULL,
  PRIMARY KEY (register, seq)
);
CREATE INDEX numbers_result ON numbers (result);

-- SHA-256 of the check code: who reads the database cannot open the public page of a result.
CREATE TABLE codes (
  hash BYTEA PRIMARY KEY,
  result TEXT NOT NULL REFERENCES results (id)
);
CREATE INDEX codes_result ON codes (result);

CREATE TABLE activations (
  id TEXT PRIMARY KEY,
  person TEXT NOT NULL,
  position TEXT NOT NULL,
  key TEXT NOT NULL,
  began BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT
);
CREATE INDEX activations_person ON activations (person, began);
CREATE INDEX activations_state ON activations (state, expires);

CREATE TABLE activation_items (
  activation TEXT NOT NULL REFERENCES activations (id),
  ordinal BIGINT NOT NULL,
  result TEXT NOT NULL,
  file BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  item_hash BYTEA,
  orders TEXT NOT NULL,
  state TEXT NOT NULL,
  outcome TEXT,
  updated BIGINT NOT NULL,
  PRIMARY KEY (activation, ordinal)
);
CREATE INDEX activation_items_result ON activation_items (result);

CREATE TABLE idempotency (
  owner TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint BYTEA NOT NULL,
  answer TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (owner, key)
);
CREATE INDEX idempotency_at ON idempotency (at);

CREATE TABLE sessions (
  -- SHA-256 of the cookie.
  hash BYTEA PRIMARY KEY,
  person TEXT NOT NULL REFERENCES people (id),
  csrf TEXT NOT NULL,
  began BIGINT NOT NULL,
  last_use BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  address TEXT
);
CREATE INDEX sessions_person ON sessions (person);
CREATE INDEX sessions_expires ON sessions (expires);

CREATE TABLE clients (
  id TEXT PRIMARY KEY,
  agency TEXT NOT NULL REFERENCES agencies (id),
  -- SHA-256 of the token, and of the one before it while that is still taken.
  token BYTEA NOT NULL UNIQUE,
  old_token BYTEA UNIQUE,
  old_token_until BIGINT,
  webhook TEXT,
  -- Key of the HMAC over what the webhook is sent.
  webhook_key BYTEA,
  last_use BIGINT,
  doc TEXT NOT NULL
);
CREATE INDEX clients_agency ON clients (agency);

CREATE TABLE leases (
  name TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  fence BIGINT NOT NULL,
  until BIGINT NOT NULL
);

CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  -- One job a key, whatever its state.
  key TEXT UNIQUE,
  payload TEXT NOT NULL,
  state TEXT NOT NULL,
  run_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  holder TEXT,
  fence BIGINT NOT NULL,
  lease_until BIGINT,
  note TEXT,
  created BIGINT NOT NULL,
  ended BIGINT
);
CREATE INDEX jobs_waiting ON jobs (run_at, id) WHERE state = 'waiting';
CREATE INDEX jobs_running ON jobs (lease_until, id) WHERE state = 'running';
CREATE INDEX jobs_state ON jobs (state, kind);

CREATE TABLE events (
  id TEXT PRIMARY KEY,
  at BIGINT NOT NULL,
  kind TEXT NOT NULL,
  agency TEXT NOT NULL,
  client TEXT,
  object TEXT NOT NULL,
  data TEXT NOT NULL,
  -- Given by the sequencer: 1, 2, 3 …
  position BIGINT UNIQUE
);
CREATE INDEX events_unplaced ON events (at, id) WHERE position IS NULL;
CREATE INDEX events_client ON events (client, position);
CREATE INDEX events_agency ON events (agency, position);

CREATE TABLE deliveries (
  event TEXT NOT NULL REFERENCES events (id),
  client TEXT NOT NULL REFERENCES clients (id),
  position BIGINT NOT NULL,
  state TEXT NOT NULL,
  next_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  holder TEXT,
  fence BIGINT NOT NULL,
  lease_until BIGINT,
  PRIMARY KEY (event, client)
);
CREATE INDEX deliveries_due ON deliveries (next_at, position) WHERE state = 'waiting';
CREATE INDEX deliveries_client ON deliveries (client, position);

CREATE TABLE delivery_attempts (
  event TEXT NOT NULL,
  client TEXT NOT NULL,
  attempt BIGINT NOT NULL,
  at BIGINT NOT NULL,
  status BIGINT,
  error TEXT,
  milliseconds BIGINT NOT NULL,
  PRIMARY KEY (event, client, attempt)
);

CREATE TABLE audit (
  act_id TEXT NOT NULL,
  ordinal BIGINT NOT NULL,
  at BIGINT NOT NULL,
  act TEXT NOT NULL,
  outcome TEXT NOT NULL,
  refusal TEXT,
  person TEXT,
  position TEXT,
  via TEXT NOT NULL,
  via_id TEXT,
  address TEXT,
  object TEXT,
  before_hash BYTEA,
  after_hash BYTEA,
  activation TEXT,
  reason TEXT,
  -- Given by the sequencer: 0, 1, 2 …
  chain_index BIGINT UNIQUE,
  chain_hash BYTEA,
  PRIMARY KEY (act_id, ordinal)
);
CREATE INDEX audit_unlinked ON audit (at, act_id, ordinal) WHERE chain_index IS NULL;
CREATE INDEX audit_object ON audit (object);
CREATE INDEX audit_person ON audit (person, chain_index);

CREATE TABLE leaves (
  id TEXT PRIMARY KEY,
  at BIGINT NOT NULL,
  result TEXT REFERENCES results (id),
  kind TEXT NOT NULL,
  bytes BYTEA NOT NULL,
  hash BYTEA NOT NULL,
  -- Given by the sequencer: 0, 1, 2 …
  leaf_index BIGINT UNIQUE
);
CREATE INDEX leaves_unplaced ON leaves (at, id) WHERE leaf_index IS NULL;
CREATE INDEX leaves_result ON leaves (result);

CREATE TABLE checkpoints (
  -- 1, 2, 3 …: inserting the next one is the compare-and-set.
  generation BIGINT PRIMARY KEY,
  size BIGINT NOT NULL,
  root BYTEA NOT NULL,
  note BYTEA NOT NULL,
  at BIGINT NOT NULL,
  published BIGINT
);

CREATE TABLE evidence (
  -- SHA-256 of the evidence, an object.
  hash BYTEA NOT NULL,
  result TEXT NOT NULL REFERENCES results (id),
  -- "signature" or "intake"
  kind TEXT NOT NULL,
  -- SHA-256 of the file that was judged.
  file BYTEA NOT NULL,
  policy TEXT NOT NULL,
  conclusion TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (result, file, hash)
);

CREATE TABLE proposals (
  id TEXT PRIMARY KEY,
  result TEXT NOT NULL REFERENCES results (id),
  agency TEXT NOT NULL,
  state TEXT NOT NULL,
  doc TEXT NOT NULL
);
CREATE INDEX proposals_result ON proposals (result);
CREATE INDEX proposals_agency ON proposals (agency, state);
