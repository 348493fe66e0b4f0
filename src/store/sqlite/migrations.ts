// The forms that the database file has had, oldest first. One that was released is never changed: a new one is added.

export const migrations: readonly string[] = [
  `
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE sources (name TEXT PRIMARY KEY, identity TEXT, seq INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;

-- generation: raised each time the ledger forgets digests; from: since which second it forgot last.
CREATE TABLE feeds (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
  generation INTEGER NOT NULL DEFAULT 0, forgot_from INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE lease_waiters (
  name TEXT NOT NULL, holder TEXT NOT NULL, rank INTEGER NOT NULL, until INTEGER NOT NULL,
  PRIMARY KEY (name, holder)
) WITHOUT ROWID;

CREATE TABLE pages (
  ref TEXT PRIMARY KEY, owner TEXT NOT NULL, sha256 TEXT NOT NULL, touched INTEGER NOT NULL, bytes BLOB NOT NULL
);

-- manifest is null as soon as the receipt is there.
CREATE TABLE shipments (
  ref TEXT PRIMARY KEY, owner TEXT NOT NULL, feed INTEGER NOT NULL REFERENCES feeds (id), page TEXT NOT NULL,
  generation INTEGER NOT NULL, claim INTEGER NOT NULL DEFAULT 0, touched INTEGER NOT NULL,
  sha256 TEXT NOT NULL, manifest BLOB, receipt TEXT
);
CREATE TABLE batches (
  shipment TEXT NOT NULL REFERENCES shipments (ref) ON DELETE CASCADE, number INTEGER NOT NULL,
  records INTEGER NOT NULL, sha256 TEXT NOT NULL, body BLOB NOT NULL, progress TEXT,
  PRIMARY KEY (shipment, number)
);

CREATE TABLE texts (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);

-- state: 1 live, 2 withdrawn, 3 rejected. type, category, orgc, tags, event, event_uuid and shipment are in texts.
CREATE TABLE ledger (
  feed INTEGER NOT NULL, uuid BLOB NOT NULL,
  timestamp INTEGER NOT NULL, deleted INTEGER NOT NULL, digest BLOB, rejected_digest BLOB,
  seq INTEGER NOT NULL, state INTEGER NOT NULL, at INTEGER NOT NULL, shipment INTEGER NOT NULL,
  value TEXT NOT NULL, value_sha256 BLOB, type INTEGER NOT NULL, category INTEGER NOT NULL, to_ids INTEGER NOT NULL,
  orgc INTEGER NOT NULL, tags INTEGER NOT NULL, event INTEGER NOT NULL, event_uuid INTEGER NOT NULL,
  withdrawals INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (feed, uuid)
) WITHOUT ROWID;

CREATE TABLE checkpoints (
  id TEXT PRIMARY KEY, feed TEXT NOT NULL, life INTEGER NOT NULL, revision INTEGER NOT NULL,
  at INTEGER NOT NULL, state TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE dead_letters (
  id INTEGER PRIMARY KEY AUTOINCREMENT, feed INTEGER NOT NULL REFERENCES feeds (id), ident TEXT NOT NULL, digest TEXT NOT NULL,
  uuid TEXT, stage TEXT NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL, raw BLOB NOT NULL, seq INTEGER NOT NULL,
  first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, times INTEGER NOT NULL DEFAULT 1, replay INTEGER NOT NULL DEFAULT 0,
  UNIQUE (feed, ident, digest)
);
CREATE INDEX dead_letters_replay ON dead_letters (feed) WHERE replay = 1;
`,
  'CREATE INDEX shipments_unfinished ON shipments (feed, owner) WHERE receipt IS NULL',
  // counted_from: null where the row is older than this column; then its timestamp. expiry: the rule that expires_at follows, as JSON.
  `
ALTER TABLE feeds ADD COLUMN expiry TEXT;
ALTER TABLE ledger ADD COLUMN counted_from INTEGER;
ALTER TABLE ledger ADD COLUMN expires_at INTEGER;
CREATE INDEX ledger_expiry ON ledger (feed, expires_at) WHERE state = 1 AND expires_at IS NOT NULL;
`,
];
