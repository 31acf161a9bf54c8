/** Who asks: in this order stand the statuses of a row. `gridAdmin` and `member` are of the grid `prod`. */
export const roleColumns = [
  'masterAdmin',
  'gridAdmin',
  'member',
  'otherGridAdmin',
  'userAdmin',
  'outsider',
] as const

/** A status, or that the role is refused as 1.5 refuses some rights on grids: by a 422 that says so. */
export type Expected = number | 'not allowed'

export interface RoleRow {
  /** As the router knows it, and as it is asked in this test, so that no row changes what others see. */
  readonly route: string
  readonly url: string
  readonly body?: object
  /**
   * `open`: no token is looked at. `soft`: one is used where it came, and the route decides. `login`: a valid
   * token is required.
   */
  readonly access: 'open' | 'soft' | 'login'
  readonly statuses: readonly Expected[]
}

function row(
  access: RoleRow['access'],
  route: string,
  url: string,
  statuses: readonly Expected[],
  body?: object,
): RoleRow {
  return { access, route, url, statuses, ...(body === undefined ? {} : { body }) }
}

const all = (status: number) => roleColumns.map(() => status)

/** Everybody gets the same, whatever the token. */
const open = (route: string, url: string, status: number, body?: object) =>
  row('open', route, url, all(status), body)

const login = (route: string, url: string, statuses: readonly Expected[], body?: object) =>
  row('login', route, url, statuses, body)

// What each role gets. 404 and 422 of somebody who is let in mean that the thing asked for is not there, or
// not asked for well, which leaves all as it is for the next row.
const members = (status: number) => [status, status, status, 403, 403, 403]
const gridAdmins = (status: number) => [status, status, 403, 403, 403, 403]
const masterAdmins = (status: number) => [status, 403, 403, 403, 403, 403]
const userAdmins = (status: number) => [status, 403, 403, 403, status, 403]

const no = 'not allowed' as const

