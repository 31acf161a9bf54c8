import { once } from 'node:events'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  type BootstrapOptions,
  renderBootstrap,
  renderManualCloudConfig,
} from '../src/bootstrap.ts'
import { defaultAgentRuntime } from '../src/bootstrap-values.ts'
import { bootMachine, hasProgram, type MachineOptions } from './bootstrap-machine.ts'
import {
  type Authority,
  bundle,
  bundleHash,
  type MasterDouble,
  makeAuthority,
  startMaster,
} from './bootstrap-master.ts'

const order = '01JABCDEFGHJKMNPQRSTVWXYZ0'
const hostKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBmade/Up+key'

const clients = ['curl', 'python3'] as const
const hasOpenssl = hasProgram('openssl')
if (!hasOpenssl) process.stdout.write('skipped: enrolment over TLS, as openssl is missing\n')

function optionsFor(
  master: MasterDouble,
  changes: Partial<BootstrapOptions> = {},
): BootstrapOptions {
  return {
    names: ['web-1', 'web-2'],
    launchIndex: 'ds.meta_data.ami_launch_index',
    master: { url: master.url, ca: master.ca, agentBundle: bundleHash },
    enrolment: { secret: 'ab'.repeat(32), order },
    provider: 'aws',
    account: { id: '123456789012', region: 'eu-west-1' },
    agent: { runtime: defaultAgentRuntime },
    sshKeys: [],
    limit: { bytes: 16_384, gzip: true },
    ...changes,
  }
}

function machineFor(master: MasterDouble, changes: Partial<MachineOptions> = {}) {
  return bootMachine(renderBootstrap(optionsFor(master)), {
    launchIndex: 1,
    instanceId: 'i-0123456789abcdef0',
    hostKeys: [`${hostKey} root@web-2\n`],
    ...changes,
  })
}

for (const client of clients) {
  const isHere = hasProgram(client)
  if (!isHere) process.stdout.write(`skipped: the scripts with ${client}, which is missing\n`)

  describe.skipIf(!isHere)(`enrol with ${client}`, () => {
    it('registers the token that it wrote, with what only the machine knows', async () => {
      await using master = await startMaster()
      const machine = machineFor(master, { client })

      const run = await machine.run('enrol')

      expect(run).toMatchObject({ code: 0, stdout: 'kontena: enrolled as web-2\n', stderr: '' })
      const environment = machine.environment()
      expect(environment).toEqual({
        KONTENA_URI: master.url.replace('http', 'ws'),
        KONTENA_NODE_NAME: 'web-2',
        KONTENA_NODE_TOKEN: expect.stringMatching(/^[0-9a-f]{64}$/),
      })
      expect(master.enrolments).toEqual([
        {
          secret: 'ab'.repeat(32),
          name: 'web-2',
          nodeToken: environment.KONTENA_NODE_TOKEN,
          machine: {
            provider: 'aws',
            account: '123456789012',
            region: 'eu-west-1',
            id: 'i-0123456789abcdef0',
            order,
          },
          hostKeys: [hostKey],
        },
      ])
    })

    it('tries again after a failure of the master, with the same token', async () => {
      await using master = await startMaster()
      master.answers.push(503, 429, 500)
      const machine = machineFor(master, { client })

      const run = await machine.run('enrol')

      expect(run.code).toBe(0)
      expect(run.stdout).toContain('gave 503 answer to the enrolment of web-2; trying again')
      expect(new Set(master.enrolments.map(({ nodeToken }) => nodeToken)).size).toBe(1)
      expect(master.enrolments).toHaveLength(4)
    })

    it('fetches the agent and keeps it only with the right hash', async () => {
      await using master = await startMaster()
      const machine = machineFor(master, { client })

      expect(await machine.run('fetch-agent')).toMatchObject({ code: 0 })

      expect(machine.read('var/lib/kontena/agent.mjs')).toBe(bundle)
      expect(master.agents).toEqual([`/v1/agent/bundle/${bundleHash}`])
    })

    describe.skipIf(!hasOpenssl)('over TLS', () => {
      let ours: Authority
      let other: Authority
      beforeAll(() => {
        ours = makeAuthority()
        other = makeAuthority()
      })

      it('trusts the pinned authority', async () => {
        await using master = await startMaster({ tls: ours })
        const machine = machineFor(master, { client })

        expect(await machine.run('enrol')).toMatchObject({ code: 0, stderr: '' })
        expect(machine.environment()).toMatchObject({
          KONTENA_URI: master.url.replace('https', 'wss'),
          SSL_CERT_FILE: '/etc/kontena/ca.pem',
        })
      })

      it('sends nothing to a master that another authority vouches for', async () => {
        await using master = await startMaster({ tls: { ...ours, ca: other.ca } })
        const machine = machineFor(master, { client })

        const run = await machine.run('enrol')

        expect(run.code).toBe(1)
        expect(run.stdout).toContain('gave no answer')
        expect(run.stdout).toContain('gave up enrolling web-2')
        expect(run.stderr).toMatch(/certificate/i)
        expect(master.enrolments).toEqual([])
      })
    })
  })
}

