import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeFolder } from './folder.ts'
import { hashOf, soon, startMaster } from './master-double.ts'

const starter = join(import.meta.dirname, '../../../templates/node/start-agent.mjs')

/** Agents that say who they are, and then do what their names say. */
const say = (name: string): string => `import { writeSync } from 'node:fs'
writeSync(1, '${name} ' + process.env.KONTENA_AGENT_HASH.slice(0, 12) + '\\n')
`
const agents = {
  good: say('good'),
  better: say('better'),
  throwing: `${say('throwing')}throw new Error('a bug')\n`,
  'that ends well at once': `${say('ending')}process.exit(0)\n`,
  'that waits for nothing': `${say('waiting')}await new Promise(() => {})\n`,
  'that is no program': 'const = 1',
}
/** These two never end. */
const hanging = {
  'that waits for ever': `${say('hanging')}await new Promise(() => setInterval(() => {}, 1000))\n`,
  'that is busy for ever': `${say('hanging')}for (;;);\n`,
}
const { good, better } = agents
const trial = (state: string, hash: string, previous: string): string =>
  `${state} ${hashOf(hash)} ${hashOf(previous)}\n`

/** A machine's files, as those below `/var/lib/kontena`. */
function machine(files: Record<string, string>, pinned?: string) {
  const root = makeFolder()
  const folder = join(root, 'var/lib/kontena')
  mkdirSync(folder, { recursive: true })
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  mkdirSync(join(root, 'etc/kontena'), { recursive: true })
  const sha256 = join(root, 'etc/kontena/agent.sha256')
  if (pinned !== undefined) writeFileSync(sha256, `${hashOf(pinned)}\n`)
  const start = (master: { port: number }, variables: Record<string, string> = {}) => {
    const url = `ws://127.0.0.1:${master.port}`
    const env = { KONTENA_ROOT: root, KONTENA_URI: url, ...variables }
    return launch(spawn(process.execPath, [starter], { env, stdio: ['ignore', 'pipe', 'pipe'] }))
  }
  return {
    root,
    folder,
    start,
    read: (name: string) => readFileSync(join(folder, name), 'utf8'),
    names: () => readdirSync(folder).toSorted(),
  }
}

function launch(child: ChildProcess) {
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
  }
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return {
    child,
    /** Resolves to its first line, once it has ended. */
    ended: once(child, 'close').then(([code, signal]) => ({ code, signal, text })),
    text: () => text,
  }
}

const nobody = { port: 9 }
const impatient = { KONTENA_TRIAL_SECONDS: '0.5' }

describe('start-agent without a trial', () => {
  it('starts the agent as its own program, and tells it its hash', async () => {
    const content = `${say('good')}process.stdout.write(String(process.argv[1]))`
    const { start, folder, names } = machine({ 'agent.mjs': content }, content)

    const { code, text } = await start(nobody).ended

    expect(code).toBe(0)
    expect(text).toBe(`good ${hashOf(content).slice(0, 12)}\n${join(folder, 'agent.mjs')}`)
    expect(names()).toEqual(['agent.mjs'])
  })

  it('passes on signals, of which the agent knows what to make', async () => {
    const content = `process.on('SIGTERM', () => process.exit(7))\nsetInterval(() => {}, 1000)\n${say('good')}`
    const { start } = machine({ 'agent.mjs': content })
    const { child, ended, text } = start(nobody)
    await soon(() => text().includes('good') || undefined)

    child.kill('SIGTERM')

    expect((await ended).code).toBe(7)
  })

  it.each([
    ['kept', trial('k', better, good), better],
    ['refused', trial('r', 'bad', good), good],
    ['of an agent that never came', trial('0', 'bad', good), good],
    ['damaged', '2 abc', good],
  ])('starts what there is where the record is %s', async (_what, record, content) => {
    const { start, read, names } = machine({ 'agent.mjs': content, 'agent.trial': record })

    const { code, text } = await start(nobody).ended

    expect(code).toBe(0)
    expect(text).toContain(hashOf(content).slice(0, 12))
    expect(read('agent.trial')).toBe(record)
    expect(names()).toEqual(['agent.mjs', 'agent.trial'])
  })
})

