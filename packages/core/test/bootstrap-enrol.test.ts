import { once } from 'node:events'
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { clients, hostKey, machineFor, order, secret } from './bootstrap-booted.ts'
import { hasProgram } from './bootstrap-machine.ts'
import { type Authority, makeAuthority, startMaster } from './bootstrap-master.ts'

const hasOpenssl = hasProgram('openssl')
if (!hasOpenssl) process.stdout.write('skipped: enrolment over TLS, as openssl is missing\n')

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
          secret: secret,
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

  it('tells the agent what was written down of this machine alone', async () => {
    await using master = await startMaster()
    const machine = machineFor(master)
    writeFileSync(join(machine.root, 'etc/kontena/machine.env'), 'KONTENA_PEER_INTERFACE=enp0s8\n')

    await machine.run('enrol')

    expect(machine.environment()).toMatchObject({
      KONTENA_PEER_INTERFACE: 'enp0s8',
      KONTENA_NODE_NAME: 'web-2',
      KONTENA_NODE_TOKEN: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })

  it.each([
    [403, 'its enrolment is over, or was made for other names'],
    [409, 'another machine has its name, or says it is this one'],
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
      expect(calls).not.toContain(secret)
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

  describe('the account that an SSH key opens', () => {
    const accounts = [
      'root:x:0:0:root:/root:/bin/bash',
      'daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin',
      'Bad:x:998:998::/home/bad:/bin/sh',
      `${'a'.repeat(33)}:x:999:999::/home/long:/bin/sh`,
      'ubuntu:x:1000:1000::/home/ubuntu:/bin/bash',
      'joe:x:1001:1001::/home/joe:/bin/bash',
    ]
    const forced = 'no-pty,command="echo log in as ubuntu" ssh-ed25519 AAAA'

    it.each<[string, string | undefined, Record<string, string>]>([
      [
        'the first but root',
        'ubuntu',
        { root: hostKey, 'home/ubuntu': hostKey, 'home/joe': hostKey },
      ],
      ['one whose key stands after a comment', 'joe', { 'home/joe': `# Joe\n\n${hostKey}` }],
      [
        'root, where nobody else has a key',
        'root',
        { root: `${hostKey}\n`, 'home/joe': '# none\n' },
      ],
      ['nobody, where a key opens no session', undefined, { root: `${forced}\n` }],
      [
        'nobody of a name that none can have',
        undefined,
        { 'home/bad': hostKey, 'home/long': hostKey },
      ],
    ])('is %s', async (_which, user, files) => {
      await using master = await startMaster()
      const machine = machineFor(master)
      writeFileSync(join(machine.root, 'etc/passwd'), `${accounts.join('\n')}\n`)
      for (const [home, content] of Object.entries(files)) {
        mkdirSync(join(machine.root, home, '.ssh'), { recursive: true })
        writeFileSync(join(machine.root, home, '.ssh/authorized_keys'), content)
      }

      expect(await machine.run('enrol')).toMatchObject({ code: 0, stderr: '' })

      expect(master.enrolments[0]?.user).toBe(user)
    })

    it('is one whose keys Flatcar keeps in files of their own', async () => {
      await using master = await startMaster()
      const machine = machineFor(master)
      writeFileSync(join(machine.root, 'etc/passwd'), 'core:x:500:500::/home/core:/bin/bash\n')
      const folder = join(machine.root, 'home/core/.ssh/authorized_keys.d')
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, 'ignition'), hostKey)

      await machine.run('enrol')

      expect(master.enrolments[0]?.user).toBe('core')
    })
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

  it.each(['my-group_(x)/web-1-abc', '3164494', '00fa9f2a-7b1c-4d4e-9b0e-1f2d3c4b5a69'])(
    'tells the master the id %s as it is',
    async (instanceId) => {
      await using master = await startMaster()
      const machine = machineFor(master, { instanceId })
      expect(await machine.run('enrol')).toMatchObject({ code: 0 })
      expect(master.enrolments[0]?.machine.id).toBe(instanceId)
    },
  )

  it.each([
    'i-1"},"id":"i-2',
    'CI_MISSING_JINJA_VAR/$(id)',
    'a b',
    'a\\b',
    '`id`',
    'gruppe-ö/a',
    '',
  ])('stops where cloud-init takes %j for the id', async (id) => {
    await using master = await startMaster()
    const machine = machineFor(master)
    writeFileSync(join(machine.root, 'etc/kontena/instance-id'), `${id}\n`)
    const run = await machine.run('enrol')
    expect(run.code).toBe(1)
    expect(run.stdout).toContain('cloud-init knows no id of this machine')
    expect(master.enrolments).toEqual([])
  })

  it('stops where cloud-init found no name of the batch', async () => {
    await using master = await startMaster()
    const machine = machineFor(master)
    writeFileSync(join(machine.root, 'etc/kontena/name'), '\n')
    const run = await machine.run('enrol')
    expect(run.code).toBe(1)
    expect(run.stdout).toContain('this machine was given no name')
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
