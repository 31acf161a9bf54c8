import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Account, Server, UpcloudCall, UpcloudRoute } from '../account.ts'
import { badRequest, notFound } from '../refusals.ts'
import { labels, number, readBody, yesNo } from '../wire/fields.ts'
import { checkLabels, slice, withLabels } from '../wire/labels.ts'
import { creation, serverCodes } from './create-input.ts'
import { planOf, planServer } from './create-plan.ts'
import { findServer, refuseUnless } from './find.ts'
import { makeServer } from './make.ts'
import { detailView, interfaceView, summaryView } from './view.ts'

const change = z.strictObject({
  server: z.strictObject({
    title: z.string().min(1).max(255).optional(),
    hostname: z.string().optional(),
    labels: labels.optional(),
    plan: z.string().optional(),
    core_number: number.optional(),
    memory_amount: number.optional(),
    firewall: z.enum(['on', 'off']).optional(),
    metadata: yesNo.optional(),
    remote_access_enabled: yesNo.optional(),
    timezone: z.string().optional(),
    simple_backup: z.string().optional(),
  }),
})

export const serverRoutes: readonly UpcloudRoute[] = [
  { method: 'GET', path: 'server', action: 'server.list', answer: list },
  { method: 'POST', path: 'server', action: 'server.create', answer: create },
  {
    method: 'GET',
    path: 'server/:server',
    action: 'server.get',
    answer: (call) => ({ status: 200, body: { server: detailView(visibleServer(call)) } }),
  },
  { method: 'PUT', path: 'server/:server', action: 'server.modify', answer: modify },
  { method: 'DELETE', path: 'server/:server', action: 'server.delete', answer: remove },
  {
    method: 'GET',
    path: 'server/:server/networking',
    action: 'server.networking',
    answer(call) {
      const interfaces = findServer(call).interfaces.map(interfaceView)
      return { status: 200, body: { networking: { interfaces: { interface: interfaces } } } }
    },
  },
]

function list({ query, world }: UpcloudCall) {
  const now = Date.now()
  const shown = [...world.servers.values()].filter(({ visibleFrom }) => visibleFrom <= now)
  const server = slice(withLabels(shown, query), query).map(summaryView)
  return { status: 200, body: { servers: { server } } }
}

/** There is no idempotency: the same call again makes another server. A password shows only here. */
function create({ body, world }: UpcloudCall) {
  const { server: input } = readBody(creation, body, serverCodes)
  const server = makeServer(planServer(input, world), world)
  const { username } = server
  const isKeyless = input.login_user?.create_password !== 'no' && server.sshKeys.length === 0
  const password = isKeyless ? { password: randomBytes(8).toString('hex') } : {}
  return { status: 202, body: { server: { ...detailView(server), username, ...password } } }
}

function modify(call: UpcloudCall) {
  const server = findServer(call)
  const { server: input } = readBody(change, call.body, serverCodes)
  checkLabels(input.labels?.label ?? [])
  refuseUnless(server, 'started', 'stopped')
  const { plan: name, core_number, memory_amount } = input
  if (name !== undefined || core_number !== undefined || memory_amount !== undefined) {
    refuseUnless(server, 'stopped')
    server.plan = planOf({ plan: name ?? server.plan.name, core_number, memory_amount })
  }
  server.title = input.title ?? server.title
  server.hostname = input.hostname ?? server.hostname
  server.labels = input.labels?.label ?? server.labels
  server.firewall = input.firewall ?? server.firewall
  return { status: 202, body: { server: detailView(server) } }
}

/** Disks that the call does not name stay, and cost. */
function remove(call: UpcloudCall) {
  const server = findServer(call)
  const { query, world } = call
  const withStorages = flag(query, 'storages')
  const backups = query.get('backups') ?? 'keep'
  if (!['keep', 'keep_latest', 'delete'].includes(backups)) {
    throw badRequest('BACKUP_DELETION_POLICY_INVALID', 'The attribute backups is invalid.')
  }
  refuseUnless(server, 'stopped')
  for (const storage of server.storages) release(storage.uuid, withStorages, world)
  world.lifecycle.remove(server, world)
  return { status: 204 }
}

function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name) ?? '0'
  if (['0', '1', 'true', 'false'].includes(value)) return value === '1' || value === 'true'
  throw badRequest('STORAGE_DELETION_POLICY_INVALID', `The attribute ${name} is invalid.`)
}

function release(uuid: string, isDeleted: boolean, account: Account): void {
  const storage = account.storages.get(uuid)
  if (storage !== undefined) storage.server = undefined
  if (isDeleted) account.storages.delete(uuid)
}

function visibleServer(call: UpcloudCall): Server {
  const server = findServer(call)
  if (server.visibleFrom <= Date.now()) return server
  throw notFound('SERVER_NOT_FOUND', `The server ${server.uuid} does not exist.`)
}
