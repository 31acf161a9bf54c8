import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startMaster } from '../../src/index.ts'
import { hashContent } from '../../src/secrets/secrets.ts'
import { keepFormerAgents } from '../../src/start/former-agents.ts'
import { temporaryDirectory } from '../fixtures/temporary-directory.ts'

/** What a master over this data answers who asks for an agent. */
async function ask(dataDir: string, present: string, wanted: string): Promise<string | number> {
  const master = await startMaster({ dataDir, port: 0, agentBundle: Buffer.from(present) })
  onTestFinished(() => master.close())
  const hash = hashContent(Buffer.from(wanted))
  const answer = await fetch(`${master.url}/v1/agent/bundle/${hash}`)
  await master.close()
  return answer.ok ? answer.text() : answer.status
}

describe('a master with another agent than the last', () => {
  it('still has the one before, which machines that are booting ask for', async () => {
    const dataDir = temporaryDirectory()
    expect(await ask(dataDir, 'first', 'first')).toBe('first')
    expect(await ask(dataDir, 'second', 'first')).toBe('first')
    expect(await ask(dataDir, 'second', 'second')).toBe('second')
    expect(await ask(dataDir, 'second', 'third')).toBe(404)
  })

  it('hands out none that was changed on the disk', async () => {
    const dataDir = temporaryDirectory()
    await ask(dataDir, 'first', 'first')
    writeFileSync(join(dataDir, 'agents', `${hashContent(Buffer.from('first'))}.mjs`), 'forged')
    expect(await ask(dataDir, 'second', 'first')).toBe(404)
  })

  it('has each in memory once, however many ask for it', async () => {
    const folder = join(temporaryDirectory(), 'agents')
    keepFormerAgents(folder, Buffer.from('first'))
    const { find } = keepFormerAgents(folder, Buffer.from('second'))
    const hash = hashContent(Buffer.from('first'))
    const content = await find(hash)
    expect(String(content)).toBe('first')
    expect(await find(hash)).toBe(content)
  })

  it('keeps five, and forgets the oldest', async () => {
    const dataDir = temporaryDirectory()
    const folder = join(dataDir, 'agents')
    mkdirSync(folder)
    for (const [age, text] of ['newest', 'b', 'c', 'd', 'oldest'].entries()) {
      const file = join(folder, `${hashContent(Buffer.from(text))}.mjs`)
      writeFileSync(file, text)
      utimesSync(file, 1_000_000 - age, 1_000_000 - age)
    }
    expect(await ask(dataDir, 'present', 'newest')).toBe('newest')
    expect(await ask(dataDir, 'present', 'oldest')).toBe(404)
    expect(readdirSync(folder)).toHaveLength(5)
  })
})
