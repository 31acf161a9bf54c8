import type { MachineState, Owner } from '@kontena/core'
import {
  type Climate,
  type CloudUnderTest,
  type HttpAnswer,
  type HttpRequest,
  type Incident,
  quickFolder,
  type Subject,
  type TrueThing,
} from '@kontena/core/testing'
import { type Sandbox, startSandbox } from '@kontena/sandbox'
import { openUpcloudClient, type UpcloudClient } from '@kontena/upcloud-api'
import { upcloud } from '../src/index.ts'
import { networkName } from '../src/networks.ts'
import { ubuntu } from './account-answers.ts'
import { badInput } from './conformance-input.ts'

const bootTime = 2_000
const zone = 'fi-hel1'

/** UpCloud of the sandbox, as the conformance kit wants it. */
export const upcloudSubject: Subject = {
  provider: upcloud,
  openCloud,
  badInput,
  readRequest,
  words: {
    throttled: (_request, retryAfter) => ({
      ...refuse(429, 'TOO_MANY_REQUESTS'),
      ...(retryAfter !== undefined && { headers: { 'retry-after': String(retryAfter) } }),
    }),
    broken: () => refuse(503, 'SERVICE_UNAVAILABLE'),
    denied: () => refuse(403, 'ACTION_FORBIDDEN'),
    unknownCredentials: () => refuse(401, 'AUTHENTICATION_FAILED'),
  },
  times: { boot: bootTime, gone: bootTime },
  except: {
    'preflight says so when a right is missing: at GET /price':
      'who may make machines need not see what they cost; the plan then has no price',
  },
  cannot: {
    'slow-operations': 'UpCloud tells how far it is by the states of its servers',
    'small-pages': 'UpCloud gives servers in one piece, and storages in pages that the caller sets',
    lingering: 'UpCloud lists a server no longer than until it is deleted',
  },
}

/** Requests that differ in ids only are the same. */
function readRequest({ method, path }: HttpRequest) {
  const [route = ''] = path.split('?')
  const name = route
    .replace(/^\/1\.3/, '')
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, ':id')
  return { name: `${method} ${name}`, changes: method !== 'GET' }
}

function refuse(status: number, code: string): HttpAnswer {
  const body = JSON.stringify({ error: { error_code: code, error_message: 'No.' } })
  return { status, headers: { 'content-type': 'application/json' }, body }
}

async function openCloud(climate: readonly Climate[]): Promise<CloudUnderTest> {
  const late = climate.find((one) => one.kind === 'late-lists')
  const sandbox = await startSandbox({
    agents: 'none',
    scratch: quickFolder,
    bootTime,
    ...(late && { consistencyDelay: late.milliseconds }),
  })
  const { UPCLOUD_TOKEN: token = '' } = sandbox.environment()
  const client = openUpcloudClient({ token, baseUrl: sandbox.url })
  return {
    endpoint: sandbox.url,
    answer: sandbox.answer,
    environment: (url) => ({
      UPCLOUD_DEBUG_API_BASE_URL: url,
      UPCLOUD_TOKEN: token,
      UPCLOUD_ZONE: zone,
      UPCLOUD_USERNAME: undefined,
      UPCLOUD_PASSWORD: undefined,
      XDG_CONFIG_HOME: '/nowhere',
      HOME: '/nowhere',
      PATH: '/nowhere',
    }),
    secrets: [token],
    machines: () =>
      sandbox.upcloud.servers().map((server) => ({
        id: server.uuid,
        name: server.hostname,
        state: states[server.state],
        zone: server.zone,
        launchIndex: undefined,
        owner: ownerOf(server.labels),
        order: server.labels['kontena-order'],
        token: server.labels['kontena-token'],
        userData: Buffer.from(server.userData),
      })),
    things: () => thingsOf(sandbox),
    // The ports are the host firewall's.
    rules: () => [],
    plantForeign: (owner, names) => plantForeign(client, owner, names),
    arm: (incident) => arm(incident, { sandbox, client }),
    close: sandbox.close,
  }
}

type StateName = ReturnType<Sandbox['upcloud']['servers']>[number]['state']

const states: Readonly<Record<StateName, MachineState>> = {
  maintenance: 'pending',
  started: 'running',
  stopped: 'stopped',
  error: 'failed',
  pending_delete: 'going',
}

function ownerOf(labels: Readonly<Record<string, string>>): Owner | undefined {
  const { 'kontena-master': master, 'kontena-grid': grid } = labels
  return master === undefined || grid === undefined ? undefined : { master, grid }
}

function thingsOf({ upcloud: cloud }: Sandbox): readonly TrueThing[] {
  return [
    ...cloud.networks().map(({ uuid, name, range, labels }) => ({
      ...{ kind: 'network', id: uuid, name, owner: ownerOf(labels) },
      details: `${range} ${JSON.stringify(labels)}`,
    })),
    ...cloud.storages().map(({ uuid, title, size }) => ({
      ...{ kind: 'storage', id: uuid, name: title, owner: undefined },
      details: String(size),
    })),
  ]
}

/** Somebody else's, of the same account, who has never heard of grids. */
async function plantForeign(
  client: UpcloudClient,
  owner: Owner,
  names: readonly string[],
): Promise<void> {
  const { uuid } = await client.networks.create({
    name: networkName(owner, zone),
    zone,
    ipNetworks: [{ address: '172.16.0.0/22', dhcp: true }],
  })
  for (const name of names) {
    await client.servers.create({
      ...{ zone, title: name, hostname: name, plan: '1xCPU-1GB', metadata: true },
      labels: { node: name },
      loginUser: { sshKeys: ['ssh-ed25519 AAAA theirs'] },
      storages: [{ action: 'clone', storage: ubuntu.uuid, title: name, sizeGib: 25 }],
      interfaces: [{ type: 'utility' }, { type: 'private', network: uuid }],
    })
  }
}

async function arm(
  incident: Incident,
  { sandbox, client }: { sandbox: Sandbox; client: UpcloudClient },
): Promise<void> {
  const { faults, upcloud: cloud } = sandbox
  switch (incident.kind) {
    case 'no-capacity': {
      const there = cloud.servers().filter((server) => server.zone === incident.zone)
      faults.add({ kind: 'no-capacity', zone: incident.zone, after: there.length + incident.room })
      return
    }
    case 'quota':
      armQuota(sandbox, incident.room)
      return
    case 'boot-failure':
      faults.add({ kind: 'boot-failure', times: incident.times })
      return
    case 'slow-termination':
      faults.add({ kind: 'slow-terminate', delay: incident.milliseconds })
      return
    case 'held': {
      const { times } = incident
      const refusal = { code: 'NETWORK_NOT_EMPTY', status: 409 }
      faults.add({ kind: 'error', action: 'network.delete', times, ...refusal })
      return
    }
    case 'shared-vanished':
      for (const { uuid } of cloud.networks()) await client.networks.delete(uuid)
  }
}

function armQuota({ faults }: Sandbox, room: number): void {
  const refusal = { code: 'SERVER_CORE_LIMIT_REACHED', status: 403 }
  const refuseAll = (): void => {
    faults.add({ kind: 'error', action: 'server.create', ...refusal })
  }
  if (room === 0) {
    refuseAll()
    return
  }
  let left = room
  faults.add({
    kind: 'after-commit',
    action: 'server.create',
    times: room,
    hook: () => {
      left -= 1
      if (left === 0) refuseAll()
    },
  })
}
