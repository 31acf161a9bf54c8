import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { type Answer, type Opened, openSandbox, recorded } from './open.ts'
import type { Interaction } from './recorded.ts'

/** Sessions of nothing but what the sandbox has. */
const replayed = [
  'createdeleteserverandstorage',
  'createmodifydeleteserver',
  'createmodifydeletestorage',
  'createnetworkandserver',
  'createrestartserver',
  'createstartstopserver',
  'errorhandling',
  'firewallrules',
  'getipaddresses',
  'getnetworksinzone',
  'getplans',
  'getserverdetails',
  'getservernetworks',
  'getserverswithfilters',
  'getzones',
  'storagelabels',
]

/** Identifiers of a recorded session, and what stands for each in this one. */
type Names = Map<string, string>

describe.skipIf(recorded === undefined)(
  'a session with the real API goes the same way here',
  () => {
    test.each(replayed)('%s', async (name) => {
      const opened = await openSandbox({ bootTime: 100 })
      const names: Names = new Map()
      for (const interaction of recorded?.cassettes.get(name) ?? []) {
        await replay(interaction, opened, names)
      }
    })
  },
)

/** Recordings leave out repeats: a caller polls until it sees what was recorded. */
async function replay(interaction: Interaction, { call }: Opened, names: Names): Promise<void> {
  const { method, request, status, response } = interaction
  const path = rename(interaction.path.replace('/1.3/', ''), names)
  const body = request === null ? undefined : JSON.parse(rename(JSON.stringify(request), names))
  let reply = await call(method, path, body)
  const isEarly = () => reply.status === 409 || (method === 'GET' && !isSameState(reply, response))
  for (let attempt = 0; isEarly() && attempt < 300; attempt += 1) {
    await delay(5)
    reply = await call(method, path, body)
  }
  expect({ call: `${method} ${path}`, status: reply.status }).toEqual({
    call: `${method} ${path}`,
    status,
  })
  expect(isSameState(reply, response)).toBe(true)
  remember(response, reply.body, names)
}

/** What was in maintenance when it was recorded may have come up here by now. */
function isSameState({ body }: Answer, recording: unknown): boolean {
  const isUp = stateOf(recording) === 'maintenance' && stateOf(body) === 'started'
  return isUp || stateOf(body) === stateOf(recording)
}

function rename(text: string, names: Names): string {
  return [...names].reduce((renamed, [from, to]) => renamed.replaceAll(from, to), text)
}

function stateOf(body: unknown): unknown {
  const server = typeof body === 'object' && body !== null ? Reflect.get(body, 'server') : undefined
  return typeof server === 'object' && server !== null ? Reflect.get(server, 'state') : undefined
}

/** UUIDs and addresses at the same place of both documents mean the same thing. */
function remember(theirs: unknown, ours: unknown, names: Names): void {
  if (typeof theirs === 'string' && typeof ours === 'string') {
    const isName = /^[0-9a-f]{8}-[0-9a-f-]{27}$|^[\d.]{7,}$|:.*:/.test(theirs)
    if (isName && !names.has(theirs)) names.set(theirs, ours)
  }
  if (typeof theirs !== 'object' || theirs === null) return
  if (typeof ours !== 'object' || ours === null) return
  for (const [key, value] of Object.entries(theirs)) remember(value, Reflect.get(ours, key), names)
}
