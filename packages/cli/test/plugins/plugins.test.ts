import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { goodCode, openPluginLab, type PluginLab, sources } from './plugin-lab.ts'

let lab: PluginLab

beforeEach(async () => {
  lab = await openPluginLab()
})
afterEach(() => lab.close())

const installed = async (): Promise<string[]> =>
  (await readdir(join(lab.home, 'plugins')).catch(() => [])).sort()

describe('plugin install', () => {
  it('makes the word of a folder a command, with the options of its code', async () => {
    await lab.write('tiny')
    const { stdout, exitCode } = await lab.run(['plugin', 'install', './tiny'])
    expect(exitCode).toBe(0)
    expect(stdout).toContain('Installed plugin tiny version 1.2.3')
    expect((await lab.run(['--help'])).stdout).toMatch(/^ +tiny +Machines on Tiny cloud$/m)
    for (const command of [undefined, sources]) {
      const help = await lab.run(['tiny', 'node', 'create', '--help'], {}, command)
      expect(help).toMatchObject({ stderr: '', stdout: expect.stringContaining('--spot VALUE') })
    }
  })

  it('installs a package with npm, though nobody has what it shares with the command', async () => {
    await lab.write('tiny', {
      json: { peerDependencies: { '@kontena/core': '^99.0.0', zod: '^99.0.0' } },
    })
    const tar = ['-czf', 'tiny.tgz', '--transform', 's/^tiny/package/', 'tiny']
    await execa('tar', tar, { cwd: lab.folder })
    const { exitCode, stdout, stderr } = await lab.run(['plugin', 'install', 'tiny.tgz', '--json'])
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 })
    const plugin = JSON.parse(stdout)
    expect(plugin).toMatchObject({ provider: 'tiny', package: 'kontena-tiny', version: '1.2.3' })
    expect(await installed()).toEqual([plugin.store, 'tiny.json'])
    expect((await lab.run(['tiny', 'node', 'list', '--help'])).stdout).toContain('--spot')

    expect((await lab.run(['plugin', 'uninstall', 'kontena-tiny'])).exitCode).toBe(0)
    expect(await installed()).toEqual([])
  })

  it('shows what npm said only where it failed, and leaves nothing', async () => {
    const { exitCode, stderr } = await lab.run(['plugin', 'install', 'missing.tgz'])
    expect(exitCode).toBe(1)
    expect(stderr).toContain('ENOENT')
    expect(stderr).toContain('missing.tgz was not installed: npm ended with')
    expect(await installed()).toEqual([])
  })

  it.each([
    ['--prefix=/', /Unrecognised option/],
    ['git+ssh://host/x', /neither an npm package nor a path/],
    ['a b', /neither an npm package nor a path/],
  ])('does not hand %j on to npm', async (source, message) => {
    const { exitCode, stderr } = await lab.run(['plugin', 'install', source])
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(message)
  })

  it.each([
    ['no plug-in', { json: { kontena: undefined } }, 'has no "kontena"'],
    ['of another contract', { kontena: { contract: 2 } }, 'made for contract 2'],
    ['without its file', { kontena: { entry: './dist/index.js' } }, 'dist/index.js is missing'],
    ['reaching out', { kontena: { entry: './../other.js' } }, 'must be a path inside the package'],
    ['named badly', { kontena: { provider: 'Tiny!' } }, 'must be a word of lower-case letters'],
    [
      'of a taken word',
      { kontena: { provider: 'aws' }, code: goodCode.replace("'tiny'", "'aws'") },
      "one of this command's own",
    ],
    [
      'like a command',
      { kontena: { provider: 'node' }, code: goodCode.replace("'tiny'", "'node'") },
      "one of this command's own",
    ],
  ])('refuses a package that is %s', async (_what, contents, message) => {
    await lab.write('tiny', contents)
    const { exitCode, stderr } = await lab.run(['plugin', 'install', './tiny'])
    expect(stderr).toContain('./tiny was not installed: ')
    expect(stderr).toContain(message)
    expect(exitCode).toBe(1)
    expect(await installed()).toEqual([])
  })

  it('replaces a version by another, and no plug-in by a stranger of the same word', async () => {
    await lab.write('tiny')
    await lab.run(['plugin', 'install', './tiny'])
    await lab.write('tiny', { json: { version: '2.0.0' } })
    expect((await lab.run(['plugin', 'install', './tiny'])).stdout).toContain('version 2.0.0')
    await lab.write('stranger')
    const { exitCode, stderr } = await lab.run(['plugin', 'install', './stranger'])
    expect(exitCode).toBe(1)
    expect(stderr).toContain('kontena-tiny has the word tiny already')
  })

  it('keeps both of two that are installed at once', async () => {
    await lab.write('tiny')
    await lab.write('other', {
      kontena: { provider: 'other' },
      code: goodCode.replace("'tiny'", "'other'"),
    })
    const runs = ['./tiny', './other'].map((path) => lab.run(['plugin', 'install', path]))
    expect((await Promise.all(runs)).map(({ exitCode }) => exitCode)).toEqual([0, 0])
    expect((await lab.run(['plugin', 'list', '-q'])).stdout).toBe('other\ntiny')
  })

  it('leaves no plug-in when it is killed, and clears up later', async () => {
    const fakeNpm = join(lab.folder, 'bin')
    await mkdir(fakeNpm)
    // Tells where it was to install, and then hangs as a slow registry does.
    const script = `#!/bin/sh\necho "$3" > ${lab.folder}/started\nexec sleep 60\n`
    await writeFile(join(fakeNpm, 'npm'), script, { mode: 0o755 })
    const running = lab.run(['plugin', 'install', 'slow'], {
      PATH: `${fakeNpm}:${process.env.PATH}`,
    })
    await expect.poll(() => readdir(lab.folder), { timeout: 10_000 }).toContain('started')
    running.kill('SIGKILL')
    await running
    const [store = ''] = await installed()
    expect(store).toMatch(/^store-/)
    expect((await lab.run(['plugin', 'list', '-q'])).stdout).toBe('')

    const longAgo = new Date(Date.now() - 2 * 3_600_000)
    await utimes(join(lab.home, 'plugins', store), longAgo, longAgo)
    await lab.write('tiny')
    await lab.run(['plugin', 'install', './tiny'])
    expect(await installed()).toEqual(['tiny.json'])
  })
})

