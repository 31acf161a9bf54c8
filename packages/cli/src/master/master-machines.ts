import {
  isFailure,
  type MasterMachine,
  type MasterSession,
  ProvisionError,
  poll,
} from '@kontena/core'
import { fetchPinnedAuthority } from './authority.ts'

/** Milliseconds. */
const pace = 1000
const goneIn = 600_000

export interface WaitOptions {
  readonly timeout: number
  readonly signal: AbortSignal
}

/** Waits until the machine of a master has said whom to trust. Rejects with `MACHINE_FAILED` and why. */
export async function untilSetUp(
  session: MasterSession,
  name: string,
  { timeout, signal }: WaitOptions,
): Promise<MasterMachine & { authority: string }> {
  return poll({ reason: `the machine of ${name}`, every: pace, timeout, signal }, async () => {
    const machine = (await session.list({ signal })).find((one) => one.name === name)
    if (machine === undefined) throw failed(name, 'its machine is gone')
    const { state, reason, authority } = machine
    if (state === 'running' && authority !== undefined) return { ...machine, authority }
    if (state === 'pending') return undefined
    throw failed(name, reason ?? `its machine is ${state}`)
  })
}

/** Waits until a master answers, as the one with this authority. Resolves to the authority in PEM. */
export async function untilAnswering(
  { name, url, authority }: Pick<MasterMachine, 'name' | 'url'> & { authority: string },
  { timeout, signal }: WaitOptions,
): Promise<string> {
  const reason = `the master ${name} to answer at ${url}`
  return poll({ reason, every: pace, timeout, signal }, async () => {
    try {
      return await fetchPinnedAuthority(url, authority, signal)
    } catch (error) {
      if (isFailure(error, 'MASTER_UNREACHABLE')) return undefined
      throw error
    }
  })
}

/** Takes a master's machine away, and waits until it is gone. */
export async function takeAway(
  session: MasterSession,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const reason = `the machine of ${name} to be gone`
  await poll({ reason, every: pace, timeout: goneIn, signal }, async () => {
    try {
      await session.terminate(name, { signal })
      return true
    } catch (error) {
      if (isFailure(error, 'BUSY')) return undefined
      throw error
    }
  })
}

function failed(name: string, why: string): ProvisionError {
  return new ProvisionError('MACHINE_FAILED', `the master ${name} did not come up: ${why}`)
}
