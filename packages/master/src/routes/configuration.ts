import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { actorOf, isMasterAdmin, signedIn } from '../access.ts'
import { isHiddenKey, settingProblem } from '../configuration-keys.ts'
import { accessDenied, invalid, notFound } from '../http/refusal.ts'
import { parseQuery } from '../http/validation.ts'
import type { RouteContext } from './route-context.ts'

type Change = Readonly<Record<string, string | null>>

const params = z.object({ key: z.string() })
const query = z.object({ filter: z.string().optional() })
const body = z.record(
  z.string(),
  z.union([z.string(), z.number().transform(String), z.boolean().transform(String), z.null()]),
)

/** The key under which clients read who this master is. Nobody changes that. */
const uuidKey = 'server.uuid'

/** Settings of the master, for those who administer it (1.5: `/v1/config`). */
export function configurationRoutes({ store, clock, uuid }: RouteContext) {
  const configure = (request: FastifyRequest, change: Change, replaceAll: boolean) =>
    store.configure(change, { replaceAll }, actorOf(request), clock())

  const readAll = async (): Promise<Record<string, string>> => {
    const all = { ...(await store.configuration()), [uuidKey]: uuid }
    return Object.fromEntries(Object.entries(all).filter(([key]) => !isHiddenKey(key)))
  }

  return async (app: FastifyInstance): Promise<void> => {
    app.addHook('preHandler', async (request) => {
      if (!isMasterAdmin(signedIn(request))) throw accessDenied()
    })

    app.get('/v1/config', async (request) => {
      const { filter } = parseQuery(query, request)
      const all = Object.entries(await readAll())
      return Object.fromEntries(all.filter(([key]) => matches(key, filter)))
    })

    app.patch('/v1/config', async (request, reply) => {
      await configure(request, readChange(request.body, uuid), false)
      return reply.code(201).send({})
    })

    app.put('/v1/config', async (request, reply) => {
      await configure(request, readChange(request.body, uuid), true)
      return reply.code(201).send({})
    })

    app.delete('/v1/config', async (request, reply) => {
      await configure(request, {}, true)
      return reply.code(201).send({})
    })

    app.get('/v1/config/:key', async (request) => {
      const { key } = params.parse(request.params)
      const all = await readAll()
      if (!Object.hasOwn(all, key)) throw notFound()
      return { [key]: all[key] }
    })

    app.delete('/v1/config/:key', async (request, reply) => {
      const { key } = params.parse(request.params)
      await configure(request, { [key]: null }, false)
      return reply.code(201).send({})
    })
  }
}

/** `oauth2.*` means what begins so, any other text what has it somewhere. */
function matches(key: string, filter: string | undefined): boolean {
  if (filter === undefined) return true
  return filter.endsWith('*') ? key.startsWith(filter.slice(0, -1)) : key.includes(filter)
}

/** What an export holds can be imported again, so what nobody may change is taken as long as it does not. */
function readChange(input: unknown, uuid: string): Change {
  const parsed = body.safeParse(input ?? {})
  if (!parsed.success) {
    const [key = 'body'] = parsed.error.issues[0]?.path ?? []
    throw invalid({ [String(key)]: `${String(key)} isn't a string` })
  }
  const { [uuidKey]: givenUuid = uuid, ...given } = parsed.data
  const change = Object.fromEntries(Object.entries(given).filter(([key]) => !isHiddenKey(key)))
  const problems = Object.entries(change).flatMap(([key, value]): [string, string][] => {
    const problem = settingProblem(key, value)
    return problem === undefined ? [] : [[key, `${key} ${problem}`]]
  })
  const [hidden] = Object.keys(given).filter(isHiddenKey)
  if (hidden !== undefined && Object.keys(parsed.data).length === 1) {
    problems.push([hidden, `${hidden} cannot be changed`])
  }
  if (givenUuid !== uuid) problems.push([uuidKey, `${uuidKey} cannot be changed`])
  if (problems.length > 0) throw invalid(Object.fromEntries(problems.slice(0, 20)))
  return change
}
