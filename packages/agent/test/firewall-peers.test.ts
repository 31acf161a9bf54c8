import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type FirewallPlace, openFirewallPeers, peersFile } from '../src/firewall-peers.ts'
import { makeFolder } from './folder.ts'

/** A node on which the bootstrap installed a firewall that admits peers. */
function installFirewall(): FirewallPlace {
  const folder = makeFolder()
  const place = { settingsFolder: join(folder, 'etc'), runFolder: join(folder, 'run') }
  mkdirSync(place.settingsFolder)
  mkdirSync(place.runFolder)
  writeFileSync(join(place.settingsFolder, 'firewall.nft'), 'table inet kontena\n')
  return place
}

function openPeers(place: FirewallPlace) {
  const lines: string[] = []
  const peers = openFirewallPeers(place, (level, message) => lines.push(`${level} ${message}`))
  const keep = (addresses: readonly string[]): Promise<void> => {
    peers.keep(addresses)
    return peers.settled()
  }
  return { keep, lines }
}

const wanted = ({ runFolder }: FirewallPlace): string => join(runFolder, 'peers.nft')

describe('openFirewallPeers', () => {
  it('keeps the file equal to what the master says last', async () => {
    const place = installFirewall()
    const { keep } = openPeers(place)

    await keep(['10.0.0.6', '10.0.0.7'])
    await keep(['10.0.0.7'])

    expect(readFileSync(wanted(place), 'utf8')).toBe(peersFile(['10.0.0.7']))
    expect(readdirSync(place.runFolder)).toEqual(['peers.nft'])
  })

  it('does not touch a file that is right, in whatever order the addresses come', async () => {
    const place = installFirewall()
    const { keep, lines } = openPeers(place)
    await keep(['10.0.0.6', '10.0.0.7'])
    const { ino } = statSync(wanted(place))

    await keep(['10.0.0.7', '10.0.0.6', '10.0.0.7'])

    expect(statSync(wanted(place)).ino).toBe(ino)
    expect(lines).toEqual(['info told the firewall 2 peers'])
  })

  it('writes again what somebody took away', async () => {
    const place = installFirewall()
    const { keep } = openPeers(place)
    await keep(['10.0.0.6'])
    writeFileSync(wanted(place), 'flush ruleset\n')

    await keep(['10.0.0.6'])

    expect(readFileSync(wanted(place), 'utf8')).toBe(peersFile(['10.0.0.6']))
  })

  it.each(['settingsFolder', 'runFolder'] as const)(
    'writes nothing where no firewall waits for it, as there is no %s',
    async (missing) => {
      const place = { ...installFirewall(), [missing]: join(makeFolder(), 'not-there') }
      const { keep, lines } = openPeers(place)

      await keep(['10.0.0.6'])

      expect(existsSync(wanted(place))).toBe(false)
      expect(lines).toEqual([])
    },
  )

  it('says that it could not write, leaves nothing behind, and tries again', async () => {
    const place = installFirewall()
    mkdirSync(wanted(place))
    const { keep, lines } = openPeers(place)

    await keep(['10.0.0.6'])
    await keep(['10.0.0.6'])

    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatch(/^warn could not tell the firewall its peers: EISDIR/)
    expect(readdirSync(place.runFolder)).toEqual(['peers.nft'])
  })
})

/** Where `nft` is is not on everybody's path. */
const environment = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` }

describe('peersFile', () => {
  it('fills a set for each family, and empties one that has no peers', () => {
    expect(peersFile(['10.0.0.6', '2001:db8::6', '10.0.0.10'])).toMatchInlineSnapshot(`
      "flush set inet kontena peers
      add element inet kontena peers { 10.0.0.10, 10.0.0.6 }
      flush set inet kontena peers6
      add element inet kontena peers6 { 2001:db8::6 }
      "
    `)
    expect(peersFile([])).toBe('flush set inet kontena peers\nflush set inet kontena peers6\n')
  })

  it.each([
    '',
    '0.0.0.0/0',
    '10.0.0.6 }\nflush ruleset\n',
    '10.0.0.6; flush ruleset',
    '10.0.0.999',
    '010.0.0.6',
    'web-2.example.com',
    'fe80::1%eth0',
    '::ffff:10.0.0.6 }',
  ])('leaves out %j, which is no address', (hostile) => {
    expect(peersFile([hostile])).toBe(peersFile([]))
  })

  const problem = nftProblem()
  if (problem !== undefined) process.stdout.write(`peers are not loaded by nft: ${problem}\n`)

  it.skipIf(problem !== undefined)('is what nft(8) takes', () => {
    const table = `table inet kontena {
      set peers { type ipv4_addr; flags interval; auto-merge; elements = { 10.0.0.0/20 }; }
      set peers6 { type ipv6_addr; flags interval; auto-merge; }
    }
    `
    const many = Array.from({ length: 300 }, (_, index) => `10.1.${index % 256}.${index % 7}`)

    const listed = inNamespace(
      `${table}${peersFile([...many, '2001:db8::6'])}`,
      'nft -f - && nft list set inet kontena peers && nft list set inet kontena peers6',
    )

    expect(listed).toContain('10.1.0.0')
    expect(listed).toContain('2001:db8::6')
    expect(listed).not.toContain('10.0.0.0/20')
  })
})

/** Rules of the network namespace that this command makes, and of no other. */
function inNamespace(input: string, script: string): string {
  const options = { input, encoding: 'utf8', env: environment } as const
  return execFileSync('unshare', ['-rn', 'sh', '-c', script], options)
}

function nftProblem(): string | undefined {
  const { error } = spawnSync('nft', ['--version'], { env: environment })
  if (error !== undefined) return 'nft is missing'
  const { status } = spawnSync('unshare', ['-rn', 'true'], { env: environment })
  return status === 0 ? undefined : 'nobody here may make a network namespace'
}
