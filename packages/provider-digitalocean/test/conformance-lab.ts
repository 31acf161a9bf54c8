import type { Owner } from '@kontena/core'
import {
  type Climate,
  type CloudUnderTest,
  type Incident,
  quickFolder,
  type Subject,
  type TrueMachine,
  type TrueThing,
} from '@kontena/core/testing'
import { type DropletSnapshot, type Sandbox, startSandbox } from '@kontena/sandbox'
import { digitalocean } from '../src/index.ts'
import { keyName } from '../src/ssh-keys.ts'
import { vpcName } from '../src/vpcs.ts'
import { badInput, refusal } from './conformance-input.ts'
import { ed25519Key } from './public-keys.ts'

const region = 'fra1'
const bootTime = 20_000

/** The simulated DigitalOcean, as the conformance kit wants it. */
export const digitaloceanSubject: Subject = {
  provider: digitalocean,
  openCloud,
  badInput,
  words: {
    throttled: (_request, seconds) => ({
      ...refusal(429, 'too_many_requests'),
      ...(seconds !== undefined && { headers: { 'retry-after': String(seconds) } }),
    }),
    broken: () => refusal(500, 'server_error'),
    denied: () => refusal(403, 'forbidden'),
    unknownCredentials: () => refusal(401, 'unauthorized'),
  },
  times: { boot: bootTime, gone: bootTime },
  cannot: {
    lingering: 'DigitalOcean lists no droplet that is gone',
    'small-pages': 'every request says how long its pages are to be',
  },
}

async function openCloud(climate: readonly Climate[]): Promise<CloudUnderTest> {
  const late = climate.find((one) => one.kind === 'late-lists')
  const slow = climate.find((one) => one.kind === 'slow-operations')
  const sandbox = await startSandbox({
    bootTime: bootTime + (slow?.milliseconds ?? 0),
    agents: 'none',
    scratch: quickFolder,
    consistencyDelay: late?.milliseconds ?? 0,
  })
  const { DIGITALOCEAN_ACCESS_TOKEN: token = '' } = sandbox.environment()
  const api = openApi(sandbox.url, token)
  return {
    endpoint: sandbox.url,
    answer: sandbox.answer,
    environment: (endpoint) => ({
      DIGITALOCEAN_API_URL: endpoint,
      DIGITALOCEAN_ACCESS_TOKEN: token,
      DIGITALOCEAN_REGION: region,
      DIGITALOCEAN_TOKEN: undefined,
      DO_TOKEN: undefined,
      DIGITALOCEAN_CONTEXT: undefined,
      XDG_CONFIG_HOME: '/nowhere',
    }),
    secrets: [token],
    machines: () => sandbox.digitalocean.droplets().map(trueMachine),
    things: () => thingsOf(sandbox),
    rules: () =>
      sandbox.digitalocean
        .firewalls()
        .flatMap(({ inbound }) =>
          inbound.map(() => ({ protocol: 'tcp', ports: [1, 65_535], from: [] })),
        ),
    plantForeign: (owner, names) => plant(api, owner, names),
    arm: (incident) => arm(sandbox, api, incident),
    close: sandbox.close,
  }
}

/** What is in the account, asked and changed past the provider. */
type Api = (method: string, path: string, body?: unknown) => Promise<void>

function openApi(url: string, token: string): Api {
  return async (method, path, body) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const answer = await fetch(`${url}/v2${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`)
    await answer.text()
  }
}

function trueMachine(droplet: DropletSnapshot): TrueMachine {
  const states = { new: 'pending', active: 'running', off: 'stopped' } as const
  const value = (pattern: RegExp): string | undefined =>
    droplet.tags.flatMap((tag) => pattern.exec(tag)?.[1] ?? [])[0]
  const [master, grid] = [value(/^kontena:master:(.+)$/), value(/^kontena:grid:(.+)$/)]
  return {
    id: droplet.id,
    name: droplet.name,
    state: droplet.event === 'destroy' ? 'going' : states[droplet.state],
    zone: droplet.region,
    launchIndex: undefined,
    owner: master === undefined || grid === undefined ? undefined : { master, grid },
    order: value(/^kontena:order:[0-9a-f]{8}:(.+)$/),
    token: value(/^kontena:token:[0-9a-f]{8}:(.+)$/),
    userData: Buffer.from(droplet.userData),
  }
}

function thingsOf({ digitalocean: account }: Sandbox): readonly TrueThing[] {
  const ownerIn = (text: string): Owner | undefined => {
    const [, master, grid] = /^kontena:master:(\S+) kontena:grid:(\S+)/.exec(text) ?? []
    return master === undefined || grid === undefined ? undefined : { master, grid }
  }
  return [
    ...account.vpcs().map(({ id, name, description, range }) => ({
      kind: 'VPC',
      id,
      name,
      owner: ownerIn(description),
      details: `${description} ${range}`,
    })),
    ...account.keys().map(({ id, name, publicKey }) => ({
      kind: 'SSH key',
      id: String(id),
      name,
      owner: publicKey.startsWith(ed25519Key) ? undefined : ownerIn(name),
      details: publicKey,
    })),
    ...account.firewalls().map(({ id, name, tags }) => ({
      kind: 'firewall',
      id,
      name,
      owner: undefined,
      details: tags.join(),
    })),
  ]
}

/** Somebody else's, who has never heard of grids and has the same taste in names. */
async function plant(api: Api, owner: Owner, names: readonly string[]): Promise<void> {
  await api('POST', '/vpcs', { name: vpcName(owner, region), region, description: 'mine' })
  await api('POST', '/account/keys', { name: keyName({ owner, region }), public_key: ed25519Key })
  await api('POST', '/droplets', {
    names,
    region,
    size: 's-1vcpu-1gb',
    image: 'debian-12-x64',
    tags: [`kontena:grid:${owner.grid}`, 'kontena:master:theirs'],
  })
}

async function arm(sandbox: Sandbox, api: Api, incident: Incident): Promise<void> {
  const { faults, digitalocean: account } = sandbox
  switch (incident.kind) {
    case 'no-capacity': {
      const here = account.droplets().filter((droplet) => droplet.region === incident.zone)
      const after = here.length + incident.room
      faults.add({ kind: 'no-capacity', zone: incident.zone, after })
      return
    }
    case 'quota':
      faults.add({
        kind: 'error',
        action: 'droplets.create',
        status: 422,
        code: 'unprocessable_entity',
        message: 'creating this/these droplet(s) will exceed your droplet limit',
      })
      return
    case 'boot-failure':
      faults.add({ kind: 'boot-failure', times: incident.times })
      return
    case 'slow-termination':
      faults.add({ kind: 'slow-terminate', delay: incident.milliseconds })
      return
    case 'held':
      faults.add({
        kind: 'error',
        action: 'vpcs.delete',
        status: 409,
        code: 'conflict',
        message: 'Can not delete VPC with members',
        times: incident.times,
      })
      return
    case 'shared-vanished':
      for (const vpc of account.vpcs()) if (!vpc.isDefault) await api('DELETE', `/vpcs/${vpc.id}`)
      for (const { id } of account.keys()) await api('DELETE', `/account/keys/${id}`)
  }
}
