import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isFailure } from '../src/errors.ts'
import { secret } from './bootstrap-booted.ts'
import { startMaster } from './bootstrap-master.ts'
import { key } from './bootstrap-options.ts'
import { keys, lentHost, scriptFor } from './lent-host.ts'

describe('the script of an order', () => {
  it('makes a node of a host, from enrolment to a started agent', async () => {
    await using master = await startMaster()
    const host = lentHost()

    const run = await host.run(scriptFor(master))

    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toMatchInlineSnapshot(`
      "kontena: noting what is here
      kontena: raising the firewall
      kontena: enrolling with the master
      kontena: enrolled as web-1
      kontena: fetching the agent
      kontena: the agent is here
      kontena: installing Docker
      kontena: setting kernel limits
      kontena: reading the unit
      kontena: starting the agent
      kontena: ready
      "
    `)
    expect(master.enrolments).toMatchObject([
      { name: 'web-1', machine: { provider: 'ssh', id: 'host.example.com:22' } },
    ])
    expect(host.has('active/kontena-agent.service')).toBe(true)
    expect(host.has('etc/kontena/enrolment.json')).toBe(false)
    expect(host.mode('etc/kontena-agent.env')).toBe('600')
    expect(host.mode('opt/kontena/setup')).toBe('755')
    expect(host.mode('etc/kontena/master')).toBe('644')
  })

  it('may be repeated: it enrols once, and starts the agent again with what is new', async () => {
    await using master = await startMaster()
    const host = lentHost()
    await host.run(scriptFor(master))
    const before = host.state()

    expect(await host.run(scriptFor(master))).toMatchObject({ code: 0, stderr: '' })

    expect(master.enrolments).toHaveLength(1)
    expect(host.state()).toEqual(before)
    expect(host.calls()).toContain('systemctl restart kontena-agent.service')
  })

  it('finishes what an earlier run left half done', async () => {
    await using master = await startMaster()
    const host = lentHost({ docker: 'missing' })
    host.pretend('apt-get', 'exit 1')
    expect((await host.run(scriptFor(master))).stdout).toMatch(/failed: .*install-docker\n$/)

    host.pretend('apt-get', 'cp "$KONTENA_PROGRAMS/later/docker" "$KONTENA_PROGRAMS/docker"')
    expect(await host.run(scriptFor(master))).toMatchObject({ code: 0 })

    expect(master.enrolments).toHaveLength(1)
    expect(host.has('active/kontena-agent.service')).toBe(true)
  })

  it('leaves a host as it is that is another node', async () => {
    await using master = await startMaster()
    const host = lentHost()
    await host.run(scriptFor(master))
    const before = host.state()

    const run = await host.run(scriptFor(master, { names: ['web-2'] }))

    expect(run.code).toBe(1)
    expect(run.stdout).toContain(`this host is a node already (web-1 of ${master.url}`)
    expect(run.stdout).toContain('/opt/kontena/remove')
    expect(host.state()).toEqual(before)
  })

  it.each([
    ['has an agent that came another way', { 'etc/kontena-agent.env': 'KONTENA_TOKEN=x\n' }, {}],
    ['is not called anything', {}, { KONTENA_MACHINE_ID: '' }],
    ['is called what no host is', {}, { KONTENA_MACHINE_ID: '"},"x":{"' }],
  ])('leaves a host as it is that %s', async (_what, files, variables) => {
    await using master = await startMaster()
    const host = lentHost({ files })
    const before = host.state()

    const run = await host.run(scriptFor(master), variables)

    expect(run).toMatchObject({ code: 1, stderr: '' })
    expect(run.stdout).toMatch(/^kontena: .*\n$/)
    expect(host.state()).toEqual(before)
    expect(master.enrolments).toEqual([])
  })

  it('leaves a host as it is that has nothing to reach the master with', async () => {
    await using master = await startMaster()
    const host = lentHost()
    host.lose('curl')
    const before = host.state()
    const run = await host.run(scriptFor(master))
    expect(run).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('neither curl nor python3'),
    })
    expect(host.state()).toEqual(before)
  })

  it('says that it cannot write', async () => {
    await using master = await startMaster()
    const host = lentHost({ files: { 'var/lib/kontena': 'not a folder' } })
    const before = host.state()
    const run = await host.run(scriptFor(master))
    expect(run.code).toBe(1)
    expect(run.stdout).toMatch(/^kontena: cannot write to .*\/var\/lib\/kontena\/host: is the disk/)
    expect(host.state()).toEqual(before)
  })

  it('leaves a host as it is on which another script is at work', async () => {
    await using master = await startMaster()
    const host = lentHost()
    host.write('run/kontena-script.lock', '')
    const before = host.state()

    const run = await host.run(
      `exec 8> "$KONTENA_ROOT/run/kontena-script.lock"; flock 8\n${scriptFor(master)}`,
    )

    expect(run.stdout).toBe('kontena: another script like this is at work on this host\n')
    expect(host.state()).toEqual(before)
  })

  it('does nothing where its end is missing, wherever it was cut off', async () => {
    await using master = await startMaster()
    const script = scriptFor(master)
    const end = script.lastIndexOf('main')
    const cuts = [0.02, 0.1, 0.3, 0.5, 0.7, 0.9].map((part) => Math.floor(end * part))
    for (const cut of [...cuts, end]) {
      const host = lentHost()
      const before = host.state()
      await host.run(script.slice(0, cut))
      expect(host.state(), `cut at ${cut}`).toEqual(before)
    }
  })

  it('takes every value for what it is', async () => {
    await using master = await startMaster()
    const account = {
      id: "'\n$(touch $KONTENA_ROOT/evil)\nEND_OF_FILE\n",
      region: '`id`"{{ x }}\\',
    }
    const host = lentHost()

    expect(await host.run(scriptFor(master, { account }))).toMatchObject({ code: 0, stderr: '' })

    expect(master.enrolments[0]?.machine).toMatchObject({
      account: account.id,
      region: account.region,
    })
    expect(existsSync(join(host.root, 'evil'))).toBe(false)
  })

  it('keeps the secret out of what other users can read', async () => {
    await using master = await startMaster()
    master.answers.push(403)
    const host = lentHost()
    for (const program of ['base64', 'cat', 'curl']) {
      host.pretend(program, `exec /usr/bin/${program} "$@"`)
    }

    await host.run(scriptFor(master))

    expect(host.calls().join()).toContain('base64 -d')
    expect(host.calls().join()).not.toContain(secret)
    expect(host.mode('etc/kontena/enrolment.json')).toBe('600')
  })

  it.each([
    ['SSH keys', { sshKeys: [key] }],
    ['a cloud-config', { cloudConfig: { files: [], commands: [], sshKeys: [], entries: [] } }],
  ])('has no place for %s', async (_what, changes) => {
    await using master = await startMaster()
    expect(() => scriptFor(master, changes)).toThrow(
      expect.toSatisfy((error) => isFailure(error, 'BAD_OPTIONS')),
    )
  })
})