describe('an installed plug-in', () => {
  beforeEach(async () => {
    await lab.write('tiny')
    await lab.run(['plugin', 'install', './tiny'])
  })

  it.each([
    ['vanished', () => rm(join(lab.folder, 'tiny'), { recursive: true }), 'is gone'],
    [
      'changed its name',
      () =>
        lab.write('tiny', {
          kontena: { provider: 'new' },
          code: goodCode.replace("'tiny'", "'new'"),
        }),
      'it calls itself new by now',
    ],
    ['moved on', () => lab.write('tiny', { kontena: { contract: 2 } }), 'made for contract 2'],
  ])('that %s breaks its own command alone, and says the way out', async (_what, spoil, reason) => {
    await spoil()
    const { exitCode, stderr } = await lab.run(['tiny', 'node', 'list'])
    expect(exitCode).toBe(1)
    expect(stderr).toContain('the plug-in tiny cannot be used: ')
    expect(stderr).toContain(reason)
    expect(stderr).toContain('hint: update it, or take it away: kontena plugin uninstall tiny')

    expect((await lab.run(['--help'])).exitCode).toBe(0)
    expect((await lab.run(['aws', '--help'])).exitCode).toBe(0)
    const list = await lab.run(['plugin', 'list'])
    expect(list.exitCode).toBe(0)
    expect(list.stdout).toMatch(/^tiny +1\.2\.3 +kontena-tiny +Tiny cloud +broken$/m)
    expect(list.stderr).toContain(reason)
    expect((await lab.run(['plugin', 'uninstall', 'tiny'])).exitCode).toBe(0)
    expect((await lab.run(['plugin', 'list'])).stdout).not.toContain('tiny')
  })

  it.each([
    ['throwing', { code: "throw new Error('oh no')" }, 'its code failed as it was loaded: oh no'],
    ['not parsed', { code: 'export const = 1' }, 'its code failed as it was loaded'],
    ['without its export', { code: 'export const other = 1' }, 'no export named provider'],
    ['of another shape', { code: goodCode.replace('batch: 1', "batch: 'many'") }, 'limits.batch'],
    ['without a schema', { code: goodCode.replace('z.object({})', '{}') }, 'must be a zod object'],
    [
      'of two names',
      { code: goodCode.replace("'tiny'", "'other'") },
      'says tiny, and its code that it is other',
    ],
    ['with a flag of ours', { code: goodCode.replace('spot:', 'count:') }, '--count'],
    [
      'for a region it has not',
      { code: goodCode.replace('machineOptions', "regionOption: 'place', machineOptions") },
      'no access option place',
    ],
    [
      'without the masters that it promises',
      { code: goodCode.replace('master: false', 'master: true') },
      'masters: abilities.master promises them',
    ],
  ])('whose code is %s says so when it is used', async (_what, contents, message) => {
    await lab.write('tiny', contents)
    const { exitCode, stderr } = await lab.run(['tiny', 'node', 'list'])
    expect(stderr).toContain('the plug-in tiny cannot be used: ')
    expect(stderr).toContain(message)
    expect(exitCode).toBe(1)
  })

  it('runs none of its code for commands that are not its own', async () => {
    const telling = `console.error('it ran')\n${goodCode}`
    await lab.write('tiny', { code: telling })
    expect((await lab.run(['plugin', 'install', './tiny'])).stderr).toBe('')
    expect((await lab.run(['plugin', 'list'])).stderr).toBe('')
    expect((await lab.run(['--help'])).stderr).toBe('')
    expect((await lab.run(['node', '--help'])).stderr).toBe('')
    expect((await lab.run(['tiny', 'node', '--help'])).stderr).toContain('it ran')
  })

  it("throws errors that are the command's own", async () => {
    const master = { KONTENA_URL: 'http://127.0.0.1:9', KONTENA_TOKEN: 'x', KONTENA_GRID: 'prod' }
    const config = join(lab.folder, 'client.json')
    const server = { name: 'm', url: 'http://127.0.0.1:9', uuid: 'u-1', grid: 'prod', token: 'x' }
    await writeFile(config, JSON.stringify({ current_server: 'm', servers: [server] }))
    const { exitCode, stderr } = await lab.run(
      ['tiny', 'node', 'terminate', 'web', '--force', '--without-master'],
      { ...master, KONTENA_CONFIG: config },
    )
    expect(stderr).toContain('Tiny cloud knows nobody')
    expect(exitCode).toBe(3)
  })

  it('is not there for a command that is to start without any', async () => {
    const { exitCode, stderr } = await lab.run(['tiny', 'node', 'list'], { NO_PLUGINS: '1' })
    expect(exitCode).toBe(2)
    expect(stderr).toContain("No such sub-command 'tiny'")
  })

  it('may bring what it needs, which gets what it brought itself', async () => {
    const modules = join(lab.folder, 'tiny/node_modules')
    await mkdir(join(modules, 'zod'), { recursive: true })
    await mkdir(join(modules, 'needs'), { recursive: true })
    await writeFile(join(modules, 'zod/package.json'), '{"name":"zod","main":"index.js"}')
    await writeFile(join(modules, 'zod/index.js'), "module.exports = 'an old one'")
    await writeFile(join(modules, 'needs/package.json'), '{"name":"needs","main":"index.js"}')
    await writeFile(join(modules, 'needs/index.js'), "module.exports = require('zod')")
    const code = `${goodCode}\nimport needs from 'needs'\nconsole.error('needs got', needs)`
    await lab.write('tiny', { code })
    const { exitCode, stderr } = await lab.run(['tiny', 'node', 'create', '--help'])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: 'needs got an old one' })
  })
})

