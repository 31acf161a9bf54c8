import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { AgentOptions } from '../../src/agent.ts'
import { makeFolder } from '../folder.ts'
import { hashOf, startMaster } from '../master-double.ts'
import { runAgent } from '../running-agent.ts'

const old = 'export const agent = "old"\n'
const fresh = 'export const agent = "fresh"\n'
const [oldHash, freshHash] = [hashOf(old), hashOf(fresh)]

/** A folder with an agent in it, as on a machine, and what its files hold. */
function install() {
  const folder = makeFolder()
  const file = join(folder, 'agent.mjs')
  writeFileSync(file, old)
  return {
    file,
    bundle: { file, hash: oldHash },
    write: (name: string, content: string) => writeFileSync(join(folder, name), content),
    link: (name: string, target: string) => symlinkSync(target, join(folder, name)),
    read: (name: string) => readFileSync(join(folder, name), 'utf8'),
    names: () => readdirSync(folder).toSorted(),
  }
}

/** Waits pass at once, but for the one until a failed download is tried again: that never comes. */
const untilFailure: AgentOptions['wait'] = (milliseconds, signal) =>
  milliseconds < 300_000
    ? Promise.resolve(true)
    : new Promise((resolve) => signal.addEventListener('abort', () => resolve(false)))

describe('an agent whose master hands out another', () => {
  it('puts that in its place and on trial, keeps itself, says goodbye and ends well', async () => {
    const installed = install()
    await using master = await startMaster({ agent: fresh })
    const agent = runAgent(master, { bundle: installed.bundle })

    expect(await agent.stopped).toBe(0)

    expect(installed.read('agent.mjs')).toBe(fresh)
    expect(installed.read('agent.previous.mjs')).toBe(old)
    expect(installed.read('agent.trial')).toBe(`0 ${freshHash} ${oldHash}\n`)
    expect(installed.names()).toEqual(['agent.mjs', 'agent.previous.mjs', 'agent.trial'])
    expect(await (await master.client()).closed).toBe(1000)
    expect(agent.log()).toContain(`info [web-1] agent ${freshHash.slice(0, 12)} takes over`)
  })

  it('asks at a moment of its own, so that a thousand do not ask at once', async () => {
    await using master = await startMaster({ agent: fresh })
    const agent = runAgent(master, { bundle: install().bundle, random: () => 0.7 })

    await agent.stopped

    expect(agent.waits).toEqual([21_000])
    expect(agent.log()).toContain(`agent ${freshHash.slice(0, 12)}: following in 21 s`)
  })

  it.each(['KONTENA_NODE_TOKEN', 'KONTENA_TOKEN'])(
    'asks without %s, as the agent is no secret',
    async (name) => {
      await using master = await startMaster({ agent: fresh })
      const variables = { KONTENA_NODE_TOKEN: '', KONTENA_TOKEN: '', [name]: 'secret' }
      await runAgent(master, { bundle: install().bundle, variables }).stopped

      expect(master.downloads.asked).toEqual([`/v1/agent/bundle/${freshHash}`])
    },
  )

  it('follows it to an older one just the same, and back', async () => {
    const installed = install()
    await using master = await startMaster({ agent: fresh })
    await runAgent(master, { bundle: installed.bundle }).stopped
    installed.write('agent.trial', `k ${freshHash} ${oldHash}\n`)
    master.downloads.offer(old)

    const { file } = installed.bundle
    expect(await runAgent(master, { bundle: { file, hash: freshHash } }).stopped).toBe(0)

    expect(installed.read('agent.mjs')).toBe(old)
    expect(installed.read('agent.previous.mjs')).toBe(fresh)
    expect(installed.read('agent.trial')).toBe(`0 ${oldHash} ${freshHash}\n`)
  })

  it('follows it also where the master takes no agent as old as this one', async () => {
    const installed = install()
    await using master = await startMaster({ agent: fresh, plan: [4010] })
    const agent = runAgent(master, { bundle: installed.bundle })

    expect(await agent.stopped).toBe(0)

    expect(installed.read('agent.mjs')).toBe(fresh)
    expect(agent.log()).toContain('the master ends this agent: because of the test (4010)')
  })

  it('follows it to yet another while the first is under way, and takes only that', async () => {
    const installed = install()
    const newer = 'export const agent = "newer"\n'
    await using master = await startMaster({ agent: fresh })
    master.downloads.spoil(() => {})
    const agent = runAgent(master, { bundle: installed.bundle, random: () => 0 })
    await expect.poll(() => master.downloads.asked).toHaveLength(1)
    master.downloads.spoil(undefined)
    master.downloads.offer(newer)
    const { socket } = await master.client()
    socket.close(1011)

    expect(await agent.stopped).toBe(0)

    expect(installed.read('agent.mjs')).toBe(newer)
    expect(installed.read('agent.trial')).toBe(`0 ${hashOf(newer)} ${oldHash}\n`)
    expect(agent.log()).not.toContain('is not here')
  })

  it('stays after all where the master thinks better of it', async () => {
    const installed = install()
    await using master = await startMaster({ agent: fresh })
    master.downloads.spoil(() => {})
    await using agent = runAgent(master, { bundle: installed.bundle, random: () => 0 })
    await expect.poll(() => master.downloads.asked).toHaveLength(1)
    master.downloads.offer(old)
    const { socket } = await master.client()
    socket.close(1011)

    await master.frame('/nodes/update', { client: 1 })

    expect(installed.names()).toEqual(['agent.mjs'])
    expect(agent.log()).not.toContain('is not here')
  })

  it('that is on trial itself keeps the one before it to go back to', async () => {
    const installed = install()
    installed.write('agent.previous.mjs', 'proven')
    installed.write('agent.trial', `1 ${oldHash} ${hashOf('proven')}\n`)
    await using master = await startMaster({ agent: fresh, plan: [4010] })

    await runAgent(master, { bundle: installed.bundle }).stopped

    expect(installed.read('agent.mjs')).toBe(fresh)
    expect(installed.read('agent.previous.mjs')).toBe('proven')
    expect(installed.read('agent.trial')).toBe(`0 ${freshHash} ${hashOf('proven')}\n`)
  })

  it('that is on trial and has lost the one before keeps itself', async () => {
    const installed = install()
    installed.write('agent.previous.mjs', 'damaged')
    installed.write('agent.trial', `1 ${oldHash} ${hashOf('proven')}\n`)
    await using master = await startMaster({ agent: fresh, plan: [4010] })

    await runAgent(master, { bundle: installed.bundle }).stopped

    expect(installed.read('agent.previous.mjs')).toBe(old)
    expect(installed.read('agent.trial')).toBe(`0 ${freshHash} ${oldHash}\n`)
  })
})

