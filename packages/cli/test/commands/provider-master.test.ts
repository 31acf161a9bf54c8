import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Provider } from '@kontena/core'
import { openMasterClient } from '@kontena/protocol'
import { Command } from 'commander'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openContext } from '../../src/context.ts'
import { declareMasters } from '../../src/declare/provider-master.ts'
import { reportError } from '../../src/report-error.ts'
import { type FakeIoOptions, fakeIo } from '../fake-io.ts'
import { hostKey, openMoon } from './masters-double.ts'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'kontena-home-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

const configFile = () => join(home, '.kontena_client.json')
const config = async () => JSON.parse(await readFile(configFile(), 'utf8'))

/** Runs `kontena moon master …` in this process. */
async function run(
  { provider }: { provider: Provider },
  words: readonly string[],
  { json = false, ...options }: FakeIoOptions & { json?: boolean } = {},
) {
  const io = fakeIo({ userHome: home, cwd: home, argv: ['moon', 'master', ...words], ...options })
  const program = new Command('kontena').exitOverride().enablePositionalOptions()
  declareMasters(program.command('moon'), provider, async (work) => {
    const context = openContext(io, { json })
    try {
      await work(context)
    } finally {
      context.close(false)
    }
  })
  const code = await program.parseAsync(io.argv, { from: 'user' }).then(
    () => 0,
    (error: unknown) => reportError(error, io),
  )
  return { code, stdout: io.stdout.text, stderr: io.stderr.text }
}

