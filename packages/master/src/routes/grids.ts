import { gridCreate, gridUpdate } from '@kontena/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { actorOf, gridFor, isMasterAdmin, signedIn } from '../access.ts'
import { randomGridName } from '../grid/grid-name.ts'
import { gridChange, newGridSettings } from '../grid/grid-settings.ts'
import { invalid, notFound } from '../http/refusal.ts'
import { parseBody } from '../http/validation.ts'
import { gridReply } from '../replies/grid-reply.ts'
import type { NewGrid } from '../store/grid-store.ts'
import type { GridRecord } from '../store/records.ts'
import type { Store } from '../store/store.ts'
import type { RouteContext } from './route-context.ts'

const params = z.object({ grid: z.string() })

/** Tries at a random name before giving up; with 1600 names this fails only when nearly all are taken. */
const nameTries = 100

export function gridRoutes({
  store,
  clock,
  agents,
}: Pick<RouteContext, 'store' | 'clock' | 'agents'>) {
  return async (app: FastifyInstance): Promise<void> => {
    app.get('/v1/grids', async (request) => {
      const user = signedIn(request)
      const grids = await store.grids(isMasterAdmin(user) ? undefined : user.id)
      return { grids: grids.map(gridReply) }
    })

    app.post('/v1/grids', async (request, reply) => {
      if (!isMasterAdmin(signedIn(request))) throw operationNotAllowed()
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

    app.put('/v1/grids/:grid', async (request) => {
      const { grid } = params.parse(request.params)
      await gridFor(store, request, { grid, to: 'read' })
      if (!mayUpdate(request)) throw operationNotAllowed()
      const change = gridChange(parseBody(gridUpdate, request))
      const updated = await store.updateGrid(grid, change, actorOf(request), clock())
      if (updated === undefined) throw notFound()
      agents.announce(grid)
      return gridReply(updated)
    })

    app.delete('/v1/grids/:grid', async (request) => {
      const { grid } = params.parse(request.params)
      await gridFor(store, request, { grid, to: 'read' })
      if (!isMasterAdmin(signedIn(request))) throw operationNotAllowed()
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
  const settings = newGridSettings(wanted)
  const names =
    wanted.name === undefined ? Array.from({ length: nameTries }, randomGridName) : [wanted.name]
  for (const name of names) {
    const made = await create({ ...settings, name })
    if (made === 'token-taken') throw invalid({ token: 'Token is already used by another grid' })
    if (made !== 'name-taken') return made
  }
  throw invalid({ grid: `Grid with name ${names.at(-1)} already exists` })
}

/** Of a grid that the user has access to. */
function mayUpdate(request: FastifyRequest): boolean {
  const user = signedIn(request)
  return isMasterAdmin(user) || user.roles.includes('grid_admin')
}

/** 1.5 answers a missing right on grids with a validation error. */
function operationNotAllowed() {
  return invalid({ user: 'Operation not allowed' })
}
