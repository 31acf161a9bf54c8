import { z } from 'zod'
import { type Labels, labelQuery, labels, writeLabels } from './labels.ts'
import { eachOf } from './pages.ts'
import type { CallOptions, Transport } from './transport.ts'
import { list, number, optionalText, wholeList } from './values.ts'

/** Which storages; all that the account can see where nothing is said. */
export interface StorageFilter {
  /** `template` includes the public templates; `private` is what belongs to the account. */
  readonly kind?: 'private' | 'public' | 'normal' | 'template' | 'backup' | 'cdrom' | undefined
  readonly labels?: Labels | undefined
}

export interface NewStorage {
  readonly zone: string
  readonly title: string
  readonly sizeGib: number
  readonly tier?: string | undefined
  readonly labels?: Labels | undefined
}

export interface StoragesApi {
  /** Asks for a page when it gets there. */
  each(filter?: StorageFilter, options?: CallOptions): AsyncIterable<Storage>
  list(filter?: StorageFilter, options?: CallOptions): Promise<readonly Storage[]>
  get(uuid: string, options?: CallOptions): Promise<StorageDetails>
  create(storage: NewStorage, options?: CallOptions): Promise<StorageDetails>
  modify(
    uuid: string,
    changes: { title?: string; sizeGib?: number; labels?: Labels },
    options?: CallOptions,
  ): Promise<StorageDetails>
  /** One that is attached to a server is refused. */
  delete(
    uuid: string,
    what?: { backups?: 'delete' | 'keep_latest' | 'keep' },
    options?: CallOptions,
  ): Promise<void>
}

const storageFields = {
  uuid: z.string(),
  title: z.string().default(''),
  zone: optionalText,
  type: z.string(),
  access: z.string(),
  state: z.string(),
  size: number,
  tier: optionalText,
  template_type: optionalText,
  labels,
}
const rawStorage = z.object(storageFields)

function readStorage(raw: z.output<typeof rawStorage>) {
  return {
    uuid: raw.uuid,
    title: raw.title,
    /** Undefined for public templates, which are in every zone. */
    zone: raw.zone,
    /** `normal`, `template`, `backup` or `cdrom`. */
    type: raw.type,
    access: raw.access,
    /** `online`, or what is under way, as in `maintenance`, `cloning`, `pending_delete`. */
    state: raw.state,
    sizeGib: raw.size,
    tier: raw.tier,
    /** `cloud-init` or `native`, of a template. */
    templateType: raw.template_type,
    labels: raw.labels,
  }
}

const storage = rawStorage.transform(readStorage)
const storageDetails = z
  .object({ ...storageFields, servers: list('server', z.string()) })
  .transform(({ servers, ...raw }) => ({
    ...readStorage(raw),
    /** Uuids of the servers that it is attached to. */
    servers,
  }))

export type Storage = Readonly<z.output<typeof storage>>
export type StorageDetails = Readonly<z.output<typeof storageDetails>>

const answer = z.object({ storage: storageDetails })
const listAnswer = z.object({ storages: wholeList('storage', storage) })

export function storagesApi({ ask, tell }: Transport): StoragesApi {
  const each = (filter: StorageFilter = {}, options?: CallOptions): AsyncGenerator<Storage> => {
    const path = filter.kind === undefined ? '/storage' : `/storage/${filter.kind}`
    const wanted = labelQuery(filter.labels)
    return eachOf(async (page) => {
      const question = { ...options, method: 'GET', path, query: [...wanted, ...page] } as const
      return (await ask(question, listAnswer)).storages
    })
  }
  return {
    each,
    list: async (filter, options) => {
      const found: Storage[] = []
      for await (const one of each(filter, options)) found.push(one)
      return found
    },
    get: async (uuid, options) =>
      (await ask({ ...options, method: 'GET', path: pathOf(uuid) }, answer)).storage,
    create: async (wanted, options) => {
      const body = { storage: write(wanted) }
      return (await ask({ ...options, method: 'POST', path: '/storage', body }, answer)).storage
    },
    modify: async (uuid, changes, options) => {
      const body = { storage: write(changes) }
      return (await ask({ ...options, method: 'PUT', path: pathOf(uuid), body }, answer)).storage
    },
    delete: (uuid, what, options) => {
      const query = what?.backups === undefined ? [] : [['backups', what.backups] as const]
      return tell({ ...options, method: 'DELETE', path: pathOf(uuid), query })
    },
  }
}

function pathOf(uuid: string): string {
  return `/storage/${encodeURIComponent(uuid)}`
}

function write({ sizeGib, labels: values, ...rest }: Partial<NewStorage>) {
  return {
    ...rest,
    size: sizeGib?.toString(),
    labels: values === undefined ? undefined : writeLabels(values),
  }
}
