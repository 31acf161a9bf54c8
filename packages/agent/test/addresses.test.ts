import type { NetworkInterfaceInfo } from 'node:os'
import { describe, expect, it } from 'vitest'
import { findAddresses } from '../src/addresses.ts'

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

const host = {
  lo: [ipv4('127.0.0.1', true)],
  docker0: [ipv4('172.17.0.1')],
  eth0: [ipv4('203.0.113.7')],
  eth1: [ipv4('10.19.0.6')],
  ens7: [ipv4('192.168.0.4')],
}

describe('findAddresses', () => {
  it('believes what it is told', async () => {
    const told = { ...nothing, privateIp: '10.0.0.1', publicIp: '198.51.100.1' }
    expect(await findAddresses(told, host)).toEqual({
      privateIp: '10.0.0.1',
      publicIp: '198.51.100.1',
    })
  })

  it('takes the address of the named interface', async () => {
    const { privateIp } = await findAddresses({ ...nothing, peerInterface: 'ens7' }, host)
    expect(privateIp).toBe('192.168.0.4')
  })

  it('takes the second interface where none is named, as 1.5 did', async () => {
    expect((await findAddresses(nothing, host)).privateIp).toBe('10.19.0.6')
  })

  it('finds a public address only on an interface', async () => {
    expect((await findAddresses(nothing, host)).publicIp).toBe('203.0.113.7')
    const inside = {
      eth0: [ipv4('10.0.0.5')],
      eth1: [ipv4('100.64.3.3')],
      eth2: [ipv4('172.31.0.9')],
    }
    expect((await findAddresses(nothing, inside)).publicIp).toBeNull()
  })

  it("passes over Docker's bridges and the loopback", async () => {
    const { lo, docker0 } = host
    const alone = { lo, docker0, ens5: [ipv4('172.31.4.4')] }
    expect((await findAddresses(nothing, alone)).privateIp).toBe('172.31.4.4')
    expect(await findAddresses(nothing, { lo, docker0 })).toEqual({
      privateIp: null,
      publicIp: null,
    })
  })

  it('does without the way to a master that no IPv4 leads to', async () => {
    const lost = { ...nothing, url: 'wss://[2001:db8::1]/' }
    expect((await findAddresses(lost, { ens5: [ipv4('172.31.4.4')] })).privateIp).toBe('172.31.4.4')
  })
})
