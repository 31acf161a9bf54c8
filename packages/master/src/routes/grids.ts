import { gridCreate } from '@kontena/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { actorOf, gridFor, isMasterAdmin, signedIn } from '../access.ts'
import { randomGridName } from '../grid-name.ts'
import { parseIpv4Range } from '../ipv4-range.ts'
import { invalid, notFound } from '../refusal.ts'
import { gridReply } from '../replies/grid-reply.ts'
import { hashSecret, randomToken } from '../secrets.ts'
import type { NewGrid } from '../store/grid-store.ts'
import type { GridRecord } from '../store/records.ts'
import type { Store } from '../store/store.ts'
import { parseBody } from '../validation.ts'
import type { RouteContext } from './route-context.ts'

const params = z.object({ grid: z.string() })

/** Tries at a random name before giving up; with 1600 names this fails only when nearly all are taken. */
const nameTries = 100

export function gridRoutes({ store, clock }: RouteContext) {
  return async (app: FastifyInstance): Promise<void> => {
    app.get('/v1/grids', async (request) => {
      const user = signedIn(request)
      const grids = await store.grids(isMasterAdmin(user) ? undefined : user.id)
      return { grids: grids.map(gridReply) }
    })

    app.post('/v1/grids', async (request, reply) => {
      requireMasterAdmin(request)
      const wanted = parseBody(gridCreate, request)
      const made = await createGrid(wanted, (grid) =>
        store.createGrid(grid, actorOf(request), clock()),
      )
      return reply.code(201).send(gridReply(made))
    })

    app.get('/v1/grids/:grid', async (request) => {
      const { grid } = params.parse(request.params)
      return gridReply(await gridFor(store, request, { grid, to: 'read' }))
    })

    app.delete('/v1/grids/:grid', async (request) => {
      const { grid } = params.parse(request.params)
      await gridFor(store, request, { grid, to: 'read' })
      requireMasterAdmin(request)
      const outcome = await store.removeGrid(grid, actorOf(request), clock())
      if (outcome === 'missing') throw notFound()
      if (outcome === 'has-nodes') throw invalid({ grid: 'Grid has nodes' })
      return {}
    })
  }
}

type CreateGrid = (grid: NewGrid) => ReturnType<Store['createGrid']>

/** Under the name that was asked for, or under a random one that is free. */
async function createGrid(
  wanted: z.output<typeof gridCreate>,
  create: CreateGrid,
): Promise<GridRecord> {
  const settings = settingsOf(wanted)
  const names =
    wanted.name === undefined ? Array.from({ length: nameTries }, randomGridName) : [wanted.name]
  for (const name of names) {
    const made = await create({ ...settings, name })
    if (made === 'token-taken') throw invalid({ token: 'Token is already used by another grid' })
    if (made !== 'name-taken') return made
  }
  throw invalid({ grid: `Grid with name ${names.at(-1)} already exists` })
}

/** 1.5 answers a missing right on grids with a validation error. */
function requireMasterAdmin(request: FastifyRequest): void {
  if (!isMasterAdmin(signedIn(request))) throw invalid({ user: 'Operation not allowed' })
}

function settingsOf(wanted: z.output<typeof gridCreate>): Omit<NewGrid, 'name'> {
  const token = wanted.token ?? randomToken()
  const settings = {
    token,
    tokenHash: hashSecret(token),
    initialSize: wanted.initial_size,
    subnet: wanted.subnet ?? '10.81.0.0/16',
    supernet: wanted.supernet ?? '10.80.0.0/12',
    defaultAffinity: wanted.default_affinity ?? [],
    trustedSubnets: wanted.trusted_subnets ?? [],
  }
  checkRanges(settings)
  return settings
}

function checkRanges(grid: Pick<GridRecord, 'subnet' | 'supernet' | 'trustedSubnets'>): void {
  const subnet = parseIpv4Range(grid.subnet)
  // Nodes take the addresses 1 to 254 of the subnet's first /24.
  if (subnet === undefined || subnet.prefix > 24) {
    throw invalid({ subnet: `Subnet ${grid.subnet} isn't an IPv4 range of /24 or wider` })
  }
  if (parseIpv4Range(grid.supernet) === undefined) {
    throw invalid({ supernet: `Supernet ${grid.supernet} isn't an IPv4 range` })
  }
  const bad = grid.trustedSubnets.find((range) => parseIpv4Range(range) === undefined)
  if (bad !== undefined) throw invalid({ trusted_subnets: `Invalid trusted_subnet ${bad}` })
}
