import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BootstrapOptions, renderBootstrap } from '../src/bootstrap.ts'
import { renderManualCloudConfig } from '../src/bootstrap-manual.ts'
import { isFailure } from '../src/errors.ts'
import { readUserData } from './bootstrap-machine.ts'
import { azureId, ca, facts, key, makePem, options } from './bootstrap-options.ts'
import { makeSshKey } from './bootstrap-ssh-key.ts'

function fileOf(data: Uint8Array, path: string): string | undefined {
  return readUserData(data, facts).files.get(path)?.content
}

describe('renderBootstrap', () => {
  it('gives the machine the name at its launch index', () => {
    const data = renderBootstrap(options)
    for (const [launchIndex, name] of options.names.entries()) {
      const { hostname, files } = readUserData(data, { ...facts, launchIndex })
      expect(hostname).toBe(name)
      expect(files.get('/etc/kontena/name')?.content).toBe(`${name}\n`)
    }
  })

  it('names a machine that is alone in its batch without asking for an index', () => {
    const data = renderBootstrap({ ...options, names: ['1e3'], identity: {} })

    expect(gunzipSync(data).toString()).not.toContain('launch_index')
    expect(readUserData(data, { ...facts, launchIndex: 0 }).hostname).toBe('1e3')
  })

  it('gives the machine the name that its cloud gave it, where that is one of the batch', () => {
    const data = renderBootstrap({ ...options, identity: { machineName: 'v1.local_hostname' } })
    for (const name of options.names) {
      const { hostname, files } = readUserData(data, { ...facts, localHostname: name })
      expect(hostname).toBe(name)
      expect(files.get('/etc/kontena/name')?.content).toBe(`${name}\n`)
    }
  })

  it.each(['web-4', 'web-1.example.com', 'localhost', ''])(
    'gives no name to a machine that its cloud calls %j, which is nobody of the batch',
    (localHostname) => {
      const data = renderBootstrap({ ...options, identity: { machineName: 'v1.local_hostname' } })
      const { hostname, files } = readUserData(data, { ...facts, localHostname })
      expect(hostname).toBe('')
      expect(files.get('/etc/kontena/name')?.content).toBe('\n')
    },
  )

  it('writes the id as the provider says that the machine finds it', () => {
    const data = renderBootstrap({
      ...options,
      identity: { ...options.identity, machineId: azureId },
    })
    expect(fileOf(data, '/etc/kontena/instance-id')).toBe('my-group_(x)/web-1-abc\n')
  })

  it('cannot name several machines that nothing tells apart', () => {
    expect(() => renderBootstrap({ ...options, identity: {} })).toThrow('cannot name 3 machines')
  })

  it('writes these files with these modes, and runs setup', () => {
    const { files, runcmd, ssh_authorized_keys } = readUserData(renderBootstrap(options), facts)

    expect(
      [...files].map(([path, { mode }]) => `${mode.toString(8)} ${path}`),
    ).toMatchInlineSnapshot(`
      [
        "644 /etc/kontena/name",
        "644 /etc/kontena/instance-id",
        "600 /etc/kontena/enrolment.json",
        "644 /etc/kontena/agent.env",
        "755 /opt/kontena/enrol",
        "644 /etc/kontena/master",
        "644 /etc/kontena/ca.pem",
        "644 /etc/kontena/agent.sha256",
        "644 /etc/systemd/system/kontena-agent.service",
        "644 /etc/docker/daemon.json",
        "644 /etc/sysctl.d/99-kontena.conf",
        "644 /opt/kontena/http",
        "755 /opt/kontena/fetch-agent",
        "644 /opt/kontena/start-agent.mjs",
        "644 /opt/kontena/packages",
        "755 /opt/kontena/install-docker",
        "755 /opt/kontena/wait-for-clock",
        "755 /opt/kontena/setup",
      ]
    `)
    expect(runcmd).toEqual([['/opt/kontena/setup']])
    expect(ssh_authorized_keys).toEqual(options.sshKeys)
  })

  it('tells the scripts whom to enrol with', () => {
    const data = renderBootstrap(options)

    expect(fileOf(data, '/etc/kontena/master')).toBe('https://master.example.com:9292\n')
    expect(fileOf(data, '/etc/kontena/ca.pem')).toBe(ca)
    expect(fileOf(data, '/etc/kontena/agent.sha256')).toBe(`${'ab'.repeat(32)}\n`)
    expect(fileOf(data, '/etc/kontena/instance-id')).toBe('i-0123456789abcdef0\n')
    expect(fileOf(data, '/etc/kontena/agent.env')).toBe(
      'KONTENA_URI=wss://master.example.com:9292\nSSL_CERT_FILE=/etc/kontena/ca.pem\n',
    )
    expect(fileOf(data, '/etc/kontena/enrolment.json')).toBe(
      `{"secret":"${'cd'.repeat(32)}","machine":{"provider":"aws","account":"123456789012","region":"eu-west-1","order":"01JABCDEFGHJKMNPQRSTVWXYZ0"}}\n`,
    )
  })

  it('trusts the system’s roots where no authority is pinned', () => {
    const data = renderBootstrap({ ...options, master: { ...options.master, ca: undefined } })

    expect(fileOf(data, '/etc/kontena/ca.pem')).toBeUndefined()
    expect(fileOf(data, '/etc/kontena/agent.env')).toBe(
      'KONTENA_URI=wss://master.example.com:9292\n',
    )
  })

  it('runs the agent that the master hands out in the runtime image', () => {
    const unit = fileOf(renderBootstrap(options), '/etc/systemd/system/kontena-agent.service')
    expect(unit).toMatchInlineSnapshot(`
      "[Unit]
      Description=Kontena agent
      After=docker.service network-online.target
      Wants=network-online.target
      Requires=docker.service
      StartLimitIntervalSec=0

      [Service]
      Restart=always
      RestartSec=5
      TimeoutStartSec=180
      ExecStartPre=-/opt/kontena/wait-for-clock
      # At the first start there is none, and Docker would call that an error in the journal.
      ExecStartPre=-sh -c 'docker rm -f kontena-agent > /dev/null 2>&1'
      ExecStart=docker run --init --name kontena-agent --net=host --env-file /etc/kontena-agent.env \\
        -v /var/run/docker.sock:/var/run/docker.sock \\
        -v /etc/kontena:/etc/kontena:ro \\
        -v /var/lib/kontena:/var/lib/kontena \\
        -v /opt/kontena:/opt/kontena:ro \\
        -v /proc:/host/proc:ro \\
        docker.io/library/node:22-bookworm-slim@sha256:48e4b67d85f87bd551df43704e24d252f56cc5f8e9718841aace50f19948f0f9 node /opt/kontena/start-agent.mjs
      ExecStop=-docker stop kontena-agent

      [Install]
      WantedBy=multi-user.target
      "
    `)
  })

  it('runs a complete image as it is', () => {
    const data = renderBootstrap({ ...options, agent: { image: 'team/agent:2.0' } })

    expect(fileOf(data, '/etc/systemd/system/kontena-agent.service')).toMatch(
      /^ {2}team\/agent:2\.0$/m,
    )
    expect(fileOf(data, '/etc/kontena/agent.sha256')).toBeUndefined()
  })

  it('gives the same bytes for the same options', () => {
    expect(renderBootstrap(options)).toEqual(renderBootstrap({ ...options }))
  })

  it('gzips only where the provider takes that', () => {
    const plain = renderBootstrap({ ...options, limit: { bytes: 65_536, gzip: false } })

    expect(Buffer.from(plain)).toEqual(gunzipSync(renderBootstrap(options)))
    // cloud-init 22 garbles other characters of a message that it unpacked.
    expect(Buffer.from(plain).every((byte) => byte < 0x80)).toBe(true)
  })

  it('has room for a whole grid with an RSA authority and four keys in 16 KiB', () => {
    const data = renderBootstrap({
      ...options,
      names: Array.from({ length: 254 }, (_, index) => `web-${index + 1}`),
      master: { ...options.master, ca: makePem(1300) },
      sshKeys: [
        key,
        makeSshKey('ssh-ed25519'),
        makeSshKey('ssh-rsa', 384),
        makeSshKey('ssh-rsa', 512),
      ],
    })

    expect(data.length).toBeLessThan(16_384)
  })

  it('refuses what is above the limit, with the sizes of what can be shorter', () => {
    const tooMuch = {
      ...options,
      limit: { bytes: 16_384, gzip: false },
      sshKeys: Array.from({ length: 20 }, () => makeSshKey('ssh-rsa', 512)),
    }
    const error = failureOf(tooMuch, 'BOOTSTRAP_TOO_LARGE')

    expect(error.message).toMatch(
      /^what 3 machines boot with is [\d,]+ bytes gzipped, and the provider takes 16,384$/,
    )
    expect(error.hint).toMatch(
      /^make fewer machines at a time, or shorten what is long \(bytes: node names 17, SSH keys 14,\d{3}, the master's CA 1,\d{3}\)$/,
    )
  })

  it.each<[string, Partial<BootstrapOptions>]>([
    ['a name', { names: ['web-1', '{{ x }}'] }],
    ['a URL', { master: { ...options.master, url: 'https://master/prefix' } }],
    ['an authority', { master: { ...options.master, ca: 'not pem' } }],
    ['a hash', { master: { ...options.master, agentBundle: '../../etc' } }],
    ['an image', { agent: { image: 'a b' } }],
    ['a runtime', { agent: { runtime: '-v' } }],
    ['a key', { sshKeys: ['-----BEGIN PRIVATE KEY-----'] }],
  ])('refuses %s that cannot be right', (_what, changes) => {
    failureOf({ ...options, ...changes }, 'BAD_OPTIONS')
  })

  function failureOf(wrong: BootstrapOptions, code: 'BAD_OPTIONS' | 'BOOTSTRAP_TOO_LARGE') {
    try {
      renderBootstrap(wrong)
    } catch (error) {
      if (isFailure(error, code)) return error
      throw error
    }
    throw new Error('nothing was refused')
  }
})

describe('hostile values', () => {
  const nasty = [
    "'",
    '"',
    '\n',
    '\r\n',
    '{{',
    '}}',
    '{%',
    '%}',
    '{#',
    '#}',
    '$(id)',
    '`id`',
    '#',
    '%',
  ]
  const more = [
    '\\',
    '\\n',
    ': ',
    '- ',
    '\t',
    '\u0000',
    '\u0085',
    '\u2028',
    '🙂',
    'ü',
    '---',
    '...',
    '&a',
    '*a',
    '!!x',
    '|',
    '>',
  ]
  const hostile = fc
    .array(fc.oneof(fc.constantFrom(...nasty, ...more), fc.string({ unit: 'grapheme' })), {
      maxLength: 8,
    })
    .map((parts) => parts.join(''))
  const comment = hostile.map((text) => text.replace(/\p{Cc}|\p{Zl}|\p{Zp}/gu, '').trim())
  const paths = [...readUserData(renderBootstrap(options), facts).files.keys()]

  it('stay values: the document keeps its structure and gives them back byte by byte', () => {
    const values = fc.record({ id: hostile, region: hostile, provider: hostile, comment })
    fc.assert(
      fc.property(values, fc.boolean(), ({ id, region, provider, comment }, gzip) => {
        const sshKey = `${key} ${comment}`.trim()
        const data = renderBootstrap({
          ...options,
          provider,
          account: { id, region },
          sshKeys: [sshKey],
          limit: { bytes: 1_000_000, gzip },
        })

        const read = readUserData(data, facts)

        expect([...read.files.keys()]).toEqual(paths)
        expect(read.hostname).toBe('web-2')
        expect(read.ssh_authorized_keys).toEqual([sshKey])
        expect(read.runcmd).toEqual([['/opt/kontena/setup']])
        const enrolment = read.files.get('/etc/kontena/enrolment.json')?.content ?? ''
        expect(enrolment.indexOf('\n')).toBe(enrolment.length - 1)
        expect(JSON.parse(enrolment).machine).toEqual({
          provider,
          account: id,
          region,
          order: options.enrolment.order,
        })
      }),
    )
  })

  it('of a grid token are kept to one line of the environment file, or refused', () => {
    fc.assert(
      fc.property(hostile, (gridToken) => {
        let text: string
        try {
          text = renderManualCloudConfig({
            master: options.master,
            agent: options.agent,
            gridToken,
          })
        } catch (error) {
          return isFailure(error, 'BAD_OPTIONS') && /\p{Cc}/u.test(gridToken)
        }
        const written = fileOf(Buffer.from(text), '/etc/kontena-agent.env')
        expect(written?.split('\n')).toEqual([
          'KONTENA_URI=wss://master.example.com:9292',
          `KONTENA_TOKEN=${gridToken}`,
          'SSL_CERT_FILE=/etc/kontena/ca.pem',
          '',
        ])
        return true
      }),
    )
  })
})

describe('renderManualCloudConfig', () => {
  const manual = renderManualCloudConfig({
    master: options.master,
    gridToken: 'grid-token',
    agent: options.agent,
    dns: ['1.1.1.1', '2001:db8::1'],
  })

  it('needs no jinja and holds no enrolment', () => {
    expect(manual).toMatch(/^#cloud-config\n/)
    const { files, hostname } = readUserData(Buffer.from(manual), facts)
    expect(hostname).toBeUndefined()
    expect([...files.keys()].filter((path) => path.includes('enrol'))).toEqual([])
    expect(files.get('/etc/kontena-agent.env')?.mode).toBe(0o600)
  })

  it('says in its second line what it is, and that it holds a secret', () => {
    expect(manual.split('\n').slice(1, 3).join(' ')).toMatch(/token of the grid.*like a password/)
  })

  it('gives an address by DHCP to interfaces that match, and Docker the bridge that it is told', () => {
    const document = renderManualCloudConfig({
      ...{ master: options.master, gridToken: 'grid-token', agent: options.agent },
      ...{ defaultInterfaceMatch: 'eth*', dockerBridge: '172.17.43.1/16' },
    })
    const { files, runcmd } = readUserData(Buffer.from(document), facts)
    expect(files.get('/etc/systemd/network/zz-default.network')?.content).toBe(
      '[Match]\nName=eth*\n\n[Network]\nDHCP=yes\n',
    )
    expect(JSON.parse(files.get('/etc/docker/daemon.json')?.content ?? '')).toMatchObject({
      bip: '172.17.43.1/16',
      'log-driver': 'json-file',
    })
    expect(runcmd).toEqual([['networkctl', 'reload'], ['/opt/kontena/setup']])
  })

  it.each([
    ['--docker-bip', { dockerBridge: '172.17.43.1' }],
    ['--docker-bip', { dockerBridge: '172.17.43.1/33' }],
    ['--default-interface-match', { defaultInterfaceMatch: 'eth0\n[Network]' }],
  ])('refuses a value of %s that cannot be right', (flag, changes) => {
    const given = { master: options.master, gridToken: 'grid-token', agent: options.agent }
    expect(() => renderManualCloudConfig({ ...given, ...changes })).toThrow(flag)
  })

  it('sets the name servers it is given', () => {
    const { files, runcmd } = readUserData(Buffer.from(manual), facts)
    expect(files.get('/etc/systemd/resolved.conf.d/kontena.conf')?.content).toBe(
      '[Resolve]\nDNS=1.1.1.1 2001:db8::1\n',
    )
    expect(runcmd).toEqual([['systemctl', 'restart', 'systemd-resolved'], ['/opt/kontena/setup']])
  })
})
