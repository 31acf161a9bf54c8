import { networkPolicy } from '@kontena/core'
import { describe, expect, it } from 'vitest'
import { batch, call, openLaptopThatKnows, order } from './session.ts'
import { openTestHost, type TestHost } from './test-host.ts'

async function check(host: TestHost, over = {}) {
  const laptop = await openLaptopThatKnows(host)
  const session = await laptop.open({ hosts: [host] })
  return session.preflight(order(over), call)
}

const claim = JSON.stringify({
  ...{ version: 1, id: 'x:22/0-0', name: 'db', owner: { master: 'm', grid: 'red' } },
  ...{ order: '01OLD', token: '01OLD-0', zone: 'local' },
})

function quoted(text: string): string {
  return text.replace(/[()./]/g, '\\$&')
}

type Spoil = (host: TestHost) => Promise<void>

/** What is wrong with a host, how it is said, and what the hint holds. */
const wrong: readonly (readonly [string, Spoil, string, RegExp])[] = [
  [
    'another system',
    (host) => host.write('etc/os-release', 'ID="fedora"\nPRETTY_NAME="Fedora Linux 41"\n'),
    'runs Fedora Linux 41',
    /Ubuntu from 20\.04, Debian from 11, and Flatcar/,
  ],
  [
    'a system that is too old',
    (host) =>
      host.write('etc/os-release', 'ID=ubuntu\nVERSION_ID="18.04"\nPRETTY_NAME="Ubuntu 18.04"\n'),
    'runs Ubuntu 18.04',
    /Ubuntu from 20\.04/,
  ],
  [
    'another architecture',
    (host) => host.fake('arch', 'riscv64'),
    'has the architecture riscv64',
    /x86_64 or aarch64/,
  ],
  [
    'sudo that asks for a password',
    async (host) => {
      await host.fake('uid', '1000')
      await host.fake('sudo', 'sudo: a password is required\n')
    },
    'wants a password for sudo, and nobody types one here',
    /NOPASSWD/,
  ],
  [
    'no right to sudo',
    async (host) => {
      await host.fake('uid', '1000')
      await host.fake('sudo', 'eve is not in the sudoers file.\n')
    },
    'does not let the account become root',
    /--user root/,
  ],
  [
    'another init than systemd',
    (host) => host.program('systemd-run', 'exit 127').then(() => host.remove('run/systemd')),
    'does not run systemd',
    /systemd/,
  ],
  [
    'a node of another order',
    (host) => host.write('var/lib/kontena-ssh/claim', `${claim}\n`),
    'is a node already: db of grid red (order 01OLD)',
    /kontena ssh node terminate db --grid red/,
  ],
  [
    'an agent that somebody else put there',
    (host) =>
      host.write(
        'etc/kontena-agent.env',
        'KONTENA_URI=wss://other.example.com\nKONTENA_NODE_NAME=old\nKONTENA_NODE_TOKEN=sesame\n',
      ),
    'has an agent already: node old of wss://other.example.com',
    /\/opt\/kontena\/remove/,
  ],
  [
    'an old Docker',
    async (host) => {
      await host.program('docker', 'if [ "$1" = version ]; then echo 18.09.1; fi')
      await host.fake('docker.unit', '')
    },
    'has Docker 18.09.1',
    /20\.10 or later/,
  ],
  [
    'a Docker without its service',
    (host) => host.program('docker', 'if [ "$1" = version ]; then echo 26.1.4; fi'),
    'that is no service docker.service',
    /docker\.io/,
  ],
  [
    'Podman in the place of Docker',
    (host) => host.program('docker', 'echo podman version 4.3.1'),
    'has Podman under the name of Docker',
    /podman-docker/,
  ],
  [
    'neither Docker nor apt',
    (host) => host.remove('programs/apt-get'),
    'has no Docker, and no apt to install it with',
    /install Docker/,
  ],
  [
    'a disk that cannot be written',
    (host) =>
      host.write(
        'proc/self/mounts',
        '/dev/vda1 / ext4 rw 0 0\n/dev/vdb /var ext4 ro,relatime 0 0\n',
      ),
    'has a disk that is read-only',
    /dmesg/,
  ],
  [
    'a full disk',
    (host) => host.fake('df', '/dev/vda1 20000000 19500000 500000 98% /\n'),
    'has 500 MB left for /var/lib',
    /takes 1000 MB/,
  ],
  [
    'little memory',
    (host) => host.write('proc/meminfo', 'MemTotal:         240000 kB\n'),
    'has 240 MB of memory',
    /takes 400 MB/,
  ],
  [
    'a clock that is behind',
    (host) => host.fake('date', `${Math.round(Date.now() / 1000) - 86_400}\n`),
    'has a clock that is 24 hours behind',
    /set-ntp/,
  ],
  [
    'ports that are taken',
    (host) =>
      host.fake(
        'ss',
        'tcp LISTEN 0 128 0.0.0.0:6783 0.0.0.0:* users:(("weaver",pid=7,fd=3))\nudp UNCONN 0 0 [::]:1194 [::]:*\n',
      ),
    'has ports taken that a node needs: 6783/tcp (weaver), 1194/udp',
    /stop what listens/,
  ],
  [
    'no way to the master',
    (host) => host.fake('curl', ''),
    'does not reach the master at https://master.example.com',
    /--public-url/,
  ],
  [
    'nothing to enrol with',
    (host) => host.remove('programs/curl'),
    'has neither curl nor python3, one of which it needs to enrol',
    /install curl/,
  ],
]

