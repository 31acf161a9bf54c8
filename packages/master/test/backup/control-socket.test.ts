import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { askForBackup, openControlSocket } from '../../src/backup/control-socket.ts'
import { temporaryDirectory } from '../fixtures/temporary-directory.ts'

let dataDir: string
let logged: unknown[]
beforeEach(() => {
  dataDir = temporaryDirectory()
  logged = []
})

async function serve(backup: () => AsyncIterable<Buffer>) {
  const close = await openControlSocket({
    dataDir,
    backup,
    log: (error) => logged.push(error),
  })
  onTestFinished(close)
  return close
}

async function read(): Promise<string> {
  const answer = await askForBackup(dataDir)
  const chunks: Buffer[] = []
  for await (const chunk of answer ?? []) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString()
}

async function* parts(...texts: readonly string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text)
}

describe('the socket for backups', () => {
  it('answers with all bytes of a backup', async () => {
    await serve(() => parts('one ', 'two ', 'three'))
    expect(await read()).toBe('one two three')
    expect(await read()).toBe('one two three')
  })

  it('is nobody there where no master runs, or where one died', async () => {
    expect(await askForBackup(dataDir)).toBeUndefined()
    await serve(() => parts('first'))
    await serve(() => parts('second'))
    expect(await read()).toBe('second')
  })

  it('tells what went wrong before the first byte', async () => {
    await serve(async function* () {
      yield* parts()
      throw new Error('the disk of the master is full')
    })
    await expect(askForBackup(dataDir)).rejects.toThrow('the disk of the master is full')
    expect(logged).toHaveLength(1)
  })

  it('breaks off what goes wrong later', async () => {
    await serve(async function* () {
      yield* parts('begin')
      throw new Error('the disk is gone')
    })
    await expect(read()).rejects.toThrow()
  })

  it('ends with a backup on its way, and leaves no file', async () => {
    let isCleared = false
    const close = await serve(async function* () {
      try {
        yield* parts('begin')
        await new Promise((resolve) => setTimeout(resolve, 50))
        yield* parts('x'.repeat(1_000_000))
      } finally {
        isCleared = true
      }
    })
    const reading = read()
    const answer = await Promise.race([
      reading,
      new Promise((resolve) => setTimeout(resolve, 20, 'still reading')),
    ])
    expect(answer).toBe('still reading')
    await close()
    await expect(reading).rejects.toThrow()
    await expect.poll(() => isCleared).toBe(true)
    expect(existsSync(join(dataDir, 'control.sock'))).toBe(false)
  })
})
