-- What the path from /start to an answering assistant needs. Times are ISO 8601 in UTC; *_sealed is AES-256-GCM.

CREATE TABLE settings (
  key   TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT;

CREATE TABLE customers (
  id                     TEXT PRIMARY KEY,
  email                  TEXT,
  telegram_user_id       INTEGER UNIQUE,
  chat_id                INTEGER,
  bot_id                 INTEGER NOT NULL UNIQUE,
  assistant_name         TEXT NOT NULL,
  telegram_bot_username  TEXT NOT NULL,
  status                 TEXT NOT NULL CHECK (status IN ('pending', 'provisioning', 'active', 'suspended', 'cancelled')),
  pay_token              TEXT NOT NULL UNIQUE,
  entitlement            TEXT NOT NULL DEFAULT 'none' CHECK (entitlement IN ('none', 'paid', 'ended')),
  paid_until             TEXT,
  stripe_customer_id     TEXT UNIQUE,
  stripe_subscription_id TEXT UNIQUE,
  subscription_status    TEXT,
  created_at             TEXT NOT NULL,
  updated_at             TEXT NOT NULL,
  paid_at                TEXT,
  -- When the assistant first answered under the present entitlement; the assistant loop's.
  served_at              TEXT
) STRICT;
CREATE INDEX idx_customers_status ON customers (status);

-- One payment attempt; a row that is not finished holds the customer's seat.
CREATE TABLE checkout_attempts (
  id           TEXT PRIMARY KEY,
  customer_id  TEXT NOT NULL REFERENCES customers (id) ON UPDATE CASCADE,
  state        TEXT NOT NULL CHECK (state IN ('offered', 'wanted', 'open', 'complete', 'released')),
  hold_until   TEXT NOT NULL,
  -- What was asked of Stripe, kept so that a repeated request is the same request.
  expires_at   TEXT,
  session_id   TEXT UNIQUE,
  url          TEXT,
  given_back   INTEGER NOT NULL DEFAULT 0,
  created_at   TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX idx_checkout_attempts_live ON checkout_attempts (customer_id)
  WHERE state IN ('offered', 'wanted', 'open');

CREATE TABLE stripe_events (
  id          TEXT PRIMARY KEY,
  type        TEXT NOT NULL,
  customer_id TEXT,
  received_at TEXT NOT NULL,
  done_at     TEXT
) STRICT;
CREATE INDEX idx_stripe_events_open ON stripe_events (customer_id) WHERE done_at IS NULL;

CREATE TABLE assistants (
  customer_id          TEXT PRIMARY KEY REFERENCES customers (id) ON UPDATE CASCADE,
  -- Desired state; whoever changes it adds one to generation.
  spec                 TEXT NOT NULL,
  bot_token_sealed     BLOB NOT NULL,
  generation           INTEGER NOT NULL DEFAULT 1,
  -- Observed state; the assistant loop's alone.
  observed_generation  INTEGER NOT NULL DEFAULT 0,
  cause                TEXT NOT NULL DEFAULT 'not_wanted',
  cause_since          TEXT NOT NULL,
  attempt              TEXT,
  gateway_token_sealed BLOB,
  model_key_sealed     BLOB
) STRICT;

CREATE TABLE port_allocations (
  port         INTEGER PRIMARY KEY,
  customer_id  TEXT NOT NULL UNIQUE REFERENCES customers (id) ON UPDATE CASCADE,
  allocated_at TEXT NOT NULL
) STRICT;

CREATE TABLE virtual_keys (
  key_hash    TEXT PRIMARY KEY,
  customer_id TEXT NOT NULL REFERENCES customers (id) ON UPDATE CASCADE,
  created_at  TEXT NOT NULL,
  revoked_at  TEXT
) STRICT;
CREATE UNIQUE INDEX idx_virtual_keys_live ON virtual_keys (customer_id) WHERE revoked_at IS NULL;

CREATE TABLE outbox (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  dedupe_key TEXT NOT NULL UNIQUE,
  chat_id    INTEGER NOT NULL,
  message    TEXT NOT NULL,
  created_at TEXT NOT NULL,
  sent_at    TEXT,
  message_id INTEGER,
  -- Why it will never be sent: blocked, refused.
  dropped    TEXT
) STRICT;
CREATE INDEX idx_outbox_waiting ON outbox (chat_id, id) WHERE sent_at IS NULL AND dropped IS NULL;

-- One live message for each order served; it is edited in place until `finished`.
CREATE TABLE progress_messages (
  id          TEXT PRIMARY KEY,
  customer_id TEXT NOT NULL REFERENCES customers (id) ON UPDATE CASCADE,
  chat_id     INTEGER NOT NULL,
  message_id  INTEGER,
  shown       TEXT,
  shown_at    TEXT,
  finished    INTEGER NOT NULL DEFAULT 0,
  created_at  TEXT NOT NULL
) STRICT;

CREATE TABLE drafts (
  user_id          INTEGER PRIMARY KEY,
  chat_id          INTEGER NOT NULL,
  step             TEXT NOT NULL CHECK (step IN ('name', 'instructions', 'token', 'review')),
  name             TEXT,
  -- JSON: [{ messageId, text }], the pieces in which the instructions came.
  instructions     TEXT NOT NULL DEFAULT '[]',
  bot_id           INTEGER,
  bot_username     TEXT,
  bot_token_sealed BLOB,
  created_at       TEXT NOT NULL,
  updated_at       TEXT NOT NULL
) STRICT;

CREATE TABLE inbox_updates (
  update_id   INTEGER PRIMARY KEY,
  lane        TEXT NOT NULL,
  -- Emptied when the update is done: what people write may hold a token.
  body_sealed BLOB NOT NULL,
  state       TEXT NOT NULL DEFAULT 'stored' CHECK (state IN ('stored', 'done', 'dead')),
  attempts    INTEGER NOT NULL DEFAULT 0,
  received_at TEXT NOT NULL,
  done_at     TEXT
) STRICT;
CREATE INDEX idx_inbox_updates_stored ON inbox_updates (lane, update_id) WHERE state = 'stored';

CREATE TABLE conversation_state (
  key        TEXT PRIMARY KEY,
  value      TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE audit_log (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  customer_id TEXT NOT NULL REFERENCES customers (id) ON UPDATE CASCADE,
  action      TEXT NOT NULL,
  actor       TEXT NOT NULL,
  cause       TEXT,
  details     TEXT,
  created_at  TEXT NOT NULL
) STRICT;
CREATE INDEX idx_audit_customer ON audit_log (customer_id);
CREATE INDEX idx_audit_created ON audit_log (created_at);