describe('a host is refused', () => {
  it('where the account is closed, as that of root is on images of clouds', async () => {
    const host = await openTestHost()
    await host.program(
      'sh',
      'echo \'Please login as the user "debian" rather than the user "root".\'; exit 142',
    )
    await expect(check(host)).rejects.toMatchObject({
      code: 'BAD_CREDENTIALS',
      message: `127.0.0.1:${host.port} keeps this account closed, and wants another one`,
    })
  })

  it.each(wrong)('for %s', async (_what, spoil, text, hint) => {
    const host = await openTestHost()
    await spoil(host)
    await expect(check(host)).rejects.toMatchObject({
      message: expect.stringMatching(new RegExp(`^127\\.0\\.0\\.1:${host.port} .*${quoted(text)}`)),
      hint: expect.stringMatching(hint),
    })
    expect(await host.read('var/lib/kontena-ssh/started')).toBeUndefined()
  })

  it('for everything that is wrong with any of several, at once', async () => {
    const hosts = [await openTestHost(), await openTestHost(), await openTestHost()]
    const [first, second] = hosts
    await first?.fake('arch', 'riscv64')
    await first?.write('proc/meminfo', 'MemTotal:         240000 kB\n')
    await second?.fake('date', '1000000000\n')
    const laptop = await openLaptopThatKnows(...hosts)
    const keyed = hosts.slice(0, 2)
    const session = await laptop.open({
      hosts: [first, second].flatMap((host) => host ?? []),
      machine: { host: [...keyed.map(({ target }) => target), '127.0.0.1:1'] },
      access: { key: await laptop.keyFile(first?.key ?? '') },
    })
    await expect(session.preflight(order({ count: 3 }), call)).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      message: expect.stringMatching(
        /^3 of 3 hosts cannot become nodes: 127\.0\.0\.1:\d+ has the architecture riscv64; has 240 MB of memory \| 127.* \| 127\.0\.0\.1:1 refuses the connection/,
      ),
    })
  })

  it('where it stands under two names', async () => {
    const host = await openTestHost()
    const laptop = await openLaptopThatKnows(host)
    await laptop.know(`*,[127.0.0.1]:${host.port},[localhost]:${host.port} ${host.hostKey.public}`)
    const machine = { host: [host.target, `root@localhost:${host.port}`] }
    const session = await laptop.open({ hosts: [host], machine })
    await expect(session.preflight(order({ count: 2 }), call)).rejects.toThrow(
      `localhost:${host.port} is the same host as 127.0.0.1:${host.port}`,
    )
  })

  it('where the firewall of the node would shut us out', async () => {
    const host = await openTestHost()
    const policy = networkPolicy({ sshFrom: ['203.0.113.0/24'] })
    await expect(check(host, { policy })).rejects.toMatchObject({
      message: expect.stringContaining(
        "is reached from 198.51.100.1 on port 22, which the node's firewall would close",
      ),
      hint: 'add --ssh-from 198.51.100.1',
    })
    const wide = networkPolicy({ sshFrom: ['203.0.113.0/24', '198.51.100.0/24'] })
    await expect(check(host, { policy: wide })).resolves.toBeDefined()
  })
})

describe('a host is taken', () => {
  it.each([
    ['Ubuntu', 'ID=ubuntu\nVERSION_ID="24.04"\nPRETTY_NAME="Ubuntu 24.04.3 LTS"\n'],
    ['the next Debian, which has no number yet', "ID=debian\nPRETTY_NAME='Debian testing'\n"],
  ])('with %s', async (_what, text) => {
    const host = await openTestHost()
    await host.write('etc/os-release', text)
    await expect(check(host)).resolves.toBeDefined()
  })

  it('with Flatcar, which has Docker and no apt', async () => {
    const host = await openTestHost()
    await host.write(
      'etc/os-release',
      'ID=flatcar\nVERSION_ID=4230.2.1\nPRETTY_NAME="Flatcar 4230.2.1"\n',
    )
    await host.remove('programs/apt-get')
    await host.program('docker', 'if [ "$1" = version ]; then echo 27.3.1; else exit 1; fi')
    await host.fake('docker.unit', '')
    const { facts } = await check(host)
    expect(facts.host).toContain('Flatcar 4230.2.1 on x86_64, 2030 MB, Docker 27.3.1')
  })

  it('from an account that becomes root without a password', async () => {
    const host = await openTestHost()
    await host.fake('uid', '1000')
    const laptop = await openLaptopThatKnows(host)
    const session = await laptop.open({ hosts: [host] })
    await session.preflight(order(), call)
    const { machines } = await session.create(batch(), call)
    expect(machines).toHaveLength(1)
    expect(await host.read('var/lib/kontena-ssh/claim')).toContain('"name":"web"')
  })

  it('with what listens there, which stays open, and a warning of a firewall that it keeps', async () => {
    const host = await openTestHost()
    await host.fake('ufw.active', '1')
    const nginx = 'tcp LISTEN 0 128 *:80 *:* users:(("nginx",pid=2,fd=3))\n'
    await host.fake('ss', nginx)
    expect((await check(host)).warnings).toEqual([
      `127.0.0.1:${host.port} keeps its own firewall (ufw), which has to let the node's ports in too`,
    ])
  })

  it('and nothing on it has changed', async () => {
    const host = await openTestHost()
    await check(host)
    expect(await host.read('fake/calls')).toBe('')
    expect(await host.read('var/lib/kontena-ssh/claim')).toBeUndefined()
    expect(host.commands).toEqual(['sh -s'])
  })

  it('without a word of the token of an agent that is there', async () => {
    const host = await openTestHost()
    await host.write('etc/kontena-agent.env', 'KONTENA_NODE_TOKEN=sesame\nKONTENA_URI=wss://m\n')
    const error: unknown = await check(host).catch((reason: unknown) => reason)
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('sesame')
  })
})