describe('start-agent with a new agent on trial', () => {
  it.each(Object.entries(agents).filter(([name]) => name !== 'good'))(
    'goes back after three starts of one %s',
    async (_name, bad) => {
      await using master = await startMaster()
      const { start, read, names } = machine({
        'agent.mjs': bad,
        'agent.previous.mjs': good,
        'agent.trial': trial('0', bad, good),
      })

      for (const state of ['1', '2', '3']) {
        expect((await start(master).ended).text).not.toContain('good')
        expect(read('agent.trial')).toBe(trial(state, bad, good))
      }
      const { code, text } = await start(master).ended

      expect(code).toBe(0)
      expect(text).toBe(
        `kontena: agent ${hashOf(bad).slice(0, 12)} did not get online in 3 starts: back to ${hashOf(good).slice(0, 12)}\ngood ${hashOf(good).slice(0, 12)}\n`,
      )
      expect(read('agent.mjs')).toBe(good)
      expect(read('agent.trial')).toBe(trial('r', bad, good))
      expect(names()).toEqual(['agent.mjs', 'agent.trial'])
    },
  )

  it.each(Object.entries(hanging))('ends one %s', async (_name, bad) => {
    await using master = await startMaster()
    const { start, read } = machine({
      'agent.mjs': bad,
      'agent.previous.mjs': good,
      'agent.trial': trial('2', bad, good),
    })

    const { signal, text } = await start(master, impatient).ended

    expect(signal).toBe('SIGKILL')
    expect(text).toContain('kontena: the agent on trial is not online after 0.5 s: ending it\n')
    expect(read('agent.trial')).toBe(trial('3', bad, good))
    expect((await start(master, impatient).ended).text).toContain('back to')
  })

  it('lets one live that gets online in time', async () => {
    await using master = await startMaster()
    const kept = `${say('late')}import { writeFileSync } from 'node:fs'
writeFileSync(process.argv[1].replace('agent.mjs', 'agent.trial'), ${JSON.stringify('k')} + ' ' + process.env.KONTENA_AGENT_HASH + ' ${hashOf(good)}\\n')
setTimeout(() => writeSync(1, 'lived'), 1000)`
    const { start } = machine({ 'agent.mjs': kept, 'agent.trial': trial('0', kept, good) })

    const { code, text } = await start(master, impatient).ended

    expect(code).toBe(0)
    expect(text).toContain('lived')
  })

  it('goes on starting one that crashes after it was online', async () => {
    await using master = await startMaster()
    const record = trial('k', agents.throwing, good)
    const { start, read } = machine({
      'agent.mjs': agents.throwing,
      'agent.previous.mjs': good,
      'agent.trial': record,
    })

    for (const _start of [1, 2, 3, 4]) {
      const { code, text } = await start(master).ended
      expect([code, text.includes('throwing')]).toEqual([1, true])
    }

    expect(read('agent.trial')).toBe(record)
  })

  it('neither counts starts nor ends an agent while the master is away', async () => {
    const patient = `${say('patient')}setTimeout(() => writeSync(1, 'lived'), 1000)`
    const record = trial('2', patient, good)
    const { start, read } = machine({
      'agent.mjs': patient,
      'agent.previous.mjs': good,
      'agent.trial': record,
    })

    for (const _start of [1, 2]) {
      expect((await start(nobody, impatient).ended).text).toContain('lived')
    }

    expect(read('agent.trial')).toBe(record)
  })

  it('takes a master that answers with an error for one that is away', async () => {
    await using master = await startMaster()
    master.downloads.breakPing()
    const record = trial('0', agents.throwing, good)
    const { start, read } = machine({ 'agent.mjs': agents.throwing, 'agent.trial': record })

    expect((await start(master).ended).code).toBe(1)

    expect(read('agent.trial')).toBe(record)
  })

  it('goes on with it where the one before is damaged or gone', async () => {
    await using master = await startMaster()
    const { start, read } = machine({
      'agent.mjs': better,
      'agent.previous.mjs': 'damaged',
      'agent.trial': trial('3', better, good),
    })

    const { code, text } = await start(master).ended

    expect(code).toBe(0)
    expect(text).toContain('does not get online, and there is none to go back to')
    expect(text).toContain('better')
    expect(read('agent.trial')).toBe(trial('3', better, good))
  })
})

/**
 * What each step of an update leaves when the power goes right after it, in order, and which agent
 * starts then: three of the agent that follows, two of going back.
 */
const steps = [
  ['the download', { 'agent.mjs': good, 'agent.mjs.new': better }, good],
  [
    'the copy of the old one',
    { 'agent.mjs': good, 'agent.mjs.new': better, 'agent.previous.mjs': good },
    good,
  ],
  [
    'the record',
    {
      'agent.mjs': good,
      'agent.mjs.new': better,
      'agent.previous.mjs': good,
      'agent.trial': trial('0', better, good),
    },
    good,
  ],
  [
    'the swap',
    {
      'agent.mjs': better,
      'agent.previous.mjs': good,
      'agent.trial': trial('0', better, good),
    },
    better,
  ],
  [
    'the refusal',
    {
      'agent.mjs': better,
      'agent.previous.mjs': good,
      'agent.trial': trial('r', better, good),
    },
    good,
  ],
  ['the way back', { 'agent.mjs': good, 'agent.trial': trial('r', better, good) }, good],
] as const satisfies readonly (readonly [string, Record<string, string>, string])[]