it('may need a package with a name that every object has', async () => {
  const needed = join(lab.folder, 'tiny/node_modules/constructor')
  await mkdir(needed, { recursive: true })
  await writeFile(join(needed, 'package.json'), '{"name":"constructor","main":"index.js"}')
  await writeFile(join(needed, 'index.js'), "module.exports = 'its own'")
  const code = `${goodCode}\nimport needs from 'constructor'\nconsole.error('got', needs)`
  await lab.run(['plugin', 'install', await lab.write('tiny', { code })])
  expect((await lab.run(['tiny', 'node', 'create', '--help'])).stderr).toBe('got its own')
})

describe('plugin uninstall', () => {
  it('says that there is no such plug-in', async () => {
    const { exitCode, stderr } = await lab.run(['plugin', 'uninstall', 'nothing'])
    expect(exitCode).toBe(1)
    expect(stderr).toBe(' [error] Plugin nothing has not been installed\nhint: kontena plugin list')
  })
})

describe('a record that is damaged', () => {
  it.each([
    ['of another word', { provider: '../../precious' }],
    ['with a store that is none', { provider: 'tiny', store: '..' }],
    ['with a store that is all of them', { provider: 'tiny', store: '' }],
  ])('%s takes nothing away but itself', async (_what, fields) => {
    const record = { title: 'Tiny', package: 'tiny', version: '1.0.0', root: '/nowhere', ...fields }
    await mkdir(join(lab.home, 'plugins', 'store-other'), { recursive: true })
    await writeFile(join(lab.folder, 'precious.json'), '{}')
    await writeFile(join(lab.home, 'plugins', 'tiny.json'), JSON.stringify(record))
    await lab.run(['plugin', 'uninstall', 'tiny'])
    expect(await readdir(lab.folder)).toContain('precious.json')
    expect(await readdir(join(lab.home, 'plugins'))).toContain('store-other')
  })

  it.each(['', '{', 'null', '{"provider":"tiny"}'])('%j is no plug-in', async (text) => {
    await mkdir(join(lab.home, 'plugins'), { recursive: true })
    await writeFile(join(lab.home, 'plugins', 'tiny.json'), text)
    const { exitCode, stdout } = await lab.run(['--help'])
    expect(exitCode).toBe(0)
    expect(stdout).not.toContain('tiny')
  })
})
