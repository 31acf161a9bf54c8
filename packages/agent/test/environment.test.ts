import { hostname } from 'node:os'
import { describe, expect, it } from 'vitest'
import { readEnvironment, type Variables } from '../src/environment.ts'

const least = { KONTENA_URI: 'wss://master.example.com', KONTENA_TOKEN: 'grid-token' }

function settingsOf(variables: Variables) {
  const read = readEnvironment({ ...least, ...variables })
  if ('problems' in read) throw new Error(read.problems.join())
  return read.settings
}

function problemsOf(variables: Variables): readonly string[] {
  const read = readEnvironment(variables)
  return 'problems' in read ? read.problems : []
}

describe('readEnvironment', () => {
  it('needs a master and a token, and finds the rest itself', () => {
    expect(settingsOf({})).toEqual({
      url: 'wss://master.example.com/',
      token: { kind: 'grid', value: 'grid-token' },
      nodeId: undefined,
      nodeName: hostname().split('.')[0],
      labels: [],
      privateIp: undefined,
      publicIp: undefined,
      peerInterface: undefined,
      trust: {
        authorityFile: undefined,
        authorityFolder: undefined,
        hostname: undefined,
        verifies: true,
      },
      pong: 5000,
      dockerSocket: '/var/run/docker.sock',
      stateFolder: '/var/lib/kontena',
      updateSpread: 30_000,
      logLevel: 'info',
    })
  })

  it.each([
    ['http://master:9292', 'ws://master:9292/'],
    ['https://master.example.com/', 'wss://master.example.com/'],
    ['ws://[2001:db8::1]:9292', 'ws://[2001:db8::1]:9292/'],
  ])('takes %s for %s', (given, url) => {
    expect(settingsOf({ KONTENA_URI: given }).url).toBe(url)
  })

  it.each([
    'master.example.com',
    'ftp://master',
    'wss://master/prefix',
    'wss://me:secret@master',
    'wss://master/?x=1',
  ])('refuses %s, and does not repeat it', (uri) => {
    expect(problemsOf({ ...least, KONTENA_URI: uri })).toEqual([
      'KONTENA_URI must be the URL of the master and no more, as in wss://master.example.com',
    ])
  })

  it('takes seconds over which downloads are spread, none too', () => {
    expect(settingsOf({ KONTENA_UPDATE_SPREAD: '0' }).updateSpread).toBe(0)
    expect(settingsOf({ KONTENA_UPDATE_SPREAD: '600' }).updateSpread).toBe(600_000)
    for (const wrong of ['soon', '-1', '1.5', '1000000']) {
      expect(problemsOf({ ...least, KONTENA_UPDATE_SPREAD: wrong })).toEqual([
        'KONTENA_UPDATE_SPREAD must be a number of seconds',
      ])
    }
  })

  it('prefers the token of the node', () => {
    expect(settingsOf({ KONTENA_NODE_TOKEN: 'mine' }).token).toEqual({
      kind: 'node',
      value: 'mine',
    })
  })

  it('takes an empty variable for one that is not there', () => {
    expect(settingsOf({ KONTENA_NODE_TOKEN: '', SSL_CERT_FILE: '' })).toEqual(settingsOf({}))
    expect(problemsOf({ ...least, KONTENA_URI: '' })).toEqual([
      'KONTENA_URI is required: the URL of the master, as in wss://master.example.com',
    ])
  })

  it('says that it needs one of the two tokens', () => {
    expect(problemsOf({ KONTENA_URI: 'ws://x' })).toEqual([
      'KONTENA_NODE_TOKEN or KONTENA_TOKEN is required',
    ])
  })

  it('never shows a token that cannot be right', () => {
    const problems = problemsOf({ ...least, KONTENA_NODE_TOKEN: 'secret\nX-Header: 1' })
    expect(problems).toEqual(['KONTENA_NODE_TOKEN must not hold control characters'])
  })

  it('splits labels at blanks', () => {
    expect(settingsOf({ KONTENA_NODE_LABELS: ' a=1  b ' }).labels).toEqual(['a=1', 'b'])
  })

  it.each([
    ['0', 'debug'],
    ['1', 'info'],
    ['4', 'error'],
    ['warn', 'warn'],
  ])('reads the log level %s, counted as in 1.5 or by name', (given, level) => {
    expect(settingsOf({ LOG_LEVEL: given }).logLevel).toBe(level)
  })
})

describe('variables that nobody should rely on', () => {
  const warningsOf = (variables: Variables): readonly string[] => {
    const read = readEnvironment({ ...least, ...variables })
    return 'warnings' in read ? read.warnings : []
  }

  it('verifies TLS unless told exactly not to', () => {
    expect(settingsOf({ KONTENA_SSL_VERIFY: 'false' }).trust.verifies).toBe(false)
    for (const word of ['', 'true', '1', '0', 'no', 'False', 'FALSE', ' false', 'off']) {
      expect(settingsOf({ KONTENA_SSL_VERIFY: word }).trust.verifies, word).toBe(true)
    }
  })

  it('says so to whoever meant something else', () => {
    expect(warningsOf({ KONTENA_SSL_VERIFY: 'no' })).toEqual([
      'KONTENA_SSL_VERIFY: TLS is verified, as only the word false, in small letters, ends that',
    ])
    expect(warningsOf({ KONTENA_SSL_VERIFY: 'false' })).toEqual([])
    expect(warningsOf({ KONTENA_SSL_VERIFY: 'true' })).toEqual([])
  })

  it('names variables that it does not know, and shows nothing of them', () => {
    const warnings = warningsOf({
      KONTENA_NODE_LABLES: 'secret',
      KONTENA_VERSION: 'latest',
      KONTENA_AGENT_HASH: 'ab',
      PATH: '/bin',
      TYPO_ELSEWHERE: '1',
    })
    expect(warnings).toEqual(['KONTENA_NODE_LABLES is no variable of this agent, and does nothing'])
  })

  it('takes the name that a certificate must have', () => {
    const { trust } = settingsOf({ KONTENA_SSL_HOSTNAME: 'master.internal' })
    expect(trust.hostname).toBe('master.internal')
    expect(problemsOf({ ...least, KONTENA_SSL_HOSTNAME: 'a b' })).toEqual([
      'KONTENA_SSL_HOSTNAME must be a host name',
    ])
  })

  it('waits for a pong as long as it is told', () => {
    expect(settingsOf({ WEBSOCKET_TIMEOUT: '2.5' }).pong).toBe(2500)
    for (const wrong of ['0', '-1', 'soon', '1e9', '5s']) {
      expect(problemsOf({ ...least, WEBSOCKET_TIMEOUT: wrong })).toEqual([
        'WEBSOCKET_TIMEOUT must be a number of seconds',
      ])
    }
  })

  it('takes addresses of both families, and nothing else for one', () => {
    expect(settingsOf({ KONTENA_PRIVATE_IP: 'fd00::7' }).privateIp).toBe('fd00::7')
    expect(problemsOf({ ...least, KONTENA_PUBLIC_IP: 'web-1' })).toEqual([
      'KONTENA_PUBLIC_IP must be an IP address',
    ])
  })
})
