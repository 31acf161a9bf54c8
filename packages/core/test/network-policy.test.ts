import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  anywhere,
  describeRule,
  networkPolicy,
  parseCidr,
  parseOpen,
} from '../src/network-policy.ts'

describe('networkPolicy', () => {
  it('opens the overlay to the grid, VPN and SSH to all, and nothing else', () => {
    expect(networkPolicy().rules.map(describeRule)).toMatchInlineSnapshot(`
      [
        "tcp 6783-6784 from nodes of the grid",
        "udp 6783-6784 from nodes of the grid",
        "esp from nodes of the grid",
        "tcp 1194 from anywhere",
        "udp 1194 from anywhere",
        "tcp 22 from anywhere",
      ]
    `)
  })

  it('narrows SSH and VPN to ranges, and opens what services publish', () => {
    const { rules } = networkPolicy({
      sshFrom: ['203.0.113.7'],
      vpnFrom: ['10.0.0.0/8', '2001:db8::/32'],
      open: ['80/tcp', '8000-8010/udp'],
    })
    expect(rules.slice(3).map(describeRule)).toEqual([
      'tcp 1194 from 10.0.0.0/8, 2001:db8::/32',
      'udp 1194 from 10.0.0.0/8, 2001:db8::/32',
      'tcp 22 from 203.0.113.7/32',
      'tcp 80 from anywhere',
      'udp 8000-8010 from anywhere',
    ])
  })

  it('admits the overlay from nodes elsewhere besides those of the grid here', () => {
    const { rules } = networkPolicy({ overlayFrom: ['203.0.113.0/24', '2001:db8::1'] })
    const overlay = rules.filter(({ purpose }) => purpose === 'overlay').map(describeRule)
    expect(overlay).toEqual([
      'tcp 6783-6784 from nodes of the grid',
      'udp 6783-6784 from nodes of the grid',
      'esp from nodes of the grid',
      'tcp 6783-6784 from 203.0.113.0/24, 2001:db8::1/128',
      'udp 6783-6784 from 203.0.113.0/24, 2001:db8::1/128',
      'esp from 203.0.113.0/24, 2001:db8::1/128',
    ])
    expect(() => networkPolicy({ overlayFrom: ['mars'] })).toThrow('mars is not an address range')
  })

  it('keeps a port closed that nobody may reach', () => {
    const { rules } = networkPolicy({ sshFrom: [], vpnFrom: 'none' })
    expect(rules.map(({ purpose }) => purpose)).toEqual(['overlay', 'overlay', 'overlay'])
  })
})

describe('parseOpen', () => {
  const port = fc.integer({ min: 1, max: 65_535 })

  it('reads every port and range with either protocol', () => {
    fc.assert(
      fc.property(port, port, fc.constantFrom('tcp', 'udp'), (one, other, protocol) => {
        const [first, last] = [Math.min(one, other), Math.max(one, other)]
        const rule = { purpose: 'service', protocol, from: anywhere }
        expect(parseOpen(`${first}-${last}/${protocol}`)).toEqual({ ...rule, ports: [first, last] })
        expect(parseOpen(`${first}/${protocol}`)).toEqual({ ...rule, ports: [first, first] })
      }),
    )
  })

  it('takes tcp where no protocol is given', () => {
    expect(parseOpen('443').protocol).toBe('tcp')
  })

  it.each([
    ...['', '0', '65536', '99999/tcp', '10-9', '80/sctp', '80/TCP', 'http', '-80', '80-', '8 0'],
    ...['1.5', '80/tcp/udp', '80\n', '+80', '0x50', '100000'],
  ])('refuses %j', (text) => {
    expect(() => parseOpen(text)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTIONS', message: `--open ${text} is not a port` }),
    )
  })
})

describe('parseCidr', () => {
  it('keeps every IPv4 and IPv6 range, and gives a single address its full prefix', () => {
    const version4 = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.constant(32))
    const version6 = fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 }), fc.constant(128))
    fc.assert(
      fc.property(fc.oneof(version4, version6), ([address, length, full]) => {
        expect(parseCidr(`${address}/${length}`)).toBe(`${address}/${length}`)
        expect(parseCidr(address)).toBe(`${address}/${full}`)
      }),
    )
  })

  it('refuses all other text, and never changes its address', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 4 }), (address, prefix) => {
        try {
          const range = parseCidr(`${address}/${prefix}`)
          expect(isIP(address)).not.toBe(0)
          expect(range).toBe(`${address}/${Number(prefix)}`)
        } catch (error) {
          expect(error).toMatchObject({ code: 'BAD_OPTIONS' })
        }
      }),
    )
  })

  it.each([
    ...['', '/', '10.0.0.0/33', '::/129', '10.0.0/8', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.0/-1'],
    ...['10.0.0.0/8.0', '10.0.0.0/1e1', 'example.com/24', '010.0.0.1/32', ' 10.0.0.0/8'],
    ...['fe80::1%eth0', 'fe80::1%eth0/64'],
  ])('refuses %j', (text) => {
    expect(() => parseCidr(text)).toThrow(`${text} is not an address range`)
  })
})
