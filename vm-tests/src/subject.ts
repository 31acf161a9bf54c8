import { poll } from '@kontena/core'
import { type Node, node } from '@kontena/protocol'
import type { Guest, Wait } from './guest.ts'
import type { Kontena } from './kontena.ts'
import type { Lab } from './lab.ts'

/** A node that the proofs are about, and the machine that it runs on. */
export interface Subject {
  readonly lab: Lab
  /** The command, with the variables of who made the machine. */
  readonly kontena: Kontena
  /** Of the node. */
  readonly name: string
  readonly guest: Guest
  /** File of the machine's own disk, which holds what was written since the image. */
  readonly disk: string
}

/** The node as the master has it. */
export function showNode({ lab, name }: Subject, signal: AbortSignal): Promise<Node> {
  return lab.kontena.ask(node, ['node', 'show', name], signal)
}

/** Waits until the node is online, as it is after whatever was done to it before; gives its record. */
export function untilOnline(subject: Subject, wait: Wait): Promise<Node> {
  return poll({ reason: `${subject.name} to be online`, every: 2000, ...wait }, async () => {
    const now = await showNode(subject, wait.signal)
    return now.status === 'online' && now.connected ? now : undefined
  })
}

/** Waits until the node's agent has connected anew since a record of it was taken; gives the seconds. */
export async function untilBack(subject: Subject, before: Node, wait: Wait): Promise<string> {
  const started = Date.now()
  await poll({ reason: `${subject.name} to be online again`, every: 2000, ...wait }, async () => {
    const now = await showNode(subject, wait.signal)
    const isNew = now.connected_at !== before.connected_at
    return (now.connected && now.status === 'online' && isNew) || undefined
  })
  return `online again after ${Math.round((Date.now() - started) / 1000)} s`
}
