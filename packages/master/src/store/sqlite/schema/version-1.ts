/**
 * Times are milliseconds since 1970, lists and objects JSON, booleans 0 or 1. Of every secret the
 * SHA-256 is stored.
 */
export const version1 = `
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE users (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  name TEXT,
  roles TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE access_tokens (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  code_hash TEXT UNIQUE,
  token_hash TEXT UNIQUE,
  refresh_hash TEXT UNIQUE,
  lifetime INTEGER,
  expires_at INTEGER,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE grids (
  name TEXT PRIMARY KEY,
  token TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  initial_size INTEGER NOT NULL,
  subnet TEXT NOT NULL,
  supernet TEXT NOT NULL,
  default_affinity TEXT NOT NULL,
  trusted_subnets TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE grid_members (
  grid TEXT NOT NULL REFERENCES grids (name) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  PRIMARY KEY (grid, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX grid_members_user ON grid_members (user_id);
CREATE TABLE enrolments (
  order_id TEXT PRIMARY KEY,
  grid TEXT NOT NULL REFERENCES grids (name) ON DELETE CASCADE,
  secret_hash TEXT NOT NULL UNIQUE,
  expires_at INTEGER NOT NULL,
  ended_at INTEGER,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX enrolments_grid ON enrolments (grid);
CREATE TABLE nodes (
  key TEXT PRIMARY KEY,
  grid TEXT NOT NULL REFERENCES grids (name),
  name TEXT NOT NULL,
  number INTEGER NOT NULL CHECK (number BETWEEN 1 AND 254),
  node_id TEXT UNIQUE,
  token_hash TEXT UNIQUE,
  readable_token TEXT,
  labels TEXT NOT NULL,
  availability TEXT NOT NULL DEFAULT 'active',
  connection INTEGER NOT NULL DEFAULT 0,
  connected INTEGER NOT NULL DEFAULT 0,
  updated INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  connected_at INTEGER,
  last_seen_at INTEGER,
  disconnected_at INTEGER,
  close_code INTEGER,
  close_reason TEXT,
  agent_version TEXT,
  order_id TEXT,
  enrolment TEXT,
  machine TEXT,
  host_keys TEXT NOT NULL DEFAULT '[]',
  host TEXT,
  statistics TEXT,
  UNIQUE (grid, name),
  UNIQUE (grid, number)
) STRICT;
CREATE INDEX nodes_order ON nodes (order_id) WHERE order_id IS NOT NULL;
CREATE TABLE audit_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  time INTEGER NOT NULL,
  event TEXT NOT NULL,
  grid TEXT,
  resource_type TEXT NOT NULL,
  resource_name TEXT NOT NULL,
  actor TEXT NOT NULL
) STRICT;
`