describe('master create', () => {
  it('makes a master, logs in to it and makes a grid, so that nodes can be made next', async () => {
    const moon = await openMoon()

    const { code, stdout, stderr } = await run(moon, ['create', '--rocks', '7'])

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { machine, order } = moon.find('kontena-master')
    expect(stdout.replaceAll(machine.url, 'URL')).toMatchInlineSnapshot(`
      "  rock: basalt
      * Starting the machine of kontena-master..
      * Starting the machine of kontena-master.. done
      * Setting up the master kontena-master..
      * Setting up the master kontena-master.. done
      * Waiting for URL..
      * Waiting for URL.. done
      Authenticated to Kontena Master kontena-master at URL as admin
      * Creating test grid..
      * Creating test grid.. done
      Make nodes with: kontena moon node create
      "
    `)
    expect(order.options).toEqual({ rocks: 7 })
    const { current_server, servers } = await config()
    expect(current_server).toBe('kontena-master')
    expect(servers).toMatchObject([{ name: 'kontena-master', url: machine.url, grid: 'test' }])
    const [{ url, token, ca }] = servers
    const client = openMasterClient({ url, token, ca, version: '2.0.0' })
    expect(await client.grids()).toMatchObject([{ name: 'test', initial_size: 1 }])
  })

  it('gives the machine a program that its system can run, and a code that nobody knows yet', async () => {
    const moon = await openMoon()
    await run(moon, ['create', '--name', 'one', '--no-login'])
    await run(moon, ['create', '--name', 'two', '--no-login'])

    const [one, two] = ['one', 'two'].map((name) => moon.find(name).order)
    expect(one?.program.subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]))
    expect(one?.adminCode).toMatch(/^[0-9a-f]{32}$/)
    expect(one?.adminCode).not.toBe(two?.adminCode)
  })

  it('takes the next free name', async () => {
    const moon = await openMoon()
    await writeFile(
      configFile(),
      JSON.stringify({ servers: [{ name: 'kontena-master-2', url: 'https://x.example' }] }),
    )
    await run(moon, ['create', '--no-login'])
    await run(moon, ['create', '--no-login'])

    expect(moon.names()).toEqual(['kontena-master', 'kontena-master-3'])
  })

  it('says how to log in where it is not to, with the authority to trust', async () => {
    const moon = await openMoon()
    const { stdout } = await run(moon, ['create', '--no-login'])

    const { machine, order } = moon.find('kontena-master')
    expect(stdout).toContain(
      `  kontena master login ${machine.url} --name kontena-master --code ${order.adminCode} --ca-sha256 ${machine.authority}\n`,
    )
    await expect(readFile(configFile())).rejects.toMatchObject({ code: 'ENOENT' })

    const json = await run(moon, ['create', '--no-login', '--name', 'other'], { json: true })
    expect(JSON.parse(json.stdout)).toMatchObject({
      name: 'other',
      ca_sha256: moon.find('other').machine.authority,
    })
  })

  it('never takes another master for the new one', async () => {
    const moon = await openMoon({ isOther: true })
    const { code, stderr } = await run(moon, ['create'])

    expect(code).toBe(1)
    expect(stderr).toContain('it is another master, or somebody is in between')
    expect(moon.names()).toEqual([])
  })

  it('tells what the machine said where it did not come up, and takes it away', async () => {
    const moon = await openMoon({ fails: 'no image in reach', busy: 1 })
    const { code, stderr } = await run(moon, ['create'])

    expect(code).toBe(1)
    expect(stderr).toContain('kontena-master | line 16\n')
    expect(stderr).not.toContain('line 15\n')
    expect(stderr).toContain('the master kontena-master did not come up: no image in reach')
    expect(moon.calls).toEqual([
      'create kontena-master',
      'terminate kontena-master',
      'terminate kontena-master',
    ])
    expect(moon.names()).toEqual([])
  })

  it('says what is left where it cannot be taken away, and how to', async () => {
    const moon = await openMoon({ fails: 'no image', stays: 'the moon is full' })
    const { code, stderr } = await run(moon, ['create'])

    expect(code).toBe(5)
    expect(stderr).toContain('the machine of kontena-master is left: the moon is full')
    expect(stderr).toContain('kontena moon master terminate kontena-master')
  })

  it('waits for an answer as long as it is told, and no longer', async () => {
    const moon = await openMoon({ isSilent: true })
    const { code, stderr } = await run(moon, ['create', '--timeout', '1s'])

    expect(code).toBe(1)
    expect(stderr).toContain(
      'waited in vain for the master kontena-master to answer at https://127.0.0.1:9',
    )
    expect(moon.names()).toEqual([])
  })

  it('takes away what it made when it is interrupted', async () => {
    const moon = await openMoon({ isSilent: true })
    const interrupt = new AbortController()
    const running = run(moon, ['create'], { signal: interrupt.signal })
    await expect.poll(() => moon.names()).toEqual(['kontena-master'])
    interrupt.abort('interrupt')

    expect((await running).code).toBe(130)
    expect(moon.names()).toEqual([])
  })

  it('leaves the master alone that has the name already', async () => {
    const moon = await openMoon()
    await run(moon, ['create', '--name', 'main'])
    const { code, stderr } = await run(moon, ['create', '--name', 'main'])

    expect(code).not.toBe(0)
    expect(stderr).toContain('the moon has a master main')
    expect(moon.names()).toEqual(['main'])
  })

  it('refuses names that no machine can have', async () => {
    const moon = await openMoon()
    const { code, stderr } = await run(moon, ['create', '--name', 'Main_1'])

    expect(code).toBe(2)
    expect(stderr).toContain('--name Main_1: must be lower case letters, digits and dashes')
    expect(moon.calls).toEqual([])
  })

  it('says so where the environment names another master', async () => {
    const moon = await openMoon()
    const env = { KONTENA_URL: 'https://other.example' }
    const { stderr } = await run(moon, ['create'], { env })

    expect(stderr).toContain('KONTENA_URL says that https://other.example is meant')
  })
})