describe('a host with a Docker of its own', () => {
  it('keeps its settings, and is not restarted', async () => {
    await using master = await startMaster()
    const host = lentHost({ files: { 'etc/docker/daemon.json': '{"live-restore":true}' } })

    await host.run(scriptFor(master))

    expect(host.read('etc/docker/daemon.json')).toBe('{"live-restore":true}')
    expect(host.calls().filter((call) => /(apt-get|systemctl .*docker)/.test(call))).toEqual([
      'systemctl cat docker.service',
      'systemctl is-active --quiet docker.service',
    ])
  })

  it('gets no settings while it runs, which it would read at some other time', async () => {
    await using master = await startMaster()
    const host = lentHost()
    await host.run(scriptFor(master))
    expect(host.has('etc/docker/daemon.json')).toBe(false)
  })

  it('gets ours where it has none and sleeps, as on a new Flatcar', async () => {
    await using master = await startMaster()
    const host = lentHost({ docker: 'asleep', apt: false })

    expect(await host.run(scriptFor(master))).toMatchObject({ code: 0, stderr: '' })

    expect(host.read('etc/docker/daemon.json')).toContain('max-size')
    expect(host.calls().join()).not.toContain('docker image')
  })

  it('is refused where it is not the service that the agent needs', async () => {
    await using master = await startMaster()
    const host = lentHost()
    host.pretend('systemctl', 'exit 1')
    const run = await host.run(scriptFor(master))
    expect(run.stdout).toContain('not as the service docker.service')
    expect(host.has('opt')).toBe(false)
  })
})

describe('a host without Docker', () => {
  it('gets it with our settings, and a note of what was installed', async () => {
    await using master = await startMaster()
    const host = lentHost({ docker: 'missing', nft: false })

    expect(await host.run(scriptFor(master))).toMatchObject({ code: 0, stderr: '' })

    expect(host.read('etc/docker/daemon.json')).toContain('max-size')
    expect(host.read('var/lib/kontena/host/packages')).toBe(
      'nftables\ndocker.io\napparmor\ndocker-cli\n',
    )
  })

  it('is left as it is where it cannot get one', async () => {
    await using master = await startMaster()
    const host = lentHost({ docker: 'missing', apt: false })
    const before = host.state()
    const run = await host.run(scriptFor(master))
    expect(run.stdout).toContain('neither Docker nor apt')
    expect(host.state()).toEqual(before)
  })

  it('says at once that nftables cannot be had without apt', async () => {
    await using master = await startMaster()
    const host = lentHost({ apt: false, nft: false })
    const run = await host.run(scriptFor(master))
    expect(run.stdout).toContain('nftables is missing, and there is no apt to install it with')
    expect(host.calls().filter((call) => call.startsWith('sleep'))).toEqual([])
  })
})

describe('kernel limits', () => {
  const [instances = '', watches = '', maps = ''] = keys

  it('are raised, and what they were is kept', async () => {
    await using master = await startMaster()
    const host = lentHost()
    await host.run(scriptFor(master))
    expect(keys.map((name) => host.read(`kernel/${name}`).trim())).toEqual([
      '8192',
      '524288',
      '262144',
    ])
    expect(host.read('var/lib/kontena/host/sysctl.conf')).toBe(
      keys.map((name) => `${name} = 128\n`).join(''),
    )
  })

  it('that are as we want them already are kept so over the next boot', async () => {
    await using master = await startMaster()
    const host = lentHost({ files: { [`kernel/${maps}`]: '262144\n' } })
    await host.run(scriptFor(master))
    expect(host.read('etc/sysctl.d/99-kontena.conf')).toContain(`${maps} = 262144\n`)
  })

  it('that are higher already stay, also when the script is repeated', async () => {
    await using master = await startMaster()
    const host = lentHost({ files: { [`kernel/${maps}`]: '1048576\n' } })
    await host.run(scriptFor(master))
    await host.run(scriptFor(master))
    expect(host.read(`kernel/${maps}`)).toBe('1048576\n')
    expect(host.read('etc/sysctl.d/99-kontena.conf')).toBe(
      `${instances} = 8192\n${watches} = 524288\n`,
    )
    expect(host.read('var/lib/kontena/host/sysctl.conf')).toContain(`${instances} = 128\n`)
  })
})
