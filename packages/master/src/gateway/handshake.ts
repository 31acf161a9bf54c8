import type { IncomingHttpHeaders } from 'node:http'
import { label } from '@kontena/protocol'

/** What an agent says about itself in the headers of its upgrade request (1.5 protocol). */
export interface Handshake {
  readonly nodeId: string | undefined
  readonly name: string | undefined
  readonly version: string
  /** Labels for a node that is new; malformed ones are left out. */
  readonly labels: readonly string[]
  /** By the agent's own clock; undefined where it is missing or garbled. */
  readonly connectedAt: Date | undefined
  readonly token: { readonly kind: 'grid' | 'node'; readonly secret: string } | undefined
}

export function readHandshake(headers: IncomingHttpHeaders): Handshake {
  const text = (name: string): string | undefined => {
    const value = headers[name]
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
  }
  const gridToken = text('kontena-grid-token')
  const nodeToken = text('kontena-node-token')
  return {
    nodeId: text('kontena-node-id')?.slice(0, 255),
    name: text('kontena-node-name')
      ?.replace(/[^\w.-]/g, '-')
      // It is part of addresses, in which `..` means another.
      .replace(/^\.+$/, 'node')
      .slice(0, 255),
    // It is shown and stored, whatever it is.
    version: (text('kontena-version') ?? '').replace(/[^\w.+-]/g, '?').slice(0, 64),
    labels: (text('kontena-node-labels') ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter((part) => label.safeParse(part).success),
    connectedAt: readTime(text('kontena-connected-at')),
    token:
      gridToken !== undefined
        ? { kind: 'grid', secret: gridToken }
        : nodeToken !== undefined
          ? { kind: 'node', secret: nodeToken }
          : undefined,
  }
}

/** `2018-03-01 12:00:00.123456789Z`, as agents write it. */
function readTime(text: string | undefined): Date | undefined {
  const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d{1,3})?\d*Z$/.exec(text ?? '')
  if (match === null) return undefined
  const time = new Date(`${match[1]}T${match[2]}${match[3] ?? ''}Z`)
  return Number.isNaN(time.getTime()) ? undefined : time
}

/** The format of `Kontena-Connected-At`, which the master sends back with its own time. */
export function connectedAtHeader(time: Date): string {
  return time.toISOString().replace('T', ' ').replace('Z', '000000Z')
}
