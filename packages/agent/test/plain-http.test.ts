import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeFolder } from './folder.ts'
import { startLostAgent } from './lost-agent.ts'
import { hashOf, startMaster } from './master-double.ts'
import { runAgent } from './running-agent.ts'

const old = 'process.stdout.write("old")\n'
const fresh = 'process.stdout.write("fresh")\n'

/** Leads to this computer and is none of the addresses of its loopback. */
const elsewhere = ({ port }: { port: number }) => `ws://0.0.0.0:${port}`

describe('where anybody on the way could send another agent', () => {
  it('an agent does not follow its master, and says so once', async () => {
    const file = join(makeFolder(), 'agent.mjs')
    writeFileSync(file, old)
    await using master = await startMaster({
      agent: fresh,
      plan: [{ acceptThenClose: 1011 }, 4040],
    })
    const bundle = { file, hash: hashOf(old) }
    const agent = runAgent({ url: elsewhere(master) }, { bundle })

    expect(await agent.stopped).toBe(1)

    expect(readFileSync(file, 'utf8')).toBe(old)
    expect(master.downloads.asked).toEqual([])
    expect(agent.log().split('without verified TLS nobody knows whose agent')).toHaveLength(2)
  })

  it('a machine that lost its agent takes the one it was made with', async () => {
    await using master = await startMaster({ agent: old })

    expect((await startLostAgent(elsewhere(master), hashOf(old))).said).toContain('old')
  })

  it('a machine that lost its agent takes no other', async () => {
    await using master = await startMaster({ agent: fresh })

    const { said, isThere } = await startLostAgent(elsewhere(master), hashOf(old))

    expect(said).toContain('without verified TLS nobody knows whose agent it hands out')
    expect(isThere).toBe(false)
  })
})

describe('a machine that lost its agent', () => {
  it('takes no more from its master than an agent can be', async () => {
    await using master = await startMaster({ agent: old })
    master.downloads.spoil((response) => response.end(Buffer.alloc(17 * 1024 * 1024)))

    const { said, isThere } = await startLostAgent(master.url, hashOf(old))

    expect(said).toContain('more than 16777216 bytes')
    expect(isThere).toBe(false)
  })
})
