import type { NetworkInterfaceInfo } from 'node:os'
import { describe, expect, it } from 'vitest'
import { findAddresses, type Interfaces } from '../../src/addresses/addresses.ts'
import type { CloudAddresses } from '../../src/addresses/metadata/cloud-addresses.ts'

const nothing = {
  privateIp: undefined,
  publicIp: undefined,
  peerInterface: undefined,
  // The way to this one is the loopback, which says nothing.
  url: 'ws://127.0.0.1:9292/',
}

function ipv4(address: string, internal = false): NetworkInterfaceInfo {
  return { address, internal, family: 'IPv4', netmask: '', mac: '', cidr: null }
}

function ipv6(address: string): NetworkInterfaceInfo {
  return { address, internal: false, family: 'IPv6', netmask: '', mac: '', cidr: null, scopeid: 0 }
}

const host = {
  lo: [ipv4('127.0.0.1', true)],
  docker0: [ipv4('172.17.0.1')],
  eth0: [ipv4('203.0.113.7')],
  eth1: [ipv4('10.19.0.6')],
  ens7: [ipv4('192.168.0.4')],
}

/** A cloud that says this; none where absent. */
function find(sources: object, interfaces: Interfaces, cloud?: CloudAddresses) {
  const asked: string[] = []
  const metadata = {
    read: async (about: string) => {
      asked.push(about)
      return cloud
    },
  }
  const found = findAddresses({ ...nothing, ...sources }, metadata, interfaces)
  return found.then((addresses) => ({ ...addresses, asked }))
}

describe('findAddresses', () => {
  it('believes what it is told, and asks nobody then', async () => {
    const told = { privateIp: '10.0.0.1', publicIp: '198.51.100.1' }
    expect(await find(told, host)).toEqual({ ...told, asked: [] })
  })

  it('takes the address of the named interface', async () => {
    const cloud = { private: ['10.19.0.6'], public: [] }
    expect((await find({ peerInterface: 'ens7' }, host, cloud)).privateIp).toBe('192.168.0.4')
  })

  it('goes on where the named interface has none', async () => {
    expect((await find({ peerInterface: 'ens99' }, host)).privateIp).toBe('10.19.0.6')
  })

  it('takes the second interface where none is named, as 1.5 did', async () => {
    expect((await find({}, host)).privateIp).toBe('10.19.0.6')
  })

  it('finds a public address on an interface', async () => {
    expect((await find({}, host)).publicIp).toBe('203.0.113.7')
    const inside = {
      eth0: [ipv4('10.0.0.5')],
      eth1: [ipv4('100.64.3.3')],
      eth2: [ipv4('172.31.0.9')],
    }
    expect((await find({}, inside)).publicIp).toBeNull()
  })

  it("passes over Docker's bridges and the loopback", async () => {
    const { lo, docker0 } = host
    const alone = { lo, docker0, ens5: [ipv4('172.31.4.4')] }
    expect((await find({}, alone)).privateIp).toBe('172.31.4.4')
    expect(await find({}, { lo, docker0 })).toMatchObject({ privateIp: null, publicIp: null })
  })

  it.each(['ens10', 'enp7s0', 'eth2', 'bond0'])(
    'prefers a private address on %s to a public one',
    async (name) => {
      const interfaces = { ens3: [ipv4('203.0.113.7')], [name]: [ipv4('10.0.0.2')] }
      expect(await find({}, interfaces)).toMatchObject({
        privateIp: '10.0.0.2',
        publicIp: '203.0.113.7',
      })
    },
  )

  it('makes do with a public address for both', async () => {
    expect(await find({}, { ens3: [ipv4('203.0.113.7')] })).toMatchObject({
      privateIp: '203.0.113.7',
      publicIp: '203.0.113.7',
    })
  })

  it('does without the way to a master that no IPv4 leads to', async () => {
    const lost = { url: 'wss://[2001:db8::1]/' }
    expect((await find(lost, { ens5: [ipv4('172.31.4.4')] })).privateIp).toBe('172.31.4.4')
  })
})

describe('findAddresses in a cloud', () => {
  const inside = { lo: host.lo, ens5: [ipv4('172.31.4.4')], ens6: [ipv4('172.31.9.9')] }

  it('takes what the cloud says', async () => {
    const cloud = { private: ['172.31.9.9'], public: ['203.0.113.9'] }
    expect(await find({}, inside, cloud)).toEqual({
      privateIp: '172.31.9.9',
      publicIp: '203.0.113.9',
      asked: ['172.31.4.4,172.31.9.9'],
    })
  })

  it('lets what it is told go before', async () => {
    const cloud = { private: ['172.31.9.9'], public: ['203.0.113.9'] }
    expect(await find({ publicIp: '198.51.100.1' }, inside, cloud)).toMatchObject({
      privateIp: '172.31.9.9',
      publicIp: '198.51.100.1',
    })
  })

  it('believes no address that cannot be', async () => {
    const lie = { private: ['10.66.6.6', 'x; reboot'], public: ['10.66.6.6', '', 'evil.example'] }
    expect(await find({}, inside, lie)).toMatchObject({ privateIp: '172.31.4.4', publicIp: null })
  })
})

describe('findAddresses with IPv6', () => {
  const both = [ipv6('fe80::1'), ipv6('2001:db8::7')]

  it('leaves it aside where the host has IPv4', async () => {
    expect(await find({}, { ens3: [ipv4('10.0.0.2'), ...both] })).toMatchObject({
      privateIp: '10.0.0.2',
      publicIp: null,
    })
  })

  it('takes it where there is nothing else', async () => {
    const interfaces = { ens3: both, ens4: [ipv6('fd00::2')] }
    expect(await find({ url: 'wss://[2001:db8:ffff::1]/' }, interfaces)).toMatchObject({
      privateIp: 'fd00::2',
      publicIp: '2001:db8::7',
    })
  })
})
