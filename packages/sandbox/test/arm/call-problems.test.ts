import { describe, expect, test } from 'vitest'
import { callProblems, type ObservedCall } from './call-problems.ts'
import type { Specs } from './specs.ts'

const type = (ref: number) => ({ $ref: `#/${ref}` })
const specs: Specs = {
  operations: [
    {
      method: 'PUT',
      url: '/subscriptions/{subscriptionId}/resourceGroups/{g}/providers/My.Cloud/boxes/{name}{?api-version}',
      apiVersion: '2026-01-01',
      expectedStatuses: ['200', '201'],
      lro: true,
    },
    {
      method: 'GET',
      url: '/subscriptions/{subscriptionId}/providers/My.Cloud/usages{?api-version}',
      apiVersion: '2026-01-01',
      expectedStatuses: ['200'],
      lro: false,
    },
  ],
  bicep: [
    {
      0: { $type: 'StringType' },
      1: { $type: 'ResourceType', name: 'My.Cloud/boxes@2026-01-01', body: type(2) },
      2: {
        $type: 'ObjectType',
        properties: {
          name: { type: type(0), flags: 9 },
          location: { type: type(0), flags: 1 },
          properties: { type: type(3), flags: 0 },
        },
      },
      3: {
        $type: 'ObjectType',
        properties: {
          size: { type: type(4), flags: 0 },
          secret: { type: type(0), flags: 4 },
          provisioningState: { type: type(0), flags: 2 },
        },
      },
      4: { $type: 'UnionType', elements: [type(5), type(6)] },
      5: { $type: 'StringLiteralType', value: 'small' },
      6: { $type: 'StringLiteralType', value: 'large' },
    },
  ],
  swagger: [
    {
      paths: {
        '/subscriptions/{subscriptionId}/providers/My.Cloud/usages': {
          get: { responses: { 200: { schema: { $ref: '#/definitions/Usages' } } } },
        },
      },
      definitions: {
        Usages: {
          properties: { value: { type: 'array', items: { $ref: '#/definitions/Usage' } } },
        },
        Usage: { required: ['limit'], properties: { limit: { type: 'integer' } } },
      },
    },
  ],
}

const box =
  'http://localhost/subscriptions/1/resourceGroups/g/providers/My.Cloud/boxes/b?api-version=2026-01-01'
const usages = 'http://localhost/subscriptions/1/providers/My.Cloud/usages?api-version=2026-01-01'

function problems(others: Partial<ObservedCall>): readonly string[] {
  return callProblems(specs, {
    method: 'PUT',
    url: box,
    request: { location: 'here' },
    status: 200,
    headers: {},
    reply: { name: 'b', location: 'here' },
    ...others,
  })
}

describe('a call', () => {
  test('that fits what is published has no problems', () => {
    expect(
      problems({ request: { location: 'here', properties: { size: 'small', secret: 's' } } }),
    ).toEqual([])
    const reply = { value: [{ limit: 1 }] }
    expect(problems({ method: 'GET', url: usages, request: undefined, reply })).toEqual([])
  })
  test.each<[string, Partial<ObservedCall>, string]>([
    ['an unknown path', { url: `${box.split('?')[0]}/lid` }, 'no operation of the SDKs is PUT'],
    ['another version', { url: box.replace('2026', '2020') }, 'the SDK sends 2026-01-01'],
    ['a status that the SDK refuses', { status: 204 }, 'the SDK does not take status 204'],
    [
      'an unknown field',
      { request: { location: 'here', colour: 1 } },
      'My.Cloud/boxes.colour is unknown',
    ],
    ['a missing field', { request: {} }, 'My.Cloud/boxes lacks location'],
    [
      'a value outside of its list',
      { request: { location: 'here', properties: { size: 'huge' } } },
      'My.Cloud/boxes.properties.size cannot be "huge"',
    ],
    [
      'a secret in a reply',
      { reply: { location: 'here', properties: { secret: 's' } } },
      'My.Cloud/boxes.properties.secret is never shown',
    ],
    [
      'work that is not said where to follow',
      { status: 201, reply: { location: 'here', properties: { provisioningState: 'Creating' } } },
      'Creating does not say where to ask',
    ],
    [
      'an address without a pause',
      { headers: { 'azure-asyncoperation': 'http://localhost/' } },
      'there is no Retry-After',
    ],
  ])('%s is told apart', (_, others, problem) => {
    expect(problems(others).join('\n')).toContain(problem)
  })
  test.each([
    [{ value: [{}] }, 'value[0] lacks limit'],
    [{ value: [{ limit: 'x' }] }, 'limit is no integer'],
    [{ value: [{ limit: 1, used: 2 }] }, 'used is unknown'],
    [{ value: 1 }, 'value is no array'],
  ])('a reply such as %j is told apart', (reply, problem) => {
    const found = problems({ method: 'GET', url: usages, request: undefined, reply })
    expect(found.join('\n')).toContain(problem)
  })
  test('that is refused needs a code and a message', () => {
    expect(
      problems({ status: 404, reply: { error: { code: 'NotFound', message: 'no' } } }),
    ).toEqual([])
    expect(problems({ status: 404, reply: { code: 'NotFound' } })).toHaveLength(1)
    expect(problems({ status: 404, reply: undefined })).toHaveLength(1)
  })
})
