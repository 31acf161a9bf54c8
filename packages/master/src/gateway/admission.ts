import { type CloseReason, closeCodes } from '@kontena/protocol'
import type { Actor, NodeRecord } from '../store/records.ts'
import type { Store } from '../store/store.ts'
import { compatibilityKey, greetingFor, isModern } from './agent-version.ts'
import type { Handshake } from './handshake.ts'
import { identify } from './identify.ts'

/** What becomes of an agent that knocks. `greeting` is the version it is told. */
export type Admission =
  | { outcome: 'admitted'; node: NodeRecord; clockOffset: number | undefined; greeting: string }
  /** To be closed with this code after the upgrade, because the agent understands nothing else. */
  | { outcome: 'closed'; reason: CloseReason; text: string; greeting: string }
  /** To be answered with this HTTP status instead of the upgrade. */
  | { outcome: 'rejected'; status: number; reason: CloseReason | undefined; text: string }

export interface AdmissionOptions {
  readonly store: Store
  readonly version: string
  readonly actor: Actor
  readonly now: Date
  /** Milliseconds an agent's clock may be behind, as connecting takes time too. */
  readonly pingTimeout: number
}

/** Milliseconds that clocks may differ. */
const clockSkew = 1_000

/** Which refusals say that the token is no good; the others say that it is good for something else. */
const unauthenticated: ReadonlySet<CloseReason | undefined> = new Set([
  'invalidGridToken',
  'invalidNodeToken',
  'missingToken',
])

/** Whether an agent was refused because of a token that is good for nothing, as one that guesses is. */
export function isGuess({ reason }: { readonly reason?: CloseReason | undefined }): boolean {
  return unauthenticated.has(reason)
}

/** Version, then identity, then clock, as the 1.5 master checks them. */
export async function admit(handshake: Handshake, options: AdmissionOptions): Promise<Admission> {
  const { store, version, actor, now } = options
  const greeting = await greet(handshake, options)
  if (greeting === undefined) {
    const text = `agent version ${handshake.version} is not compatible with server version ${version}`
    return { outcome: 'closed', reason: 'incompatibleVersion', text, greeting: version }
  }
  const found = await identify(store, handshake, { actor, now })
  if (found.outcome === 'full') {
    return { outcome: 'rejected', status: 503, reason: undefined, text: found.text }
  }
  if (found.outcome === 'refused') {
    const { reason, text } = found
    if (!isModern(handshake.version)) return { outcome: 'closed', reason, text, greeting }
    return { outcome: 'rejected', status: isGuess(found) ? 401 : 403, reason, text }
  }
  const offset = clockOffset(handshake, options)
  if (offset !== undefined && !isModern(handshake.version)) {
    const text = `agent connected too far in the ${offset > 0 ? 'past' : 'future'}, clock offset ${offset / 1000}s exceeds threshold`
    return { outcome: 'closed', reason: 'clockSkew', text, greeting }
  }
  return { outcome: 'admitted', node: found.node, clockOffset: offset, greeting }
}

/** The configuration is looked at only for agents that are not of our own line. */
async function greet(
  { version }: Handshake,
  { store, version: master }: AdmissionOptions,
): Promise<string | undefined> {
  const own = greetingFor(version, { master, compatibility: undefined })
  if (own !== undefined) return own
  const compatibility = await store.configurationValue(compatibilityKey)
  return greetingFor(version, { master, compatibility })
}

/** How far the agent's clock is behind ours, in milliseconds; undefined where that is within limits or not said. */
function clockOffset(handshake: Handshake, options: AdmissionOptions): number | undefined {
  if (handshake.connectedAt === undefined) return undefined
  const offset = options.now.getTime() - handshake.connectedAt.getTime()
  const isFine = offset >= -clockSkew && offset <= options.pingTimeout + clockSkew
  return isFine ? undefined : offset
}

/** `Kontena-Close` carries the close code that an older agent would have got. */
export function closeHeader(reason: CloseReason | undefined): Record<string, string> {
  return reason === undefined ? {} : { 'kontena-close': String(closeCodes[reason].code) }
}