describe('an agent stays what it is', () => {
  it('while its master hands it out, or nothing at all', async () => {
    for (const agent of [old, undefined]) {
      const installed = install()
      await using master = await startMaster({ ...(agent === undefined ? {} : { agent }) })
      await using running = runAgent(master, { bundle: installed.bundle, pace: { publish: 5 } })
      await master.frame('/nodes/update', { nth: 2 })

      expect(installed.names()).toEqual(['agent.mjs'])
      expect(running.log()).not.toContain('following')
    }
  })

  it('where it came with its image, and says so once', async () => {
    await using master = await startMaster({
      agent: fresh,
      plan: [{ acceptThenClose: 1011 }, 4040],
    })
    const agent = runAgent(master)

    expect(await agent.stopped).toBe(1)

    expect(master.clients).toHaveLength(2)
    expect(agent.log().split('came with its image')).toHaveLength(2)
    expect(master.downloads.asked).toEqual([])
  })

  it('where the other one did not get online here before', async () => {
    const installed = install()
    installed.write('agent.trial', `r ${freshHash} ${oldHash}\n`)
    await using master = await startMaster({ agent: fresh, plan: [4010] })
    const agent = runAgent(master, { bundle: installed.bundle })

    expect(await agent.stopped).toBe(1)

    expect(agent.log()).toContain(
      `warn [web-1] the master hands out agent ${freshHash.slice(0, 12)}, which did not get online here`,
    )
    expect(master.downloads.asked).toEqual([])
    expect(installed.read('agent.mjs')).toBe(old)
  })

  it('until the master hands out yet another', async () => {
    const installed = install()
    installed.write('agent.trial', `r ${hashOf('bad')} ${oldHash}\n`)
    await using master = await startMaster({ agent: fresh })

    expect(await runAgent(master, { bundle: installed.bundle }).stopped).toBe(0)

    expect(installed.read('agent.trial')).toBe(`0 ${freshHash} ${oldHash}\n`)
  })
})

