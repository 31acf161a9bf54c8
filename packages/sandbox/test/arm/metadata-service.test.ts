import { describe, expect, test } from 'vitest'
import { openMetadataService } from '../../src/arm/compute/metadata-service.ts'

const ask = openMetadataService({
  v1: {},
  metaData: {
    imds: {
      compute: { name: 'web-1', resourceGroupName: 'My-Group' },
      network: { interface: [{ macAddress: '000D3A' }] },
    },
  },
})
const headers = { metadata: 'true' }
const version = 'api-version=2021-02-01'

function get(target: string, given: Readonly<Record<string, string>> = headers) {
  return ask({ method: 'GET', target, headers: given })
}

describe('the metadata service of Azure', () => {
  test('tells a leaf as text', () => {
    const leaf = `/metadata/instance/compute/name?${version}`
    expect(get(`${leaf}&format=text`)).toMatchObject({ status: 200, body: 'web-1' })
    expect(get(leaf)).toMatchObject({ status: 400 })
  })
  test('tells what has leaves as JSON, and lists it as text', () => {
    const { body, type } = get(`/metadata/instance?${version}`)
    expect(type).toBe('application/json')
    expect(JSON.parse(String(body))).toMatchObject({ compute: { name: 'web-1' } })
    const listed = get(`/metadata/instance/compute?${version}&format=text`)
    expect(listed.body).toBe('name\nresourceGroupName')
    const one = `/metadata/instance/network/interface/0/macAddress?${version}&format=text`
    expect(get(one).body).toBe('000D3A')
  })
  test.each([
    ['without its header', '/metadata/instance?api-version=2021-02-01', {}, 400],
    ['without a version', '/metadata/instance', headers, 400],
    [
      'through a proxy',
      '/metadata/instance?api-version=2021-02-01',
      { ...headers, 'x-forwarded-for': '10.0.0.4' },
      400,
    ],
    ['for what it has not', '/metadata/instance/constructor?api-version=2021-02-01', headers, 404],
    ['in another category', '/metadata/identity?api-version=2021-02-01', headers, 404],
  ])('refuses to be asked %s', (_, target, given, status) => {
    expect(get(target, given).status).toBe(status)
  })
  test('takes no changes', () => {
    expect(ask({ method: 'PUT', target: `/metadata/instance?${version}`, headers }).status).toBe(
      405,
    )
  })
})
