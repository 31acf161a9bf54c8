import type { CloseReason } from '@kontena/protocol'

/** Files of tests, below the folder `test` of this package. */
export type Proof = string

/** Routes by their path; each method of one is proven in the same place. */
export const routeProofs: Readonly<Record<string, Proof>> = {
  '/': 'routes/meta.test.ts',
  '/v1/ping': 'routes/meta.test.ts',
  '/v1/ca.pem': 'routes/meta.test.ts',
  '/v1/agent/bundle/:hash': 'routes/meta.test.ts',
  '/v1/auth': 'compatibility/access.test.ts',
  '/oauth2/token': 'routes/oauth.test.ts',
  '/oauth2/authorize': 'routes/tokens.test.ts',
  '/oauth2/tokens': 'routes/tokens.test.ts',
  '/oauth2/tokens/:token': 'routes/tokens.test.ts',
  '/authenticate': 'routes/login.test.ts',
  '/cb': 'routes/login.test.ts',
  '/code': 'routes/login.test.ts',
  '/j/:code': 'routes/login.test.ts',
  '/v1/user': 'routes/access.test.ts',
  '/v1/users': 'routes/users.test.ts',
  '/v1/users/:email': 'routes/users.test.ts',
  '/v1/users/:email/roles': 'routes/users.test.ts',
  '/v1/users/:email/roles/:role': 'routes/users.test.ts',
  '/v1/config': 'routes/configuration.test.ts',
  '/v1/config/:key': 'routes/configuration.test.ts',
  '/v1/audit_logs': 'routes/audit-logs.test.ts',
  '/v1/events': 'routes/events.test.ts',
  '/v1/enrol': 'routes/enrol.test.ts',
  '/v1/grids': 'routes/grids.test.ts',
  '/v1/grids/:grid': 'routes/grids.test.ts',
  '/v1/grids/:grid/users': 'routes/grid-users.test.ts',
  '/v1/grids/:grid/users/:email': 'routes/grid-users.test.ts',
  '/v1/grids/:grid/audit_log': 'routes/audit-logs.test.ts',
  '/v1/grids/:grid/events': 'routes/events.test.ts',
  '/v1/grids/:grid/event_logs': 'routes/event-logs.test.ts',
  '/v1/grids/:grid/metrics': 'routes/metrics.test.ts',
  '/v1/grids/:grid/stats': 'routes/metrics.test.ts',
  '/v1/grids/:grid/stats/containers': 'routes/metrics.test.ts',
  '/v1/grids/:grid/stats/memory_usage': 'routes/metrics.test.ts',
  '/v1/grids/:grid/stats/cpu_usage': 'routes/metrics.test.ts',
  '/v1/grids/:grid/stats/filesystem_usage': 'routes/metrics.test.ts',
  '/v1/grids/:grid/nodes': 'routes/nodes.test.ts',
  '/v1/grids/:grid/enrolments': 'routes/enrolments.test.ts',
  '/v1/grids/:grid/enrolments/:order': 'routes/enrolments.test.ts',
  '/v1/nodes/:nodeId': 'routes/legacy-nodes.test.ts',
  '/v1/nodes/:grid/:node': 'routes/nodes.test.ts',
  '/v1/nodes/:grid/:node/token': 'routes/node-token.test.ts',
  '/v1/nodes/:grid/:node/replace': 'routes/node-replace.test.ts',
  '/v1/nodes/:grid/:node/health': 'routes/health.test.ts',
  '/v1/nodes/:grid/:node/stats': 'routes/metrics.test.ts',
  '/v1/nodes/:grid/:node/metrics': 'routes/metrics.test.ts',
}

interface MethodProof {
  /** What the master answers. */
  readonly answer: string
  readonly proof: Proof
}

const connection = 'gateway/connection.test.ts'
const former = 'gateway/former-agents.test.ts'
const kept = { answer: '`{}`, and nothing is kept', proof: 'gateway/rpc-methods.test.ts' }

/** What agents call. */
export const methodProofs: Readonly<Record<string, MethodProof>> = {
  '/nodes/update': { answer: '`true`; the node is online', proof: connection },
  '/nodes/stats': { answer: '`true`; the sample is kept for a day', proof: connection },
  '/nodes/get': { answer: "the agent's own node", proof: connection },
  '/node_service_pods/list': { answer: 'error 501', proof: connection },
  '/node_volumes/list': { answer: 'error 501', proof: connection },
  '/containers/save': kept,
  '/containers/event': kept,
  '/containers/cleanup': kept,
  '/containers/health': kept,
  '/containers/stat': kept,
  '/containers/log': kept,
  '/containers/log_batch': kept,
  '/container_exec/output': kept,
  '/container_exec/exit': kept,
  '/container_exec/error': kept,
  '/node_service_pods/set_state': kept,
  '/node_service_pods/event': kept,
  '/node_service_pods/mark_oneshot_hook': kept,
  '/node_volumes/set_state': kept,
}

/** What the master says to agents, and asks of them. */
export const saidProofs: Readonly<Record<string, { kind: string; proof: Proof }>> = {
  '/agent/master_info': {
    kind: 'told first, on each connection',
    proof: 'gateway/identity.test.ts',
  },
  '/agent/node_info': { kind: 'told after it, and when anything of it changes', proof: connection },
  '/etcd/health': { kind: 'asked when somebody asks for health', proof: 'routes/health.test.ts' },
}

/** Why a connection is closed, or refused. */
export const closeProofs: Readonly<Record<CloseReason, { when: string; proof: Proof }>> = {
  missingIdentity: { when: 'no node id or name', proof: 'gateway/identity.test.ts' },
  invalidGridToken: { when: 'unknown grid token', proof: 'gateway/identity.test.ts' },
  invalidNodeToken: { when: 'unknown node token', proof: 'gateway/identity.test.ts' },
  tokenOfOtherNode: {
    when: 'the token is tied to another engine',
    proof: 'gateway/identity.test.ts',
  },
  missingToken: { when: 'no token', proof: 'gateway/identity.test.ts' },
  nodeNeedsNodeToken: {
    when: 'the grid token, for a node with a token of its own',
    proof: 'gateway/identity.test.ts',
  },
  nodeIdTaken: { when: 'the engine is another node', proof: 'gateway/identity.test.ts' },
  incompatibleVersion: { when: 'another major or minor version', proof: former },
  clockSkew: { when: "the agent's clock is more than 1 s ahead, or 6 s behind", proof: former },
  pingTimeout: { when: 'no pong in 5 s', proof: connection },
  disconnected: { when: 'the token was reset, or nothing was heard', proof: connection },
  removed: { when: 'the node was removed, or has another machine now', proof: connection },
  replacedByNewConnection: { when: 'a newer connection of the node', proof: connection },
}