describe('enrol', () => {
  it('writes the token where only root reads it, and removes the spent secret', async () => {
    await using master = await startMaster()
    const machine = machineFor(master)

    await machine.run('enrol')

    expect(statSync(join(machine.root, 'etc/kontena-agent.env')).mode & 0o777).toBe(0o600)
    expect(existsSync(join(machine.root, 'etc/kontena/enrolment.json'))).toBe(false)
    expect(existsSync(join(machine.root, 'etc/kontena-agent.env.new'))).toBe(false)
  })

  it.each([
    [403, 'its enrolment is over, or was made for other names'],
    [409, 'another machine has taken this name already'],
    [422, 'it does not understand the enrolment'],
  ])('takes %i for the last word', async (status, reason) => {
    await using master = await startMaster()
    master.answers.push(status)
    const machine = machineFor(master)

    const run = await machine.run('enrol')

    expect(run.code).toBe(1)
    expect(run.stdout).toBe(`kontena: the master refuses web-2: ${reason}\n`)
    expect(master.enrolments).toHaveLength(1)
  })

  it('has its token on disk before the master sees it', async () => {
    await using master = await startMaster()
    const machine = machineFor(master)
    let onDisk: string | undefined
    master.answers.push(async () => {
      onDisk = machine.environment().KONTENA_NODE_TOKEN
      return 204
    })

    await machine.run('enrol')

    expect(onDisk).toBe(master.enrolments[0]?.nodeToken)
  })

  it('repeats itself with the same token when it was killed with its request on the way', async () => {
    await using master = await startMaster()
    const machine = machineFor(master)
    const arrived = new Promise<void>((resolve) => {
      master.answers.push(() => {
        resolve()
        return new Promise<never>(() => {})
      })
    })
    const first = machine.start('enrol')
    first.catch(() => {})
    await arrived
    first.child.kill('SIGKILL')
    await once(first.child, 'exit')

    expect(await machine.run('enrol')).toMatchObject({ code: 0 })

    const [cutOff, repeated] = master.enrolments
    expect(repeated).toEqual(cutOff)
  })

  it('uses the token of an environment file that was written before the machine went down', async () => {
    await using master = await startMaster()
    const machine = machineFor(master)
    const token = '5'.repeat(64)
    writeFileSync(
      join(machine.root, 'etc/kontena-agent.env'),
      `KONTENA_URI=ws://x\nKONTENA_NODE_NAME=web-2\nKONTENA_NODE_TOKEN=${token}\n`,
    )

    await machine.run('enrol')

    expect(master.enrolments[0]?.nodeToken).toBe(token)
  })

  it('does nothing on a machine that is enrolled', async () => {
    await using master = await startMaster()
    const machine = machineFor(master)
    await machine.run('enrol')

    expect(await machine.run('enrol')).toMatchObject({
      code: 0,
      stdout: 'kontena: enrolled already\n',
    })
    expect(master.enrolments).toHaveLength(1)
  })

  it.each(clients.filter(hasProgram))(
    'keeps secrets out of the arguments of the programs it starts, with %s',
    async (client) => {
      await using master = await startMaster()
      const machine = machineFor(master, { client })
      for (const program of ['od', 'sync', 'mv', 'rm', client]) machine.record(program)

      expect(await machine.run('enrol')).toMatchObject({ code: 0 })

      const calls = machine.read('calls')
      expect(calls).toContain(`${client} `)
      expect(calls).not.toContain('ab'.repeat(32))
      expect(calls).not.toContain(machine.environment().KONTENA_NODE_TOKEN)
    },
  )

  it('leaves host keys out that are not of the form type and data', async () => {
    await using master = await startMaster()
    const machine = machineFor(master, {
      hostKeys: [hostKey, '', 'ssh-rsa "}],"name":"web-9\n', `${hostKey}\n`],
    })

    await machine.run('enrol')

    expect(master.enrolments[0]?.hostKeys).toEqual([hostKey, hostKey])
  })

  it('gives up when the master has been silent for about fifteen minutes', async () => {
    const master = await startMaster()
    await master[Symbol.asyncDispose]()
    const machine = machineFor(master)

    const run = await machine.run('enrol')

    expect(run.code).toBe(1)
    expect(run.stdout).toContain(`gave up enrolling web-2: no good answer from ${master.url}`)
    const naps = machine.naps()
    const total = naps.reduce((sum, nap) => sum + nap, 0)
    expect(total).toBeGreaterThanOrEqual(900)
    expect(total).toBeLessThan(960)
    expect(naps[0]).toBeLessThanOrEqual(2)
    expect(Math.max(...naps)).toBeLessThanOrEqual(60)
  })

  it('stops where cloud-init could not tell the name', async () => {
    await using master = await startMaster()
    const machine = machineFor(master)
    writeFileSync(join(machine.root, 'etc/kontena/name'), 'CI_MISSING_JINJA_VAR/index\n')

    const run = await machine.run('enrol')

    expect(run.code).toBe(1)
    expect(run.stdout).toContain('this machine was given no name')
    expect(master.enrolments).toEqual([])
  })
})

