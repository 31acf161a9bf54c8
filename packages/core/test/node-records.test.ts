import { type EventNews, MasterError, type Node } from '@kontena/protocol'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type NodeRecords, withNodeRecords } from '../src/node-records.ts'
import { poll } from '../src/wait.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

/** A master that tells what the test says, and how often its list was asked for. */
function openMaster() {
  const reads: number[] = []
  const waiting: EventNews[] = []
  let wake = (): void => {}
  let failure: unknown
  const master = {
    nodes: async (): Promise<Node[]> => {
      reads.push(Date.now())
      if (failure !== undefined) throw failure
      return []
    },
    async *watchEvents(_grid: string | undefined, { signal }: { signal: AbortSignal }) {
      signal.addEventListener('abort', () => wake())
      for (;;) {
        signal.throwIfAborted()
        const next = waiting.shift()
        if (next !== undefined) yield next
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }
  const tell = (...news: EventNews[]): void => {
    waiting.push(...news)
    wake()
  }
  return {
    master,
    reads,
    tell,
    fail: (error: unknown) => {
      failure = error
    },
  }
}

const live: EventNews = { type: 'live' }
const about = (name: string): EventNews => ({
  type: 'event',
  event: {
    created_at: 'now',
    severity: 1,
    type: 'node:online',
    message: '',
    meta: {},
    relationships: [{ id: `blue/${name}`, type: 'node' }],
  },
})

/** Reads as those who wait do, until the test is over. */
function watch({ master }: ReturnType<typeof openMaster>, names?: readonly string[]) {
  const control = new AbortController()
  const { signal } = control
  const work = ({ read, pause }: NodeRecords) =>
    poll({ reason: 'ever', every: 1_000, signal, pause }, async () => {
      await read().catch((error: unknown) => {
        if (!(error instanceof MasterError)) throw error
      })
      return undefined
    })
  const options = { master, grid: 'blue', signal, ...(names === undefined ? {} : { names }) }
  const ended = withNodeRecords(options, work).catch((error: unknown) => error)
  return {
    stop: async () => {
      control.abort('over')
      expect(await ended).toBe('over')
    },
  }
}

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)

describe('the records of nodes', () => {
  it('are read once the stream is there, and then when something happens', async () => {
    const lab = openMaster()
    const { stop } = watch(lab)
    lab.tell(live)
    await pass(500)
    expect(lab.reads).toHaveLength(1)
    await pass(20_000)
    expect(lab.reads).toHaveLength(1)
    lab.tell(about('web-1'))
    await pass(150)
    expect(lab.reads).toHaveLength(2)
    await stop()
  })

  it('are read once for all that happens at a time', async () => {
    const lab = openMaster()
    const { stop } = watch(lab)
    lab.tell(live)
    await pass(500)
    for (let number = 0; number < 50; number++) lab.tell(about(`web-${number}`))
    await pass(500)
    expect(lab.reads).toHaveLength(2)
    await stop()
  })

  it('are not read for what happens to others, but now and then to be sure', async () => {
    const lab = openMaster()
    const { stop } = watch(lab, ['web-1'])
    lab.tell(live)
    await pass(500)
    lab.tell(about('web-2'), about('web-10'))
    await pass(5_000)
    expect(lab.reads).toHaveLength(1)
    await pass(45_000)
    expect(lab.reads).toHaveLength(2)
    await stop()
  })

  it('are read anew where events were missed', async () => {
    const lab = openMaster()
    const { stop } = watch(lab, ['web-1'])
    lab.tell(live)
    await pass(500)
    lab.tell({ type: 'reset' })
    await pass(500)
    expect(lab.reads).toHaveLength(2)
    await stop()
  })

  it('are read each second while there is no stream', async () => {
    const lab = openMaster()
    const { stop } = watch(lab)
    await pass(10_500)
    expect(lab.reads).toHaveLength(10)
    lab.tell(live)
    await pass(10_000)
    expect(lab.reads).toHaveLength(11)
    const error = new MasterError('unreachable', 'gone')
    lab.tell({ type: 'lost', error, milliseconds: 1_000 })
    await pass(10_000)
    expect(lab.reads.length).toBeGreaterThanOrEqual(20)
    await stop()
  })

  it('are asked for each second again where the list could not be had', async () => {
    const lab = openMaster()
    const { stop } = watch(lab)
    lab.tell(live)
    await pass(500)
    lab.fail(new MasterError('unreachable', 'gone'))
    lab.tell(about('web-1'))
    await pass(10_000)
    expect(lab.reads.length).toBeGreaterThanOrEqual(9)
    lab.fail(undefined)
    await pass(1_000)
    const before = lab.reads.length
    await pass(10_000)
    expect(lab.reads).toHaveLength(before)
    await stop()
  })

  it('hide no defect of whoever tells', async () => {
    const { master } = openMaster()
    const broken = {
      ...master,
      // biome-ignore lint/correctness/useYield: it ends before it tells anything
      async *watchEvents(): AsyncGenerator<EventNews> {
        throw new TypeError('a bug')
      },
    }
    const options = { master: broken, grid: 'blue', signal: new AbortController().signal }
    const reading = withNodeRecords(options, async ({ read }) => read(true))
    await expect(reading).rejects.toThrow('a bug')
  })
})
