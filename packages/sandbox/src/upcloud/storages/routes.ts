import { z } from 'zod'
import type { Account, Storage, UpcloudCall, UpcloudRoute } from '../account.ts'
import { findTemplate, type Template, templates } from '../catalog/templates.ts'
import { findZone } from '../catalog/zones.ts'
import { badRequest, conflict, forbidden, notFound } from '../refusals.ts'
import { labelList, number, readBody } from '../wire/fields.ts'
import { checkLabels, slice, withLabels } from '../wire/labels.ts'
import { isUuid, newUuid } from '../wire/uuid.ts'

const size = number.pipe(z.number().min(1).max(4096))
const creation = z.strictObject({
  storage: z.strictObject({
    size,
    title: z.string().min(1).max(255),
    zone: z.string(),
    tier: z.enum(['maxiops', 'standard', 'hdd']).default('maxiops'),
    backup_rule: z.unknown().optional(),
    labels: labelList.default([]),
    encrypted: z.enum(['yes', 'no']).optional(),
  }),
})
const change = z.strictObject({
  storage: z.strictObject({
    title: z.string().min(1).max(255).optional(),
    size: size.optional(),
    labels: labelList.optional(),
    backup_rule: z.unknown().optional(),
  }),
})
const codes = { title: 'STORAGE_TITLE' }
const lists = ['public', 'private', 'template', 'normal', 'backup', 'cdrom', 'favorite'] as const

export const storageRoutes: readonly UpcloudRoute[] = [
  {
    method: 'GET',
    path: 'storage',
    action: 'storage.list',
    answer: (call) => listed(call, [...privateViews(call), ...templateViews(call)]),
  },
  ...lists.map(
    (list): UpcloudRoute => ({
      method: 'GET',
      path: `storage/${list}`,
      action: 'storage.list',
      answer: (call) => listed(call, viewsOf(list, call)),
    }),
  ),
  { method: 'POST', path: 'storage', action: 'storage.create', answer: create },
  { method: 'GET', path: 'storage/:storage', action: 'storage.get', answer: get },
  {
    method: 'PUT',
    path: 'storage/:storage',
    action: 'storage.modify',
    answer(call) {
      const storage = ownStorage(call)
      const { storage: input } = readBody(change, call.body, codes)
      checkLabels(input.labels ?? [])
      storage.title = input.title ?? storage.title
      storage.labels = input.labels ?? storage.labels
      storage.backupRule = input.backup_rule ?? storage.backupRule
      storage.size = Math.max(storage.size, input.size ?? 0)
      return { status: 202, body: { storage: detailView(storage, call.world) } }
    },
  },
  {
    method: 'DELETE',
    path: 'storage/:storage',
    action: 'storage.delete',
    answer(call) {
      const storage = ownStorage(call)
      if (storage.server !== undefined) {
        throw conflict('STORAGE_ATTACHED', `The storage ${storage.uuid} is attached to a server.`)
      }
      call.world.storages.delete(storage.uuid)
      return { status: 204 }
    },
  },
]

function viewsOf(list: (typeof lists)[number], call: UpcloudCall): readonly unknown[] {
  if (list === 'template' || list === 'public') return templateViews(call)
  return list === 'private' || list === 'normal' ? privateViews(call) : []
}

function privateViews({ query, world }: UpcloudCall): readonly unknown[] {
  return withLabels([...world.storages.values()], query).map((storage) =>
    summaryView(storage, world),
  )
}

/** They carry no labels, so a list by label has none of them. */
function templateViews({ query }: UpcloudCall): readonly unknown[] {
  return query.has('label') ? [] : templates.map(templateView)
}

function listed({ query }: UpcloudCall, storage: readonly unknown[]) {
  return { status: 200, body: { storages: { storage: slice(storage, query) } } }
}

function create({ body, world }: UpcloudCall) {
  const { storage: input } = readBody(creation, body, codes)
  const zone = findZone(input.zone)
  if (zone === undefined) {
    throw notFound('ZONE_NOT_FOUND', `The zone ${input.zone} does not exist.`)
  }
  checkLabels(input.labels)
  const storage: Storage = {
    uuid: newUuid('storage'),
    zone,
    size: input.size,
    tier: input.tier,
    createdAt: new Date(),
    title: input.title,
    labels: input.labels,
    backupRule: input.backup_rule,
    server: undefined,
  }
  world.storages.set(storage.uuid, storage)
  return { status: 201, body: { storage: detailView(storage, world) } }
}

function get(call: UpcloudCall) {
  const template = findTemplate(call.parameters.storage ?? '')
  if (template === undefined)
    return { status: 200, body: { storage: detailView(ownStorage(call), call.world) } }
  const storage = { ...templateView(template), servers: { server: [] } }
  return { status: 200, body: { storage } }
}

function ownStorage({ parameters: { storage: uuid = '' }, world }: UpcloudCall): Storage {
  if (!isUuid(uuid)) throw badRequest('STORAGE_INVALID', 'The storage UUID is invalid.')
  if (findTemplate(uuid) !== undefined) {
    throw forbidden('STORAGE_FORBIDDEN', `The storage ${uuid} belongs to another account.`)
  }
  const storage = world.storages.get(uuid)
  if (storage !== undefined) return storage
  throw notFound('STORAGE_NOT_FOUND', `The storage ${uuid} does not exist.`)
}

function summaryView(storage: Storage, account: Account) {
  const isCloned = account.servers.get(storage.server ?? '')?.progress === undefined
  return {
    access: 'private',
    created: storage.createdAt.toISOString().replace(/\.\d+Z$/, 'Z'),
    encrypted: 'no',
    labels: storage.labels,
    license: 0,
    size: storage.size,
    state: isCloned ? 'online' : 'maintenance',
    tier: storage.tier,
    title: storage.title,
    type: 'normal',
    uuid: storage.uuid,
    zone: storage.zone.id,
  }
}

function detailView(storage: Storage, account: Account) {
  return {
    ...summaryView(storage, account),
    ...(storage.backupRule === undefined ? {} : { backup_rule: storage.backupRule }),
    backups: { backup: [] },
    servers: { server: storage.server === undefined ? [] : [storage.server] },
  }
}

function templateView({ uuid, title, type, size: gigabytes }: Template) {
  return {
    access: 'public',
    encrypted: 'no',
    labels: [],
    license: 0,
    size: gigabytes,
    state: 'online',
    template_type: type,
    title,
    type: 'template',
    uuid,
  }
}