/** Every route of the master, and who may use it. A new route needs a row here. */
export const roleTable: readonly RoleRow[] = [
  open('GET /', '/', 200),
  open('GET /v1/ping', '/v1/ping', 200),
  open('GET /v1/ca.pem', '/v1/ca.pem', 404),
  open('GET /v1/agent/bundle/:hash', '/v1/agent/bundle/none', 404),
  open('POST /oauth2/token', '/oauth2/token', 400, {}),
  open('POST /v1/auth', '/v1/auth', 403, {}),
  open('GET /authenticate', '/authenticate', 501),
  open('GET /cb', '/cb', 400),
  open('GET /code', '/code', 200),
  open('GET /j/:code', '/j/none', 404),
  open('POST /v1/enrol', '/v1/enrol', 422, {}),
  open('GET /v1/nodes/:nodeId', '/v1/nodes/none', 404),
  open('PUT /v1/nodes/:nodeId', '/v1/nodes/none', 404, {}),

  row('soft', 'POST /oauth2/authorize', '/oauth2/authorize', all(400), { response_type: 'x' }),
  row('soft', 'POST /oauth2/authorize', '/oauth2/authorize', userAdmins(422), {
    response_type: 'invite',
  }),
  row('soft', 'POST /oauth2/authorize', '/oauth2/authorize', masterAdmins(404), {
    response_type: 'token',
    scope: 'user',
    user: 'nobody',
  }),

  login('GET /v1/user', '/v1/user', all(200)),
  login('GET /v1/users', '/v1/users', userAdmins(200)),
  login('DELETE /v1/users/:email', '/v1/users/nobody', userAdmins(404)),
  login('POST /v1/users/:email/roles', '/v1/users/nobody/roles', masterAdmins(404), {
    role: 'grid_admin',
  }),
  login(
    'DELETE /v1/users/:email/roles/:role',
    '/v1/users/nobody/roles/grid_admin',
    masterAdmins(404),
  ),
  login('GET /oauth2/tokens', '/oauth2/tokens', all(200)),
  login('GET /oauth2/tokens/:token', '/oauth2/tokens/current', all(200)),
  login('DELETE /oauth2/tokens/:token', '/oauth2/tokens/none', all(404)),
  login('GET /v1/config', '/v1/config', masterAdmins(200)),
  login('PATCH /v1/config', '/v1/config', masterAdmins(422), { 'no key': 'x' }),
  login('PUT /v1/config', '/v1/config', masterAdmins(422), { 'no key': 'x' }),
  login('DELETE /v1/config', '/v1/config', masterAdmins(201)),
  login('GET /v1/config/:key', '/v1/config/none', masterAdmins(404)),
  login('DELETE /v1/config/:key', '/v1/config/none', masterAdmins(201)),
  login('GET /v1/audit_logs', '/v1/audit_logs', masterAdmins(200)),

  login('GET /v1/grids', '/v1/grids', all(200)),
  login('POST /v1/grids', '/v1/grids', [422, no, no, no, no, no], { name: 'x' }),
  login('GET /v1/grids/:grid', '/v1/grids/prod', members(200)),
  login('PUT /v1/grids/:grid', '/v1/grids/prod', [200, 200, no, 403, 403, 403], {}),
  login('DELETE /v1/grids/:grid', '/v1/grids/prod', [422, no, no, 403, 403, 403]),
  login('GET /v1/grids/:grid/users', '/v1/grids/prod/users', members(200)),
  login('POST /v1/grids/:grid/users', '/v1/grids/prod/users', [404, 404, no, 403, 403, 403], {
    email: 'nobody',
  }),
  login('DELETE /v1/grids/:grid/users/:email', '/v1/grids/prod/users/nobody', [
    422,
    422,
    no,
    403,
    403,
    403,
  ]),
  login('GET /v1/grids/:grid/audit_log', '/v1/grids/prod/audit_log', members(200)),
  login('GET /v1/grids/:grid/events', '/v1/grids/prod/events', members(200)),
  login('GET /v1/events', '/v1/events', masterAdmins(200)),
  login('GET /v1/grids/:grid/event_logs', '/v1/grids/prod/event_logs', members(200)),
  login('GET /v1/grids/:grid/metrics', '/v1/grids/prod/metrics', members(200)),
  login('GET /v1/grids/:grid/stats', '/v1/grids/prod/stats', members(200)),
  ...['containers', 'memory_usage', 'cpu_usage', 'filesystem_usage'].map((kind) =>
    login(`GET /v1/grids/:grid/stats/${kind}`, `/v1/grids/prod/stats/${kind}`, members(200)),
  ),

  login('GET /v1/grids/:grid/nodes', '/v1/grids/prod/nodes', members(200)),
  login('POST /v1/grids/:grid/nodes', '/v1/grids/prod/nodes', gridAdmins(422), { name: '' }),
  login('GET /v1/nodes/:grid/:node', '/v1/nodes/prod/web-1', members(200)),
  login('PUT /v1/nodes/:grid/:node', '/v1/nodes/prod/web-1', gridAdmins(200), {}),
  login('DELETE /v1/nodes/:grid/:node', '/v1/nodes/prod/nobody', gridAdmins(404)),
  login('GET /v1/nodes/:grid/:node/token', '/v1/nodes/prod/web-1/token', gridAdmins(200)),
  login('PUT /v1/nodes/:grid/:node/token', '/v1/nodes/prod/nobody/token', gridAdmins(404), {}),
  login('DELETE /v1/nodes/:grid/:node/token', '/v1/nodes/prod/nobody/token', gridAdmins(404), {}),
  login('POST /v1/nodes/:grid/:node/replace', '/v1/nodes/prod/nobody/replace', gridAdmins(404), {}),
  login('GET /v1/nodes/:grid/:node/health', '/v1/nodes/prod/web-1/health', members(422)),
  login('GET /v1/nodes/:grid/:node/stats', '/v1/nodes/prod/web-1/stats', members(200)),
  login('GET /v1/nodes/:grid/:node/metrics', '/v1/nodes/prod/web-1/metrics', members(200)),
  login('POST /v1/grids/:grid/enrolments', '/v1/grids/prod/enrolments', gridAdmins(422), {}),
  login(
    'DELETE /v1/grids/:grid/enrolments/:order',
    '/v1/grids/prod/enrolments/none',
    gridAdmins(200),
  ),
]
