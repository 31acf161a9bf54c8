import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  defaultAgentRuntime,
  parseAuthority,
  parseImage,
  parseInterface,
  parseMasterUrl,
  parseNames,
  parseResolver,
  parseSshKey,
} from '../src/bootstrap-values.ts'
import { isFailure } from '../src/errors.ts'
import { makeSshKey } from './bootstrap-ssh-key.ts'

function failureOf(parse: () => unknown): string {
  try {
    parse()
  } catch (error) {
    if (isFailure(error, 'BAD_OPTIONS')) return error.message
    throw error
  }
  return 'nothing'
}

describe('parseImage', () => {
  it.each([
    defaultAgentRuntime,
    'node',
    'node:22-slim',
    'team/agent',
    'localhost:5000/agent:v1.0_x',
    `registry.example.com/a/b__c/d-e.f@sha256:${'a'.repeat(64)}`,
  ])('takes %s', (image) => {
    expect(parseImage(image, '--agent-image')).toBe(image)
  })

  it.each([
    '',
    '-v',
    '--privileged',
    'Node',
    'node:',
    'node@sha256:abc',
    'node --privileged',
    'node;reboot',
    'node\n',
    'a/../b',
    'node%n',
    '$(id)',
    `a${'/a'.repeat(300)}`,
  ])('refuses %j, naming the flag', (image) => {
    expect(failureOf(() => parseImage(image, '--agent-image'))).toMatch(
      /^--agent-image ".*" is not a docker image$/s,
    )
  })

  it('takes nothing that means something to a shell, to systemd or to a template', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const isTaken = failureOf(() => parseImage(text, '--agent-image')) === 'nothing'
        return !isTaken || /^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/.test(text)
      }),
    )
  })
})

describe('parseSshKey', () => {
  it.each(['ssh-ed25519', 'ssh-rsa', 'ecdsa-sha2-nistp256', 'sk-ssh-ed25519@openssh.com'])(
    'takes a key of the type %s with and without a comment',
    (type) => {
      const key = makeSshKey(type)
      expect(parseSshKey(key)).toBe(key)
      expect(parseSshKey(`${key} joe's "key" {{ 🙂 }}\n`)).toBe(`${key} joe's "key" {{ 🙂 }}`)
    },
  )

  const key = makeSshKey('ssh-ed25519')
  it.each([
    '',
    'ssh-ed25519',
    'ssh-ed25519 AAAA',
    `command="reboot" ${key}`,
    `${key}\n${key}`,
    `${key} a\u2028b`,
    key.replace('ssh-ed25519', 'ssh-rsa'),
    key.replace('ssh-ed25519', 'ssh-dss'),
    '-----BEGIN OPENSSH PRIVATE KEY-----\nsecret\n-----END OPENSSH PRIVATE KEY-----\n',
  ])('refuses %j without repeating it', (line) => {
    expect(failureOf(() => parseSshKey(line))).toBe(
      'an SSH key is not one line of a public key file',
    )
  })
})

describe('parseMasterUrl', () => {
  it.each([
    ['https://master.example.com', 'https://master.example.com'],
    ['https://master.example.com:443/', 'https://master.example.com'],
    ['http://10.0.0.1:9292', 'http://10.0.0.1:9292'],
    ['https://[2001:db8::1]:9292', 'https://[2001:db8::1]:9292'],
    ['https://Münster.example.com', 'https://xn--mnster-3ya.example.com'],
  ])('takes %s for %s', (text, url) => {
    expect(parseMasterUrl(text)).toBe(url)
  })

  it.each([
    '',
    'master.example.com',
    'wss://master',
    'https://me:secret@master',
    'https://master/v1',
    'https://master/?a',
    'https://master/#a',
    'file:///etc/passwd',
    'https://"',
    "https://'$(id)'",
  ])('refuses %j without repeating it', (text) => {
    expect(failureOf(() => parseMasterUrl(text))).toBe(
      "the master's URL is not one that machines can use",
    )
  })

  it('gives nothing that means something to a shell or a template', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        let url = ''
        try {
          url = parseMasterUrl(`https://${text}`)
        } catch {}
        return !/[\s'"`\\{}<>|#%]/.test(url)
      }),
    )
  })
})

describe('parseAuthority', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nMIIB\nAA==\n-----END CERTIFICATE-----'

  it('takes certificates, and ends them with a line end', () => {
    expect(parseAuthority(pem)).toBe(`${pem}\n`)
    expect(parseAuthority(`\n${pem}\n${pem}\n\n`)).toBe(`${pem}\n${pem}\n`)
  })

  it.each(['', 'x', `${pem}\nx`, pem.replaceAll('CERTIFICATE', 'PRIVATE KEY')])(
    'refuses %j',
    (text) => {
      expect(failureOf(() => parseAuthority(text))).toBe(
        "the master's CA is not a certificate in PEM",
      )
    },
  )
})

describe('the other values', () => {
  it('are refused with their names', () => {
    expect(failureOf(() => parseNames(['web-1', 'Web_2']))).toBe('"Web_2" is not a node name')
    expect(failureOf(() => parseResolver('one.one'))).toBe('--dns "one.one" is not an address')
    expect(failureOf(() => parseInterface('eth1 x'))).toBe(
      '--peer-interface "eth1 x" is not an interface',
    )
  })

  it('are taken as they are', () => {
    expect(parseNames(['web-1', 'a', '0'])).toEqual(['web-1', 'a', '0'])
    expect(parseResolver('2001:db8::1')).toBe('2001:db8::1')
    expect(parseInterface('enp0s31f6')).toBe('enp0s31f6')
  })
})
