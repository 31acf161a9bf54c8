import { z } from 'zod'
import { type Labels, labelQuery, writeLabels } from './labels.ts'
import { type NewServer, writeNewServer } from './new-server.ts'
import { type Server, type ServerDetails, server, serverDetails } from './server-schema.ts'
import type { CallOptions, Transport } from './transport.ts'
import { onOff, wholeList, yesNo } from './values.ts'

/** What can be changed of a server; plan and firewall of some only while it is stopped. */
export interface ServerChanges {
  readonly title?: string | undefined
  readonly hostname?: string | undefined
  readonly plan?: string | undefined
  /** Replaces all labels. */
  readonly labels?: Labels | undefined
  readonly firewall?: boolean | undefined
  readonly metadata?: boolean | undefined
}

/**
 * `soft` asks the system to shut down, and pulls the plug when it has not after so many seconds, 1 to 600;
 * `hard` pulls it at once.
 */
export type Stop = { readonly type: 'soft'; readonly timeout: number } | { readonly type: 'hard' }

export interface DeleteServer {
  /** With the disks that are attached, which else stay and cost. */
  readonly storages?: boolean | undefined
  /** What becomes of those disks' backups. */
  readonly backups?: 'delete' | 'keep_latest' | 'keep' | undefined
}

/** A server must be `stopped` before it can be deleted. */
export interface ServersApi {
  /**
   * All, or those with all of these labels: in one piece, however many, as UpCloud's own clients read
   * this list. Without addresses, interfaces and disks.
   */
  list(filter?: { labels?: Labels }, options?: CallOptions): Promise<readonly Server[]>
  get(uuid: string, options?: CallOptions): Promise<ServerDetails>
  /** Answers while the server is being made (`maintenance`); it starts by itself. */
  create(server: NewServer, options?: CallOptions): Promise<ServerDetails>
  modify(uuid: string, changes: ServerChanges, options?: CallOptions): Promise<ServerDetails>
  start(uuid: string, options?: CallOptions): Promise<ServerDetails>
  /** Answers at once, mostly with a server that is still `started`. */
  stop(uuid: string, stop: Stop, options?: CallOptions): Promise<ServerDetails>
  restart(uuid: string, stop: Stop, options?: CallOptions): Promise<ServerDetails>
  delete(uuid: string, what?: DeleteServer, options?: CallOptions): Promise<void>
}

const answer = z.object({ server: serverDetails })
const listAnswer = z.object({ servers: wholeList('server', server) })

export function serversApi({ ask, tell }: Transport): ServersApi {
  const post = async (
    uuid: string,
    action: string,
    body: unknown,
    options: CallOptions | undefined,
  ): Promise<ServerDetails> => {
    const path = `${pathOf(uuid)}/${action}`
    return (await ask({ ...options, method: 'POST', path, body }, answer)).server
  }
  return {
    list: async (filter, options) => {
      const query = labelQuery(filter?.labels)
      return (await ask({ ...options, method: 'GET', path: '/server/', query }, listAnswer)).servers
    },
    get: async (uuid, options) =>
      (await ask({ ...options, method: 'GET', path: pathOf(uuid) }, answer)).server,
    create: async (wanted, options) => {
      const body = { server: writeNewServer(wanted) }
      return (await ask({ ...options, method: 'POST', path: '/server', body }, answer)).server
    },
    modify: async (uuid, changes, options) => {
      const body = { server: writeChanges(changes) }
      return (await ask({ ...options, method: 'PUT', path: pathOf(uuid), body }, answer)).server
    },
    start: (uuid, options) => post(uuid, 'start', { server: {} }, options),
    stop: (uuid, stop, options) => post(uuid, 'stop', { stop_server: writeStop(stop) }, options),
    restart: (uuid, stop, options) => {
      // After the time is up the plug is pulled too; by itself the API would leave the server alone.
      const body = { restart_server: { ...writeStop(stop), timeout_action: 'destroy' } }
      return post(uuid, 'restart', body, options)
    },
    delete: (uuid, what, options) => {
      const query = [
        ...(what?.storages ? [['storages', '1'] as const] : []),
        ...(what?.backups === undefined ? [] : [['backups', what.backups] as const]),
      ]
      return tell({ ...options, method: 'DELETE', path: `${pathOf(uuid)}/`, query })
    },
  }
}

function pathOf(uuid: string): string {
  return `/server/${encodeURIComponent(uuid)}`
}

function writeStop(stop: Stop) {
  return stop.type === 'soft'
    ? { stop_type: 'soft', timeout: String(stop.timeout) }
    : { stop_type: 'hard' }
}

function writeChanges({ labels, firewall, metadata, ...rest }: ServerChanges) {
  return {
    ...rest,
    labels: labels === undefined ? undefined : { label: writeLabels(labels) },
    firewall: firewall === undefined ? undefined : onOff(firewall),
    metadata: metadata === undefined ? undefined : yesNo(metadata),
  }
}
