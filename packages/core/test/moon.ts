import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished, vi } from 'vitest'
import type { ProvisionEvent } from '../src/events.ts'
import { networkPolicy } from '../src/network-policy.ts'
import type { OrderRequest } from '../src/orders/plan.ts'
import { openScope, type Scope } from '../src/orders/scope.ts'
import { type FakeCloud, type FakeCloudOptions, fakeCloud } from './fake-cloud.ts'
import { type FakeMaster, fakeMaster, masterUuid } from './fake-master.ts'

export const owner = { master: masterUuid, grid: 'luna' }

/** A cloud, a master and what a command works with, all in memory but the journals. */
export interface Moon {
  readonly cloud: FakeCloud
  readonly master: FakeMaster
  readonly scope: Scope
  readonly events: ProvisionEvent[]
  /** What Ctrl-C does. */
  interrupt(): void
  /** Another command on the same computer: another signal, the same journals. */
  nextCommand(changes?: Partial<Scope>): Promise<Scope>
}

/** Opens a moon whose time is vitest's fake one, until the end of the test. */
export async function openMoon(options: FakeCloudOptions = {}): Promise<Moon> {
  freezeTime()
  const orders = join(temporaryFolder(), 'orders')
  const cloud = fakeCloud(options)
  const master = fakeMaster(cloud)
  const events: ProvisionEvent[] = []
  const open = (signal: AbortSignal): Promise<Scope> =>
    openScope({
      provider: cloud.provider,
      settings: { access: {}, machine: {} },
      master: master.client,
      owner,
      masterUrl: 'https://master.example',
      agentBundle: 'ab'.repeat(32),
      orders,
      folder: join(temporaryFolder(), 'moon'),
      emit: (event) => events.push(event),
      signal,
    })
  const control = new AbortController()
  const scope = await open(control.signal)
  return {
    cloud,
    master,
    scope,
    events,
    interrupt: () => control.abort(new Error('interrupted')),
    nextCommand: async (changes = {}) => ({
      ...(await open(new AbortController().signal)),
      ...changes,
    }),
  }
}

export function request(changes: Partial<OrderRequest> = {}): OrderRequest {
  return {
    name: 'web',
    count: 3,
    labels: [],
    tags: {},
    ephemeral: false,
    policy: networkPolicy(),
    sshKeys: [],
    agent: { runtime: `node:22@sha256:${'0'.repeat(64)}` },
    timeout: 600_000,
    onFailure: 'rollback',
    ...changes,
  }
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kontena-core-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Fake timers, which also time signals; sockets and files stay real. */
export function freezeTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockImplementation((milliseconds) => {
    const control = new AbortController()
    setTimeout(() => {
      control.abort(new DOMException('The operation timed out', 'TimeoutError'))
    }, milliseconds)
    return control.signal
  })
  onTestFinished(() => {
    timeout.mockRestore()
    vi.useRealTimers()
  })
}

const step = 250

/** Lets fake time pass until the work is done; gives what it resolves to or rejects with. */
export async function finish<T>(work: Promise<T>, limit = 3_600_000): Promise<T> {
  let done = false
  const settle = (): void => {
    done = true
  }
  work.then(settle, settle)
  const end = Date.now() + limit
  while (!done) {
    await breathe()
    if (done) break
    if (Date.now() > end) throw new Error(`not done after ${limit / 1000} s`)
    await vi.advanceTimersByTimeAsync(step)
  }
  return work
}

/** The failure a piece of work ends in; fails the test where it succeeds. */
export async function failureOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await finish(work)
  } catch (error) {
    return error
  }
  throw new Error('it succeeded')
}

export async function pass(milliseconds: number): Promise<void> {
  for (let left = milliseconds; left > 0; left -= step) {
    await breathe()
    await vi.advanceTimersByTimeAsync(Math.min(step, left))
  }
  await breathe()
}

/** Real sockets and files get their turn. */
async function breathe(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}
