import type { Call, Machine, MachineState } from '@kontena/core'
import { type Claim, parseClaim } from './claim.ts'
import type { Connection } from './connection.ts'
import { explainStep } from './errors.ts'
import { readAnswer, runScript } from './remote-script.ts'
import type { Address } from './target.ts'

/** How far a host is. */
export interface HostState {
  /** Of machine-id(5). */
  readonly machine: string
  readonly claim: Claim | undefined
  readonly state: MachineState
  readonly reason: string | undefined
}

const lookTimeout = 30_000
/** Characters; a host may say anything. */
const longestReason = 300

/** Looks at a host that was claimed, once. */
export async function readState(
  connection: Connection,
  name: string,
  call: Call,
): Promise<HostState> {
  const { code, stdout, stderr } = await runScript(
    connection,
    { script: 'look-at-host', args: [], timeout: lookTimeout },
    call,
  )
  const answer = readAnswer(stdout)
  if (code !== 0 || answer('end').length === 0)
    throw explainStep(name, 'be looked at', stderr || stdout)
  const one = (word: string): string | undefined => answer(word)[0]?.trim()
  return {
    machine: one('machine') ?? '',
    claim: parseClaim(one('claim')),
    ...stateOf(one, answer),
  }
}

/** A unit of systemd that is at work, by what `systemctl is-active` says of it. */
const atWork: ReadonlySet<string | undefined> = new Set(['active', 'activating', 'deactivating'])

function stateOf(
  one: (word: string) => string | undefined,
  answer: (word: string) => readonly string[],
): Pick<HostState, 'state' | 'reason'> {
  const ended = one('ended')
  if (atWork.has(one('removal'))) return { state: 'going', reason: undefined }
  if (ended === '0') return { state: 'running', reason: undefined }
  if (ended !== undefined) return { state: 'failed', reason: lastWords(answer('said')) }
  if (atWork.has(one('bootstrap'))) return { state: 'running', reason: undefined }
  if (!answer('has').includes('started')) return { state: 'pending', reason: undefined }
  return { state: 'failed', reason: 'the host was restarted in the middle of its bootstrap' }
}

function lastWords(lines: readonly string[]): string {
  const said = lines
    .map((line) => line.trim().replace(/^kontena: /, ''))
    .filter((line) => line !== '')
  const before = said.findLast((line) => !line.startsWith('failed: '))
  const word = before ?? said.at(-1) ?? 'its bootstrap failed without a word'
  return word.slice(0, longestReason)
}

/** A claim as the kernel sees machines. */
export function machineOf(
  { id, name, owner, order, token, zone }: Claim,
  address: Address,
  { state, reason }: Pick<HostState, 'state' | 'reason'>,
): Machine {
  return {
    ...{ id, name, owner, order, token, zone, state, reason },
    launchIndex: undefined,
    publicAddress: address.host,
    privateAddress: undefined,
    type: undefined,
  }
}
