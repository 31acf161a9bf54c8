import { describe, expect, it } from 'vitest'
import { hostKey, node, sshUser } from '../src/rest.ts'

/** What a master of 1.5 says of a node, as far as we read it. */
const legacyNode = {
  id: 'prod/web-1',
  node_id: null,
  name: 'web-1',
  status: 'created',
  connected: false,
  updated: false,
  availability: 'active',
  has_token: true,
  labels: [],
  node_number: 1,
  initial_member: true,
  created_at: '2026-01-01T00:00:00.000Z',
}

describe('a node', () => {
  it('of an older master has no machine, no keys and no account', () => {
    expect(node.parse(legacyNode)).toMatchObject({ machine: null, host_keys: [], ssh_user: null })
  })
})

describe('hostKey', () => {
  it.each([
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGh1bmRyZWQ=',
    'ecdsa-sha2-nistp256 AAAA+/==',
    'sk-ssh-ed25519@openssh.com AAAA',
  ])('is %j', (text) => {
    expect(hostKey.safeParse(text).success).toBe(true)
  })

  it.each([
    'ssh-ed25519  AAAA',
    'ssh-ed25519 AAAA\n',
    'ssh-ed25519 AAAA\r',
    'ssh-ed25519\tAAAA',
    'ssh-ed25519 A=A',
    'ssh-ed25519,ssh-rsa AAAA',
    'SSH-RSA AAAA',
    '',
  ])('is not %j', (text) => {
    expect(hostKey.safeParse(text).success).toBe(false)
  })
})

describe('sshUser', () => {
  it.each(['root', '_apt', 'ec2-user', 'a'.repeat(32)])('is %j', (text) => {
    expect(sshUser.safeParse(text).success).toBe(true)
  })

  it.each(['a'.repeat(33), '0day', 'root\n', 'a.b', 'ä'])('is not %j', (text) => {
    expect(sshUser.safeParse(text).success).toBe(false)
  })
})