describe('master start, stop and restart', () => {
  it('need no name where there is one master, and wait until it answers', async () => {
    const moon = await openMoon()
    await run(moon, ['create'])
    for (const verb of ['stop', 'start', 'restart']) {
      expect(await run(moon, [verb])).toMatchObject({ code: 0, stderr: '' })
    }
    expect(moon.calls.slice(1)).toEqual([
      'stop kontena-master',
      'start kontena-master',
      'restart kontena-master',
    ])
  })

  it('ask which where there are several, and say which there are', async () => {
    const moon = await openMoon()
    await run(moon, ['create', '--name', 'one', '--no-login'])
    await run(moon, ['create', '--name', 'two', '--no-login'])

    const several = await run(moon, ['stop'])
    const other = await run(moon, ['stop', 'three'])

    expect(several).toMatchObject({ code: 2 })
    expect(several.stderr).toContain('name one of them: one, two')
    expect(other.stderr).toContain('there is no master three on Moon')
    expect((await run(moon, ['stop', 'two'])).code).toBe(0)
    expect(moon.calls.at(-1)).toBe('stop two')
  })

  it('say how to make one where there is none', async () => {
    const { stderr } = await run(await openMoon(), ['start'])
    expect(stderr).toContain('make one: kontena moon master create')
  })
})

describe('master ssh', () => {
  it('logs in with OpenSSH, which trusts the keys that the machine told and no others', async () => {
    const moon = await openMoon()
    await run(moon, ['create', '--no-login'])
    const ssh = join(home, 'ssh')
    await writeFile(
      ssh,
      `#!/bin/sh\nif [ "$1" = -V ]; then echo OpenSSH_9.2p1 >&2; exit 0; fi
for word in "$@"; do
  echo "$word" >> ${home}/words
  case $word in UserKnownHostsFile=*) cat "$(echo "\${word#*=}" | tr -d '"')" > ${home}/known;; esac
done\nexit 7\n`,
    )
    await chmod(ssh, 0o755)
    const env = { PATH: `${home}:${process.env.PATH}` }

    const { code } = await run(moon, ['ssh', '--', 'docker', 'ps', '-a'], { env })

    expect(code).toBe(7)
    const words = (await readFile(join(home, 'words'), 'utf8')).split('\n')
    expect(words).toEqual(
      expect.arrayContaining(['StrictHostKeyChecking=yes', 'User="moonwalker"', 'Port=2222']),
    )
    expect(words.slice(-4)).toEqual(['--', '127.0.0.1', 'docker ps -a', ''])
    expect(await readFile(join(home, 'known'), 'utf8')).toBe(`kontena-node ${hostKey}\n`)
  })
})

describe('master terminate', () => {
  it('takes the machine away, and the login to that master with it', async () => {
    const moon = await openMoon({ busy: 1 })
    await run(moon, ['create'])

    expect((await run(moon, ['terminate', '--force'])).code).toBe(0)

    expect(moon.names()).toEqual([])
    expect(await config()).toEqual({ current_server: null, servers: [] })
  })

  it('keeps the logins to others, also to one that had the address before', async () => {
    const moon = await openMoon()
    await run(moon, ['create', '--name', 'one'])
    await run(moon, ['create', '--name', 'two'])
    const { servers } = await config()
    const [one, two] = servers
    const earlier = { name: 'earlier', url: one.url, ca: two.ca }
    await writeFile(
      configFile(),
      JSON.stringify({ current_server: 'two', servers: [...servers, earlier] }),
    )

    const { stdout } = await run(moon, ['terminate', 'one', '--force'], { json: true })

    expect(JSON.parse(stdout)).toEqual({ terminated: 'one', forgotten: ['one'] })
    const left = await config()
    expect(left.current_server).toBe('two')
    expect(left.servers.map(({ name }: { name: string }) => name)).toEqual(['two', 'earlier'])
  })

  it('asks for the name, and takes nothing away without it', async () => {
    const moon = await openMoon()
    await run(moon, ['create'])

    const unasked = await run(moon, ['terminate'])
    const refused = await run(moon, ['terminate'], { isTTY: true, input: ['kontena'] })
    const agreed = await run(moon, ['terminate'], { isTTY: true, input: ['kontena-master'] })

    expect(unasked.code).toBe(2)
    expect(refused.code).not.toBe(0)
    expect(agreed.code).toBe(0)
    expect(moon.calls.filter((call) => call.startsWith('terminate'))).toHaveLength(1)
    expect(agreed.stdout).toContain('Its grids go with it')
  })
})
