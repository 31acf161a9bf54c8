import { z } from 'zod'
import { type Labels, labelQuery, labels, writeLabels } from './labels.ts'
import type { CallOptions, Transport } from './transport.ts'
import { list, wholeList } from './values.ts'

/** Whether servers of a group are kept on different hosts: never mind, if it can be, or without exception. */
export type AntiAffinity = 'no' | 'yes' | 'strict'

export interface NewServerGroup {
  readonly title: string
  readonly antiAffinity?: AntiAffinity | undefined
  readonly labels?: Labels | undefined
  readonly servers?: readonly string[] | undefined
}

export interface ServerGroupsApi {
  list(filter?: { labels?: Labels }, options?: CallOptions): Promise<readonly ServerGroup[]>
  get(uuid: string, options?: CallOptions): Promise<ServerGroup>
  create(group: NewServerGroup, options?: CallOptions): Promise<ServerGroup>
  delete(uuid: string, options?: CallOptions): Promise<void>
}

const serverGroup = z
  .object({
    uuid: z.string(),
    title: z.string(),
    anti_affinity: z.string(),
    labels,
    servers: list('server', z.string()),
  })
  .transform(({ anti_affinity: antiAffinity, ...rest }) => ({ ...rest, antiAffinity }))

export type ServerGroup = Readonly<z.output<typeof serverGroup>>

const answer = z.object({ server_group: serverGroup })
const listAnswer = z.object({ server_groups: wholeList('server_group', serverGroup) })

export function serverGroupsApi({ ask, tell }: Transport): ServerGroupsApi {
  return {
    list: async (filter, options) => {
      const query = labelQuery(filter?.labels)
      const question = { ...options, method: 'GET', path: '/server-group', query } as const
      return (await ask(question, listAnswer)).server_groups
    },
    get: async (uuid, options) =>
      (await ask({ ...options, method: 'GET', path: pathOf(uuid) }, answer)).server_group,
    create: async ({ title, antiAffinity, labels: values, servers }, options) => {
      const body = {
        server_group: {
          title,
          anti_affinity: antiAffinity,
          labels: values === undefined ? undefined : { label: writeLabels(values) },
          servers: servers === undefined ? undefined : { server: servers },
        },
      }
      const question = { ...options, method: 'POST', path: '/server-group', body } as const
      return (await ask(question, answer)).server_group
    },
    delete: (uuid, options) => tell({ ...options, method: 'DELETE', path: pathOf(uuid) }),
  }
}

function pathOf(uuid: string): string {
  return `/server-group/${encodeURIComponent(uuid)}`
}