describe('start-agent after the power went', () => {
  it.each(steps)('right after %s starts an agent that is whole', async (_step, files, expected) => {
    await using master = await startMaster()
    const { start, read } = machine(files, good)

    const { code, text } = await start(master).ended

    expect(code).toBe(0)
    expect(text).toContain(`${hashOf(expected).slice(0, 12)}\n`)
    expect(read('agent.mjs')).toBe(expected)
  })
})

describe('start-agent where the agent is missing or damaged', () => {
  it.each([undefined, 'half of'])('takes the one before it (%s)', async (content) => {
    const { start, read } = machine({
      ...(content === undefined ? {} : { 'agent.mjs': content }),
      'agent.previous.mjs': good,
      'agent.trial': trial('k', better, good),
    })

    const { code, text } = await start(nobody).ended

    expect(code).toBe(0)
    expect(text).toContain('kontena: the agent was damaged: back to')
    expect(read('agent.mjs')).toBe(good)
  })

  it.each([undefined, 'half of'])('fetches the one it was made with (%s)', async (content) => {
    await using master = await startMaster({ agent: good })
    const files: Record<string, string> = content === undefined ? {} : { 'agent.mjs': content }
    const { start, read, names } = machine(files, good)

    const { code, text } = await start(master).ended

    expect(code).toBe(0)
    expect(text).toContain('good')
    expect(read('agent.mjs')).toBe(good)
    expect(names()).toEqual(['agent.mjs'])
    expect(master.downloads.asked).toEqual([`/v1/agent/bundle/${hashOf(good)}`])
  })

  it('fetches it into a folder that is not there, by the hash in its environment', async () => {
    await using master = await startMaster({ agent: good })
    const { root, start, read } = machine({})
    rmSync(join(root, 'var'), { recursive: true })

    const { text } = await start(master, { KONTENA_AGENT_SHA256: hashOf(good) }).ended

    expect(text).toContain('good')
    expect(read('agent.mjs')).toBe(good)
  })

  it('fetches what the master hands out by now where it has that one no more', async () => {
    await using master = await startMaster({ agent: better })
    const { start, read } = machine({}, good)

    const { text } = await start(master).ended

    expect(text).toContain('better')
    expect(read('agent.mjs')).toBe(better)
  })

  it('starts nothing that has another hash, and ends', async () => {
    await using master = await startMaster({ agent: good })
    master.downloads.spoil((response) => response.end(better))
    const { start, folder } = machine({}, good)

    const { code, text } = await start(master).ended

    expect(code).toBe(1)
    expect(text).toContain('there is no agent to start, and the master gave none: what it sent')
    expect(existsSync(join(folder, 'agent.mjs'))).toBe(false)
  })

  it('ends with the reason where the master is away', async () => {
    const { code, text } = await machine({}, good).start(nobody).ended

    expect(code).toBe(1)
    expect(text).toContain('the master gave none: connect ECONNREFUSED')
  })
})

const canMount = tryMount()
if (!canMount) {
  process.stdout.write('skipped: start-agent on a full disk, as this system mounts none for us\n')
}

describe.skipIf(!canMount)('start-agent on a full disk', () => {
  it('counts and goes back all the same', async () => {
    await using master = await startMaster()
    const bad = agents.throwing
    const { root, folder } = machine({})
    const script = `
      mount -t tmpfs -o size=64k tmpfs ${folder}
      cp ${root}/files/* ${folder}/
      cat /dev/zero > ${folder}/rest 2> /dev/null
      df --output=avail ${folder} | tail -1
      for start in 1 2 3 4; do ${process.execPath} ${starter} 2> /dev/null; done
      cat ${folder}/agent.trial`
    mkdirSync(join(root, 'files'))
    const files = {
      'agent.mjs': bad,
      'agent.previous.mjs': good,
      'agent.trial': trial('0', bad, good),
    }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(root, 'files', name), text)
    const env = { ...process.env, KONTENA_ROOT: root, KONTENA_URI: master.url }

    const { text } = await launch(spawn('unshare', ['-rm', 'sh', '-c', script], { env })).ended

    expect(text).toContain('back to')
    expect(text).toMatch(/good \w+\n/)
    expect(text).toContain(trial('r', bad, good))
    expect(text.split('\n')[0]?.trim()).toBe('0')
  })
})

function tryMount(): boolean {
  try {
    execFileSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'pipe' })
    return true
  } catch {
    return false
  }
}
