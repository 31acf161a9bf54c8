import { networkPolicy } from '@kontena/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findProblems, findWarnings } from '../src/checks.ts'
import { parseClaim } from '../src/claim.ts'
import { isClosed } from '../src/closed.ts'
import { parseFacts } from '../src/host-facts.ts'
import { parseKnownHosts } from '../src/known-hosts.ts'
import { readAnswer } from '../src/remote-script.ts'
import { call, openLaptopThatKnows, order } from './session.ts'
import { openTestHost } from './test-host.ts'

const words = [
  'rights',
  'os',
  'arch',
  'clock',
  'machine',
  'mount',
  'memory',
  'disk',
  'ssh',
  'has',
  'listen',
  'claim',
  'agent-uri',
  'reach',
  'firewall',
  'docker-client',
]

describe('what a host says of itself', () => {
  it('may be anything, and is never an error of ours', () => {
    const line = fc
      .tuple(fc.constantFrom(...words), fc.string({ unit: 'grapheme' }))
      .map((pair) => pair.join(' '))
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const facts = parseFacts(readAnswer(lines.join('\n')), Date.now())
        const demand = { policy: networkPolicy(), masterUrl: 'https://master.example.com' }
        for (const { text } of findProblems(facts, demand)) expect(text).toEqual(expect.any(String))
        expect(findWarnings(facts)).toEqual(expect.any(Array))
      }),
    )
  })

  it('is told at a length that people read', () => {
    const long = 'x'.repeat(100_000)
    const lines = [
      `rights none ${long}`,
      `os ID=debian`,
      `os PRETTY_NAME="${long}"`,
      `arch ${long}`,
    ]
    const facts = parseFacts(readAnswer(lines.join('\n')), Date.now())
    expect(facts.refusal).toHaveLength(295)
    expect(facts.os.PRETTY_NAME).toHaveLength(299)
    expect(facts.architecture).toHaveLength(300)
  })

  it('is no claim where it would be more than words in a message', () => {
    const good = {
      ...{ version: 1, id: 'web:22/0-0', name: 'web', owner: { master: 'm', grid: 'blue' } },
      ...{ order: '01O', token: '01O-0', zone: 'local' },
    }
    expect(parseClaim(JSON.stringify(good))).toMatchObject({ name: 'web', tags: {} })
    for (const name of ['', 'a; rm -rf /', 'a\u001b[2J', '$(id)', 'x'.repeat(300)]) {
      expect(parseClaim(JSON.stringify({ ...good, name })), name).toBeUndefined()
      const owner = { master: 'm', grid: name }
      expect(parseClaim(JSON.stringify({ ...good, owner }))).toBeUndefined()
    }
    expect(parseClaim(JSON.stringify({ ...good, name: '--force' }))).toBeUndefined()
    const odd = { ...good, id: '::1:22/0-0', owner: { master: 'm', grid: '-Old_grid' } }
    expect(parseClaim(JSON.stringify(odd))).toMatchObject(odd)
    for (const text of [undefined, '', 'null', '{}', '{"version":2}', '[]']) {
      expect(parseClaim(text)).toBeUndefined()
    }
  })

  it('is not listened to for ever', async () => {
    const host = await openTestHost()
    const laptop = await openLaptopThatKnows(host)
    const session = await laptop.open({ hosts: [host] })
    await host.program(
      'sh',
      'while :; do echo "os AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" || exit; done',
    )
    await expect(session.preflight(order(), call)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  it('is read by its innermost mount', () => {
    const mounts = (...lines: string[]) =>
      parseFacts(readAnswer(lines.map((line) => `mount ${line}`).join('\n')), 0).readOnly
    expect(mounts('/dev/a / ext4 rw 0 0', '/dev/b /usr ext4 ro 0 0')).toBe(false)
    expect(mounts('/dev/a / ext4 ro,noatime 0 0', '/dev/b /var ext4 rw 0 0')).toBe(true)
    expect(mounts('/dev/a / ext4 rw 0 0', '/dev/b /var/lib ext4 ro 0 0')).toBe(true)
    expect(mounts('/dev/a / ext4 ro 0 0', '/dev/a / ext4 rw 0 0')).toBe(false)
    expect(mounts('/dev/a / ext4 rw 0 0', '/dev/b /var/library ext4 ro 0 0')).toBe(false)
    expect(mounts('/dev/a / ext4 rw,errors=remount-ro 0 0')).toBe(false)
  })
})

describe('the firewall of a node', () => {
  const policy = networkPolicy({
    sshFrom: ['203.0.113.0/24', '2001:db8::/32'],
    open: ['8000-8010/udp'],
  })
  it.each([
    [{ protocol: 'tcp', port: 22, from: '203.0.113.9' }, false],
    [{ protocol: 'tcp', port: 22, from: '::ffff:203.0.113.9' }, false],
    [{ protocol: 'tcp', port: 22, from: '2001:db8::1' }, false],
    [{ protocol: 'tcp', port: 22, from: '198.51.100.1' }, true],
    [{ protocol: 'tcp', port: 22, from: 'fe80::1%eth0' }, true],
    [{ protocol: 'tcp', port: 22, from: '127.0.0.1' }, false],
    [{ protocol: 'udp', port: 8005, from: '198.51.100.1' }, false],
    // The grid's nodes alone.
    [{ protocol: 'tcp', port: 6783, from: '203.0.113.9' }, true],
    // The host's own, which nobody asked to guard.
    [{ protocol: 'tcp', port: 2222, from: '198.51.100.1' }, false],
  ])('keeps %j out: %s', (approach, closed) => {
    expect(isClosed(policy, approach)).toBe(closed)
  })
})

describe('known_hosts', () => {
  it('may hold anything, and says nothing then', () => {
    const key = { type: 'ssh-ed25519', data: Buffer.from('key') }
    fc.assert(
      fc.property(fc.string(), (text) => {
        const known = parseKnownHosts(text)
        expect(known.judge(key, { host: 'web', port: 22 })).toBe('unknown')
      }),
    )
  })
})