describe('fetch-agent', () => {
  it('never keeps an agent with another hash', async () => {
    await using master = await startMaster()
    master.sent = 'evil()\n'
    const machine = machineFor(master)

    const run = await machine.run('fetch-agent')

    expect(run.code).toBe(1)
    expect(run.stdout).toContain('sent another agent than the one with the hash')
    expect(existsSync(join(machine.root, 'var/lib/kontena/agent.mjs'))).toBe(false)
    expect(existsSync(join(machine.root, 'var/lib/kontena/agent.mjs.new'))).toBe(false)
  })

  it('downloads nothing that is there already', async () => {
    await using master = await startMaster()
    const machine = machineFor(master)
    await machine.run('fetch-agent')

    expect(await machine.run('fetch-agent')).toMatchObject({ code: 0, stdout: '' })
    expect(master.agents).toHaveLength(1)
  })

  it('replaces an agent that is not the one of the user data', async () => {
    await using master = await startMaster()
    const machine = machineFor(master)
    await machine.run('fetch-agent')
    writeFileSync(join(machine.root, 'var/lib/kontena/agent.mjs'), 'truncat')

    await machine.run('fetch-agent')

    expect(machine.read('var/lib/kontena/agent.mjs')).toBe(bundle)
  })

  it('has nothing to do where the agent is a complete image', async () => {
    await using master = await startMaster()
    const options = optionsFor(master, { agent: { image: 'registry.example.com/agent:2' } })
    const machine = bootMachine(renderBootstrap(options), { launchIndex: 0, instanceId: 'i-1' })

    expect(await machine.run('fetch-agent')).toMatchObject({ code: 0, stdout: '' })
    expect(master.agents).toEqual([])
  })
})

