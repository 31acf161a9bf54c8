import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { setTimeout as realSleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { inVirtualTime } from '../../src/testing/virtual-time.ts'
import { poll, sleep } from '../../src/wait.ts'

const never = new AbortController().signal
const none = (): number => 0

/** Answers each request after so many real milliseconds. */
async function openSlowServer(milliseconds: number): Promise<string> {
  const server = createServer(async (_request, response) => {
    await realSleep(milliseconds)
    response.end('at last')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}`
}

test('hours of waiting take no time, and are seen by whoever looks at the clock', async () => {
  const waited = await inVirtualTime(none, async () => {
    const before = Date.now()
    let looks = 0
    await poll({ reason: 'a hundred looks', every: 60_000, signal: never }, async () => {
      looks += 1
      return looks === 100 ? true : undefined
    })
    return Date.now() - before
  })
  expect(waited).toBe(99 * 60_000)
})

test.each([
  ['fetch', async (url: string) => await (await fetch(url)).text()],
  [
    'node:http',
    async (url: string) => {
      const sent = request(url).end()
      const [response] = await once(sent, 'response')
      const parts: Buffer[] = []
      for await (const part of response) parts.push(Buffer.from(part))
      return Buffer.concat(parts).toString()
    },
  ],
])('no time passes while a request of %s is on its way', async (_what, ask) => {
  const url = await openSlowServer(60)
  await inVirtualTime(none, async () => {
    const before = Date.now()
    const timeout = AbortSignal.timeout(10)
    expect(await ask(url)).toBe('at last')
    expect(timeout.aborted).toBe(false)
    expect(Date.now()).toBe(before)
  })
})

test('time passes while a request is held back on purpose', async () => {
  const url = await openSlowServer(5_000)
  await inVirtualTime(
    () => 1,
    async () => {
      const asking = fetch(url, { signal: AbortSignal.timeout(30_000) })
      await expect(asking).rejects.toMatchObject({ name: 'TimeoutError' })
    },
  )
})

test('no time passes while a file is read', async () => {
  await inVirtualTime(none, async () => {
    const timeout = AbortSignal.timeout(1)
    for (let turn = 0; turn < 20; turn++) await readFile(import.meta.filename)
    expect(timeout.aborted).toBe(false)
  })
})

test('what the work rejects with comes out, and the time is real again', async () => {
  const { setTimeout: before } = globalThis
  const work = inVirtualTime(none, async () => {
    await sleep(1_000, never)
    throw new Error('it went wrong')
  })
  await expect(work).rejects.toThrow('it went wrong')
  expect(globalThis.setTimeout).toBe(before)
})

test('work that waits for ever is given up', async () => {
  const work = inVirtualTime(none, async () => {
    for (;;) await sleep(3_600_000, never)
  })
  await expect(work).rejects.toThrow('12 hours')
})
