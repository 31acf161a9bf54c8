import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { z } from 'zod'
import { openSite, Refused, type Site, type StandingMachine } from './site.ts'

const owner = z.object({ master: z.string(), grid: z.string() })
const claim = z.object({
  rack: z.string(),
  names: z.array(z.string().regex(/^[a-z0-9-]+$/)).min(1),
  minimum: z.enum(['all', 'some']),
  owner,
  order: z.string(),
  token: z.string(),
  userData: z.base64(),
  tags: z.record(z.string(), z.string()).default({}),
})
const wish = z.object({ count: z.number().int().min(1), rack: z.string().optional() })
const wallBody = z.object({ owner, rules: z.array(z.unknown()) })
const idsBody = z.object({ ids: z.array(z.string()) })

export interface InventoryOptions {
  readonly port?: number
  /** What callers must bring. */
  readonly token: string
  /** Standing machines by site and rack. */
  readonly sites: Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** An inventory of standing machines on loopback, in memory. */
export interface RunningInventory {
  readonly url: string
  readonly sites: ReadonlyMap<string, Site>
  close(): Promise<void>
}

/** Serves the inventory's API, which the README describes. */
export async function startInventory(options: InventoryOptions): Promise<RunningInventory> {
  const sites = new Map(
    Object.entries(options.sites).map(([name, racks]) => [name, openSite(racks)] as const),
  )
  const server = createServer(async (request, response) => {
    const send = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    try {
      if (request.headers.authorization !== `Bearer ${options.token}`) {
        throw new Refused(401, 'unauthorized')
      }
      send(200, answer(await readCall(request), sites))
    } catch (error) {
      if (error instanceof Refused) send(error.status, { error: error.message })
      else if (error instanceof z.ZodError) send(422, { error: 'wrong' })
      else send(500, { error: 'broken' })
    }
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the inventory has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    sites,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

interface InventoryCall {
  readonly method: string
  readonly path: readonly string[]
  readonly query: URLSearchParams
  readonly body: unknown
}

async function readCall(request: IncomingMessage): Promise<InventoryCall> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  const text = Buffer.concat(chunks).toString()
  const url = new URL(request.url ?? '/', 'http://inventory')
  const path = url.pathname.split('/').filter((part) => part !== '')
  const body: unknown = text === '' ? undefined : JSON.parse(text)
  return { method: request.method ?? 'GET', path, query: url.searchParams, body }
}

function answer(call: InventoryCall, sites: ReadonlyMap<string, Site>): unknown {
  const [root, siteName, what, name = ''] = call.path
  if (root === 'sites' && siteName === undefined) return { sites: [...sites.keys()] }
  const site = sites.get(siteName ?? '')
  if (root !== 'sites' || site === undefined) throw new Refused(404, 'unknown')
  const ids = call.query.get('id')?.split(',')
  switch (`${call.method} ${what ?? ''}`) {
    case 'GET ':
      return {
        account: 'basement',
        racks: [...site.mood.racks].map(([rack, free]) => ({ name: rack, free })),
      }
    case 'POST checks':
      site.check(wish.parse(call.body))
      return {}
    case 'GET machines':
      return pageOf(listed(site, call.query), call.query.get('page'), site.mood.pageSize)
    case 'POST machines': {
      const { machines, refused } = site.claim(claim.parse(call.body))
      return { machines: machines.map(show), refused }
    }
    case 'DELETE machines':
      site.release(ids ?? [])
      return {}
    case 'POST restarts':
      site.restart(idsBody.parse(call.body).ids)
      return {}
    case 'GET walls':
      return {
        walls: [...site.walls.values()].filter((wall) => wall.name === call.query.get('name')),
      }
    case 'PUT walls':
      return site.raise(name, wallBody.parse(call.body))
    case 'DELETE walls':
      site.raze(name)
      return {}
    default:
      throw new Refused(404, 'unknown')
  }
}

function listed(site: Site, query: URLSearchParams): StandingMachine[] {
  const ids = query.get('id')?.split(',')
  const order = query.get('order')
  return [...site.machines.values()].filter((machine) => {
    if (machine.listedFrom > Date.now()) return false
    if (ids !== undefined) return ids.includes(machine.id)
    const { master, grid } = machine.owner
    if (master !== query.get('master') || grid !== query.get('grid')) return false
    return order === null || machine.order === order
  })
}

function pageOf(all: readonly StandingMachine[], page: string | null, size: number) {
  const start = Number(page ?? 0)
  const next = start + size < all.length ? String(start + size) : null
  return { machines: all.slice(start, start + size).map(show), next }
}

function show({ userData: _userData, listedFrom: _listedFrom, ...shown }: StandingMachine) {
  return shown
}
