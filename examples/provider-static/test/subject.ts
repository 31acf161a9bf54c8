import type { Owner, Provider } from '@kontena/core'
import type {
  BadInput,
  Climate,
  CloudUnderTest,
  HttpAnswer,
  Incident,
  Subject,
} from '@kontena/core/testing'
import { z } from 'zod'
import { provider } from '../src/index.ts'
import { type RunningInventory, startInventory } from '../src/inventory/server.ts'
import type { Site } from '../src/inventory/site.ts'

const token = 'tok-6a1f0c9e4b'
const bootTime = 20_000
const wipeTime = 10_000

/** The inventory that ships with the example, as the conformance kit wants it. */
export function staticSubject(tested: Provider = provider): Subject {
  return {
    provider: tested,
    entry: import.meta.resolve('../src/index.ts'),
    openCloud,
    badInput,
    readRequest: ({ method, path }) => {
      const what = (path.split('?')[0] ?? '').split('/').slice(3, 4).join()
      return { name: `${method} ${what}`, changes: method !== 'GET' && what !== 'checks' }
    },
    words: {
      throttled: (_request, seconds) => ({
        ...refusal(429, 'throttled'),
        ...(seconds !== undefined && { headers: { 'retry-after': String(seconds) } }),
      }),
      broken: () => ({ status: 500, body: '{"error":"broken"}' }),
      denied: () => refusal(403, 'forbidden'),
      unknownCredentials: () => refusal(401, 'unauthorized'),
    },
    times: { boot: bootTime, gone: wipeTime },
    cannot: {
      'slow-operations': 'the inventory answers when it is done',
      lingering: 'the inventory forgets a machine once it is wiped',
    },
  }
}

function refusal(status: number, error: string): HttpAnswer {
  return { status, body: JSON.stringify({ error }) }
}

async function openCloud(climate: readonly Climate[]): Promise<CloudUnderTest> {
  const inventory = await startInventory({
    token,
    sites: { cellar: { 'rack-a': 20, 'rack-b': 20 } },
  })
  const site = siteOf(inventory)
  const { machines, walls, mood } = site
  for (const one of climate) {
    if (one.kind === 'late-lists') mood.listDelay = one.milliseconds
    if (one.kind === 'small-pages') mood.pageSize = one.size
  }
  return {
    endpoint: inventory.url,
    environment: (endpoint) => ({
      STATIC_URL: endpoint,
      STATIC_SITE: 'cellar',
      STATIC_TOKEN: token,
    }),
    secrets: [token],
    machines: () =>
      [...machines.values()].map((machine) => ({
        ...machine,
        zone: machine.rack,
        launchIndex: undefined,
        userData: Buffer.from(machine.userData, 'base64'),
      })),
    things: () =>
      [...walls.values()].map(({ name, owner, rules }) => ({
        ...{ kind: 'wall', id: name, name, owner: owner ?? undefined },
        details: JSON.stringify(rules),
      })),
    rules: ({ grid, master }) =>
      [...walls.values()]
        .filter(({ owner }) => owner?.grid === grid && owner.master === master)
        .flatMap((wall) => z.array(rule).parse(wall.rules)),
    plantForeign: (owner, names) => plant(site, owner, names),
    arm: (incident) => arm(incident, site),
    close: inventory.close,
  }
}

function siteOf({ sites }: RunningInventory): Site {
  const site = sites.get('cellar')
  if (site === undefined) throw new Error('the inventory has no cellar')
  return site
}

function arm(incident: Incident, { mood, walls }: Site): void {
  switch (incident.kind) {
    case 'no-capacity':
      mood.racks.set(incident.zone, incident.room)
      return
    case 'quota':
      mood.limit = incident.room
      return
    case 'boot-failure':
      mood.bootFailures = incident.times
      return
    case 'slow-termination':
      mood.wipeTime += incident.milliseconds
      return
    case 'held':
      mood.holds = incident.times
      return
    case 'shared-vanished':
      walls.clear()
  }
}

/** Somebody else's, who has never heard of grids. */
function plant({ machines, walls }: Site, owner: Owner, names: readonly string[]): void {
  const name = `kontena-${owner.grid}-${owner.master.slice(0, 8)}`
  walls.set(name, { name, owner: null, rules: [] })
  for (const host of names) {
    machines.set(`x-${host}`, {
      ...{ id: `x-${host}`, name: host, rack: 'rack-b', address: '10.7.1.1' },
      ...{ owner: { master: 'theirs', grid: owner.grid }, order: 'theirs', token: 'theirs' },
      ...{ userData: '', listedFrom: 0, state: 'running', reason: null },
    })
  }
}

const rule = z
  .object({
    protocol: z.enum(['tcp', 'udp', 'esp']),
    ports: z.tuple([z.number(), z.number()]).nullable(),
    from: z.union([z.literal('grid'), z.array(z.string())]),
  })
  .transform(({ ports, ...rest }) => ({ ...rest, ports: ports ?? undefined }))

const badInput: readonly BadInput[] = [
  {
    what: 'no URL',
    environment: { STATIC_URL: undefined },
    code: 'BAD_OPTIONS',
    message: /url/,
    at: 'account',
  },
  { what: 'a URL that is none', access: { url: 'cellar' }, code: 'BAD_OPTIONS', message: /url/ },
  {
    what: 'plain HTTP to another computer',
    access: { url: 'http://inventory.example' },
    code: 'BAD_OPTIONS',
    message: /inventory\.example/,
  },
  {
    what: 'no site',
    environment: { STATIC_SITE: undefined },
    code: 'BAD_OPTIONS',
    message: /site/,
  },
  { what: 'an unknown site', access: { site: 'attic' }, code: 'NOT_FOUND', message: /attic/ },
  { what: 'no token', environment: { STATIC_TOKEN: undefined }, code: 'NO_CREDENTIALS' },
  { what: 'an unknown token', access: { token: 'guess' }, code: 'BAD_CREDENTIALS' },
  { what: 'an unknown rack', machine: { rack: 'rack-z' }, code: 'NOT_FOUND', message: /rack-z/ },
  { what: 'more machines than are free', order: { count: 41 }, code: 'NO_CAPACITY', message: /41/ },
  {
    what: 'more machines than are allowed',
    order: { count: 5 },
    incident: { kind: 'quota', room: 4 },
    code: 'QUOTA_EXCEEDED',
    message: /5/,
  },
  {
    what: 'a token without the right',
    answer: () => refusal(403, 'forbidden'),
    code: 'ACCESS_DENIED',
  },
]