describe('a download that fails', () => {
  const failures = {
    'of another content': {
      spoil: (response) => response.end('something else'),
      says: 'the master sent something else',
    },
    'of no agent': {
      spoil: (response) => response.writeHead(404).end(),
      says: 'the master answers HTTP 404',
    },
    'to another place': {
      spoil: (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      says: 'the master answers HTTP 302',
    },
    'cut short': {
      spoil: (response) => {
        response.writeHead(200, { 'content-length': 1000 })
        response.write(fresh)
        setTimeout(() => response.destroy(), 20)
      },
      says: 'aborted',
    },
    'without an end': {
      spoil: (response) => void response.write(fresh),
      says: 'the master did not send it in 0.5 s',
    },
    'larger than an agent can be': {
      spoil: (response) => response.end(Buffer.alloc(17 * 1024 * 1024)),
      says: 'more than 16777216 bytes',
    },
  } satisfies Record<string, { spoil: Parameters<Double['spoil']>[0]; says: string }>

  it.each(Object.entries(failures))('leaves all as it is: %s', async (_what, { spoil, says }) => {
    const installed = install()
    await using master = await startMaster({ agent: fresh })
    master.downloads.spoil(spoil)
    await using agent = runAgent(master, {
      bundle: installed.bundle,
      pace: { download: 500, publish: 5 },
      wait: untilFailure,
    })

    const told = `agent ${freshHash.slice(0, 12)} is not here, staying ${oldHash.slice(0, 12)}: `
    await expect.poll(() => agent.log(), { timeout: 10_000 }).toContain(told)

    expect(agent.log()).toContain(says)
    expect(installed.names()).toEqual(['agent.mjs'])
    expect(installed.read('agent.mjs')).toBe(old)
    expect(master.clients).toHaveLength(1)
  })

  it('is tried again, minutes later', async () => {
    const installed = install()
    await using master = await startMaster({ agent: fresh })
    let downloads = 0
    master.downloads.spoil((response) => {
      downloads += 1
      if (downloads > 2) response.end(fresh)
      else response.writeHead(503).end()
    })
    const agent = runAgent(master, { bundle: installed.bundle, random: () => 0 })

    expect(await agent.stopped).toBe(0)

    expect(agent.waits).toEqual([0, 300_000, 0, 300_000, 0])
    expect(installed.read('agent.mjs')).toBe(fresh)
  })

  it('is not waited for when the agent is told to stop', async () => {
    await using master = await startMaster({ agent: fresh })
    master.downloads.spoil(() => {})
    const agent = runAgent(master, { bundle: install().bundle })
    await expect.poll(() => master.downloads.asked).toHaveLength(1)

    await agent.stop()

    expect(await agent.stopped).toBe(0)
    expect(agent.log()).not.toContain('is not here')
  })

  it.each(['agent.mjs.new', 'agent.previous.mjs.new', 'agent.trial.new'])(
    'for a full disk at %s leaves an agent to start',
    async (name) => {
      const installed = install()
      installed.link(name, '/dev/full')
      await using master = await startMaster({ agent: fresh })
      await using agent = runAgent(master, { bundle: installed.bundle, wait: untilFailure })

      await expect.poll(() => agent.log(), { timeout: 10_000 }).toContain('ENOSPC')

      expect(installed.read('agent.mjs')).toBe(old)
      expect(existsSync(`${installed.file}.new`)).toBe(false)
      expect(installed.names()).not.toContain('agent.trial')
    },
  )
})

describe('the trial of an agent', () => {
  const onTrial = `1 ${oldHash} ${freshHash}\n`

  it('ends when the master has stored what its host is', async () => {
    const installed = install()
    installed.write('agent.trial', onTrial)
    await using master = await startMaster({ agent: old, errors: [{ code: 500, message: 'busy' }] })
    await using agent = runAgent(master, { bundle: installed.bundle, pace: { republish: 50 } })

    await expect.poll(() => agent.log()).toContain('500 busy')
    expect(installed.read('agent.trial')).toBe(onTrial)
    await expect.poll(() => agent.log()).toContain('is online and stays')
    expect(installed.read('agent.trial')).toBe(`k ${oldHash} ${freshHash}\n`)
  })

  it.each([
    [
      'that was refused',
      `r ${freshHash} ${oldHash}
`,
    ],
    [
      'that never began',
      `0 ${freshHash} ${oldHash}
`,
    ],
    ['whose record is damaged', 'nonsense'],
  ])('of another, %s, is left as it is', async (_what, record) => {
    const installed = install()
    installed.write('agent.trial', record)
    await using master = await startMaster({ agent: old })
    await using _agent = runAgent(master, { bundle: installed.bundle, pace: { publish: 5 } })

    await master.frame('/nodes/update', { nth: 2 })

    expect(installed.read('agent.trial')).toBe(record)
  })
})

type Double = Awaited<ReturnType<typeof startMaster>>['downloads']
