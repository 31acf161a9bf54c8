import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeFolder } from './folder.ts'
import { hashOf, startMaster } from './master-double.ts'
import { runAgent } from './running-agent.ts'

const old = 'process.stdout.write("old")\n'
const fresh = 'process.stdout.write("fresh")\n'

/** Leads to this computer and is none of the addresses of its loopback. */
const elsewhere = ({ port }: { port: number }) => `ws://0.0.0.0:${port}`

/** What start-agent says on a machine without an agent, which was made with one of this hash. */
async function startAgent(url: string, pinned: string) {
  const root = makeFolder()
  mkdirSync(join(root, 'etc/kontena'), { recursive: true })
  writeFileSync(join(root, 'etc/kontena/agent.sha256'), `${pinned}\n`)
  const starter = join(import.meta.dirname, '../../../templates/node/start-agent.mjs')
  const env = { KONTENA_ROOT: root, KONTENA_URI: url }
  const child = spawn(process.execPath, [starter], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [said] = await Promise.all([text(child.stdout), once(child, 'close')])
  return { said, isThere: existsSync(join(root, 'var/lib/kontena/agent.mjs')) }
}

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

    expect((await startAgent(elsewhere(master), hashOf(old))).said).toContain('old')
  })

  it('a machine that lost its agent takes no other', async () => {
    await using master = await startMaster({ agent: fresh })

    const { said, isThere } = await startAgent(elsewhere(master), hashOf(old))

    expect(said).toContain('without verified TLS nobody knows whose agent it hands out')
    expect(isThere).toBe(false)
  })
})

describe('a machine that lost its agent', () => {
  it('takes no more from its master than an agent can be', async () => {
    await using master = await startMaster({ agent: old })
    master.downloads.spoil((response) => response.end(Buffer.alloc(17 * 1024 * 1024)))

    const { said, isThere } = await startAgent(master.url, hashOf(old))

    expect(said).toContain('more than 16777216 bytes')
    expect(isThere).toBe(false)
  })
})
