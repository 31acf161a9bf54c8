import type BetterSqlite from 'better-sqlite3'
import { z } from 'zod'
import type { Vault } from '../../../secrets/vault.ts'
import { gridTokenPurpose, nodeTokenPurpose } from '../sealed-secrets.ts'

/**
 * Grids and nodes in full, people and their tokens, configuration, events and statistics. The table of
 * nodes is made anew, because SQLite cannot drop the check that ended node numbers at 254.
 */
const tables = `
ALTER TABLE users ADD COLUMN external_id TEXT;
ALTER TABLE users ADD COLUMN invite_hash TEXT;
ALTER TABLE users ADD COLUMN invited_by TEXT;
ALTER TABLE users ADD COLUMN invite_expires_at INTEGER;
CREATE UNIQUE INDEX users_external_id ON users (external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX users_invite ON users (invite_hash) WHERE invite_hash IS NOT NULL;

ALTER TABLE access_tokens ADD COLUMN description TEXT;
ALTER TABLE access_tokens ADD COLUMN token_last_four TEXT;
ALTER TABLE access_tokens ADD COLUMN refresh_last_four TEXT;
CREATE INDEX access_tokens_user ON access_tokens (user_id);

CREATE TABLE logins (
  state_hash TEXT PRIMARY KEY,
  verifier TEXT NOT NULL,
  callback TEXT NOT NULL,
  redirect_uri TEXT NOT NULL,
  invitation_hash TEXT,
  lifetime INTEGER,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE configuration (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

ALTER TABLE grids ADD COLUMN statsd TEXT;
ALTER TABLE grids ADD COLUMN logs TEXT;
ALTER TABLE grids ADD COLUMN behind_event INTEGER NOT NULL DEFAULT 0;
ALTER TABLE grids ADD COLUMN behind_audit INTEGER NOT NULL DEFAULT 0;
UPDATE grids SET behind_audit = (SELECT coalesce(max(id), 0) FROM audit_log
  WHERE grid = grids.name AND time < grids.created_at);

CREATE TABLE new_nodes (
  key TEXT PRIMARY KEY,
  grid TEXT NOT NULL REFERENCES grids (name),
  name TEXT NOT NULL,
  number INTEGER NOT NULL CHECK (number >= 1),
  node_id TEXT UNIQUE,
  former_node_id TEXT,
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
  rejected_at INTEGER,
  reject_code INTEGER,
  reject_reason TEXT,
  agent_version TEXT,
  order_id TEXT,
  enrolment TEXT,
  machine TEXT,
  host_keys TEXT NOT NULL DEFAULT '[]',
  ssh_user TEXT,
  host TEXT,
  statistics TEXT,
  UNIQUE (grid, name),
  UNIQUE (grid, number)
) STRICT;
INSERT INTO new_nodes (key, grid, name, number, node_id, token_hash, readable_token, labels,
  availability, connection, connected, updated, created_at, updated_at, connected_at, last_seen_at,
  disconnected_at, close_code, close_reason, agent_version, order_id, enrolment, machine, host_keys,
  ssh_user, host, statistics)
SELECT key, grid, name, number, node_id, token_hash, readable_token, labels,
  availability, connection, connected, updated, created_at, updated_at, connected_at, last_seen_at,
  disconnected_at, close_code, close_reason, agent_version, order_id, enrolment, machine, host_keys,
  ssh_user, host, statistics FROM nodes;
DROP TABLE nodes;
ALTER TABLE new_nodes RENAME TO nodes;
CREATE INDEX nodes_order ON nodes (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX nodes_former_node_id ON nodes (former_node_id) WHERE former_node_id IS NOT NULL;
-- All that nodes need to know of each other, so that a look at a grid's peers reads no row.
CREATE INDEX nodes_peers
  ON nodes (grid, number, key, labels, host ->> 'PrivateIp', host ->> 'PublicIp');
CREATE INDEX nodes_connected ON nodes (last_seen_at) WHERE connected = 1;

CREATE TABLE node_statistics (
  node_key TEXT NOT NULL REFERENCES nodes (key) ON DELETE CASCADE,
  time INTEGER NOT NULL,
  cpu_used REAL NOT NULL,
  cores REAL NOT NULL,
  memory_used REAL NOT NULL,
  memory_total REAL NOT NULL,
  memory_free REAL NOT NULL,
  memory_active REAL NOT NULL,
  memory_inactive REAL NOT NULL,
  memory_cached REAL NOT NULL,
  memory_buffers REAL NOT NULL,
  filesystem_used REAL NOT NULL,
  filesystem_total REAL NOT NULL,
  internal_rx_bytes REAL NOT NULL,
  internal_rx_rate REAL NOT NULL,
  internal_tx_bytes REAL NOT NULL,
  internal_tx_rate REAL NOT NULL,
  external_rx_bytes REAL NOT NULL,
  external_rx_rate REAL NOT NULL,
  external_tx_bytes REAL NOT NULL,
  external_tx_rate REAL NOT NULL,
  internal_interfaces TEXT NOT NULL,
  external_interfaces TEXT NOT NULL,
  PRIMARY KEY (node_key, time)
) STRICT, WITHOUT ROWID;
CREATE INDEX node_statistics_time ON node_statistics (time);

CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  time INTEGER NOT NULL,
  grid TEXT,
  node TEXT,
  type TEXT NOT NULL,
  severity INTEGER NOT NULL,
  message TEXT NOT NULL,
  meta TEXT NOT NULL
) STRICT;
CREATE INDEX events_grid ON events (grid, id);

ALTER TABLE audit_log ADD COLUMN before TEXT;
ALTER TABLE audit_log ADD COLUMN after TEXT;
CREATE INDEX audit_log_grid ON audit_log (grid, id);
`

const gridToken = z.object({ name: z.string(), token: z.string() })
const nodeToken = z.object({ key: z.string(), readable_token: z.string() })

/** Also seals the tokens, which stood readable in the versions before. */
export function version3(database: BetterSqlite.Database, vault: Vault): void {
  database.exec(tables)
  const sealGrid = database.prepare('UPDATE grids SET token = ? WHERE name = ?')
  for (const row of database.prepare('SELECT name, token FROM grids').all()) {
    const { name, token } = gridToken.parse(row)
    sealGrid.run(vault.seal(token, gridTokenPurpose(name)), name)
  }
  const sealNode = database.prepare('UPDATE nodes SET readable_token = ? WHERE key = ?')
  const tokens = 'SELECT key, readable_token FROM nodes WHERE readable_token IS NOT NULL'
  for (const row of database.prepare(tokens).all()) {
    const { key, readable_token: token } = nodeToken.parse(row)
    sealNode.run(vault.seal(token, nodeTokenPurpose(key)), key)
  }
}