describe('setup', () => {
  /** Programs that would change the system; they are only written down. */
  const system = ['docker', 'sysctl', 'systemctl']

  it('goes from enrolment to a started agent, telling each step', async () => {
    await using master = await startMaster()
    const machine = machineFor(master)
    for (const program of system) machine.pretend(program)

    const run = await machine.run('setup')

    expect(run.stderr).toBe('')
    expect(run.stdout).toMatchInlineSnapshot(`
      "kontena: enrolling with the master
      kontena: enrolled as web-2
      kontena: fetching the agent
      kontena: the agent is here
      kontena: installing Docker
      kontena: setting kernel limits
      kontena: reading the unit
      kontena: starting the agent
      kontena: ready
      "
    `)
    expect(machine.calls()).toMatchInlineSnapshot(`
      [
        "sysctl --quiet --load /etc/sysctl.d/99-kontena.conf",
        "systemctl daemon-reload",
        "systemctl enable --now kontena-agent.service",
      ]
    `)
  })

  it('may be repeated', async () => {
    await using master = await startMaster()
    const machine = machineFor(master)
    for (const program of system) machine.pretend(program)
    await machine.run('setup')

    expect(await machine.run('setup')).toMatchObject({ code: 0 })
    expect(master.enrolments).toHaveLength(1)
  })

  it('stops at the first step that fails, and names it', async () => {
    await using master = await startMaster()
    master.answers.push(409)
    const machine = machineFor(master)
    for (const program of system) machine.pretend(program)

    const run = await machine.run('setup')

    expect(run.code).toBe(1)
    expect(run.stdout).toMatch(/kontena: failed: .*\/enrol\n$/)
    expect(master.agents).toEqual([])
  })

  it('installs Docker from the distribution where it is missing, and tries again', async () => {
    await using master = await startMaster()
    const machine = machineFor(master)
    machine.pretend('apt-cache')
    machine.pretend(
      'apt-get',
      'if [ ! -f "$KONTENA_ROOT/up" ]; then : > "$KONTENA_ROOT/up"; exit 1; fi',
    )

    const run = await machine.run('install-docker')

    expect(run).toMatchObject({ code: 0, stdout: 'kontena: Docker could not be installed\n' })
    expect(machine.calls()).toMatchInlineSnapshot(`
      [
        "apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 update",
        "apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 update",
        "apt-cache show docker-cli",
        "apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 --no-install-recommends install docker.io apparmor ca-certificates docker-cli",
      ]
    `)
    expect(machine.naps()).toEqual([5])
  })

  it('joins a machine made by hand with the token of the grid', async () => {
    await using master = await startMaster()
    const text = renderManualCloudConfig({
      master: { url: master.url, ca: undefined, agentBundle: bundleHash },
      gridToken: 'grid+token==',
      agent: { runtime: defaultAgentRuntime },
      peerInterface: 'eth1',
    })
    const machine = bootMachine(Buffer.from(text), { launchIndex: 0, instanceId: 'none' })
    for (const program of system) machine.pretend(program)

    expect(await machine.run('setup')).toMatchObject({ code: 0 })

    expect(machine.environment()).toEqual({
      KONTENA_URI: master.url.replace('http', 'ws'),
      KONTENA_TOKEN: 'grid+token==',
      KONTENA_PEER_INTERFACE: 'eth1',
    })
    expect(master.enrolments).toEqual([])
  })
})

describe('wait-for-clock', () => {
  it('ends when the clock is set', async () => {
    await using master = await startMaster()
    const machine = machineFor(master)
    machine.add('timedatectl', 'echo yes')

    expect(await machine.run('wait-for-clock')).toMatchObject({ code: 0, stdout: '' })
  })

  it('goes on after a minute where nothing sets the clock', async () => {
    await using master = await startMaster()
    const machine = machineFor(master)
    machine.add('timedatectl', 'echo no')

    const run = await machine.run('wait-for-clock')

    expect(run.code).toBe(0)
    expect(run.stdout).toContain('going on all the same')
    expect(machine.naps()).toHaveLength(60)
  })
})
