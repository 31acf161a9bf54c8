import { describe, expect, test } from 'vitest'
import { openMetadataService } from '../../src/ec2/instances/metadata-service.ts'

const userData = Buffer.from([0x1f, 0x8b, 0, 255])
const token = 'x-aws-ec2-metadata-token'
const ttl = 'x-aws-ec2-metadata-token-ttl-seconds'

function open(options: { needsToken?: boolean; isEnabled?: boolean; userData?: Buffer } = {}) {
  const service = openMetadataService({
    userData,
    isEnabled: true,
    needsToken: true,
    tree: () => ({
      'meta-data': {
        'instance-id': 'i-1',
        placement: { region: 'eu-west-1' },
        'public-keys': { '0=me': { 'openssh-key': 'ssh-ed25519 AAAA' } },
      },
      dynamic: { 'instance-identity': { document: '{}' } },
    }),
    ...options,
  })
  const get = (target: string, headers: Record<string, string> = {}) =>
    service({ method: 'GET', target, headers })
  const put = (headers: Record<string, string>, target = '/latest/api/token') =>
    service({ method: 'PUT', target, headers })
  return { service, get, put, token: String(put({ [ttl]: '60' }).body) }
}

describe('the metadata service of EC2', () => {
  test('answers nobody without a token, where instances ask for one', () => {
    const { get } = open()
    expect(get('/latest/meta-data/instance-id').status).toBe(401)
    expect(get('/latest/meta-data/instance-id', { [token]: 'made-up' }).status).toBe(401)
    expect(get('/latest/user-data').status).toBe(401)
  })

  test('gives a token for as long as it was asked for, and to no proxy', () => {
    const { put } = open()
    const { status, headers, body } = put({ [ttl]: '21600' })
    expect([status, headers]).toEqual([200, { [ttl]: '21600' }])
    expect(String(body)).toMatch(/^[\w-]{54}$/)
    for (const wrong of ['', '0', '21601', '1.5', 'long'])
      expect(put({ [ttl]: wrong }).status).toBe(400)
    expect(put({}).status).toBe(400)
    expect(put({ [ttl]: '60', 'x-forwarded-for': '10.0.0.1' }).status).toBe(403)
    expect(put({ [ttl]: '60' }, '/latest/meta-data/').status).toBe(404)
  })

  test.each([
    ['/', 'latest\n2021-03-23'],
    ['/latest/', 'meta-data/\ndynamic/\nuser-data'],
    ['/2021-03-23/meta-data/', 'instance-id\nplacement/\npublic-keys/'],
    ['/latest/meta-data/placement/region', 'eu-west-1'],
    ['/latest/meta-data/public-keys/', '0=me'],
    ['/latest/meta-data/public-keys/0/', 'openssh-key'],
    ['/latest/meta-data/public-keys/0/openssh-key', 'ssh-ed25519 AAAA'],
    ['/latest/dynamic/instance-identity/document', '{}'],
  ])('shows %s', (target, body) => {
    const opened = open()
    expect(opened.get(target, { [token]: opened.token })).toMatchObject({ status: 200, body })
  })

  test('hands out user data byte by byte, and has none where there is none', () => {
    const opened = open()
    expect(opened.get('/latest/user-data', { [token]: opened.token }).body).toEqual(userData)
    const without = open({ userData: Buffer.alloc(0) })
    expect(without.get('/latest/user-data', { [token]: without.token }).status).toBe(404)
  })

  test.each([
    '/latest/meta-data/nothing',
    '/latest/meta-data/instance-id/more',
    '/1.0/x',
    '/other/',
  ])('has nothing at %s', (target) => {
    const opened = open()
    expect(opened.get(target, { [token]: opened.token }).status).toBe(404)
  })

  test('needs no token where the instance says so, but refuses a wrong one', () => {
    const { get } = open({ needsToken: false })
    expect(get('/latest/meta-data/instance-id').body).toBe('i-1')
    expect(get('/latest/meta-data/instance-id', { [token]: 'made-up' }).status).toBe(401)
  })

  test('is off where the instance says so', () => {
    const { get, put } = open({ isEnabled: false })
    expect([get('/latest/').status, put({ [ttl]: '60' }).status]).toEqual([403, 403])
  })
})
