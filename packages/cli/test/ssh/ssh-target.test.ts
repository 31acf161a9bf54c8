import type { Login } from '@kontena/core'
import { type Node, node } from '@kontena/protocol'
import { describe, expect, it } from 'vitest'
import { type SshFlags, sshTarget } from '../../src/ssh/ssh-target.ts'

const hostKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICc8NxSlr2SHo+PoxPRribtMP/4dPUAkeMDFsHY3XRHF'

function record(changes: Partial<Node> = {}): Node {
  return node.parse({
    id: 'prod/web-1',
    node_id: 'engine',
    name: 'web-1',
    status: 'online',
    connected: true,
    updated: true,
    availability: 'active',
    has_token: true,
    labels: [],
    node_number: 1,
    initial_member: true,
    created_at: '2026-01-01T00:00:00.000Z',
    host_keys: [hostKey],
    ssh_user: 'debian',
    public_ip: '203.0.113.7',
    private_ip: '10.0.0.7',
    overlay_ip: '10.81.0.1',
    ...changes,
  })
}

const target = (flags: SshFlags = {}, login: Login = {}, changes: Partial<Node> = {}) =>
  sshTarget(record(changes), login, flags)

const login: Login = {
  address: '127.0.0.1',
  port: 2222,
  user: 'vagrant',
  identityFile: '/home/me/key',
  jump: 'bastion',
}

describe('sshTarget', () => {
  it('is the public address and the account on record, and no more', () => {
    expect(target()).toMatchObject({
      name: 'web-1',
      address: '203.0.113.7',
      user: 'debian',
      port: undefined,
      identityFile: undefined,
      jump: undefined,
    })
  })

  it('is what the provider knows instead', () => {
    expect(target({}, login)).toMatchObject(login)
  })

  it('is what flags say before all else', () => {
    const flags = { user: 'root', port: '2022', identityFile: 'mine', jump: 'me@other:22' }
    expect(target(flags, login)).toMatchObject({ ...flags, address: '127.0.0.1', port: 2022 })
  })

  it.each([
    [{ privateIp: true }, '10.0.0.7'],
    [{ internalIp: true }, '10.81.0.1'],
  ])('is with %j another address, to which no way of the provider leads', (flags, address) => {
    expect(target(flags, login)).toMatchObject({
      address,
      port: undefined,
      jump: undefined,
      user: 'vagrant',
      identityFile: '/home/me/key',
    })
  })

  it('is the private address where there is no public one', () => {
    expect(target({}, {}, { public_ip: null }).address).toBe('10.0.0.7')
  })

  it.each(['2001:db8::7', 'fe80::1%eth0', 'web-1.example.com', '203.0.113.7'])(
    'can be at %s',
    (address) => {
      expect(target({}, {}, { public_ip: address }).address).toBe(address)
    },
  )

  it.each([
    '-oProxyCommand=id',
    'root@203.0.113.7',
    'ssh://203.0.113.7',
    '203.0.113.7 id',
    '$(id)',
    'a\nb',
    'web..1;id',
    '%h',
  ])('cannot be at %j, which an agent may report', (address) => {
    expect(() => target({}, {}, { public_ip: address })).toThrow(/^web-1 has .* for an address$/s)
  })

  it.each([
    { user: '-oProxyCommand=id' },
    { user: 'a b' },
    { user: '$(id)' },
    { user: 'a"b' },
    { user: '' },
    { port: '0x16' },
    { port: '70000' },
    { port: '0' },
    { jump: '-oProxyCommand=id' },
    { jump: 'a,-b' },
    { jump: 'a b' },
    { privateIp: true, internalIp: true },
  ])('cannot be told by %j', (flags: SshFlags) => {
    expect(() => target(flags)).toThrowError(expect.objectContaining({ code: 'BAD_OPTIONS' }))
  })

  it.each(['first.last', 'DOMAIN\\name', 'name@realm', 'Jörg'])(
    'takes the account %s from a person',
    (user) => {
      expect(target({ user }).user).toBe(user)
    },
  )

  it.each(['-oProxyCommand=id', 'a b', ''])('takes the account %j from no record', (user) => {
    expect(() => target({}, {}, { ssh_user: user })).toThrow('nobody knows which account')
  })

  it.each([[[]], [['ssh-ed25519 AAAA']], [[`* ${hostKey}`]]])(
    'is nobody where the only keys on record are %j',
    (keys) => {
      expect(() => target({}, {}, { host_keys: keys })).toThrow('no SSH host keys on record')
    },
  )
})
