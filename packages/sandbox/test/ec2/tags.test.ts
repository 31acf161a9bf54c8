import {
  CreateTagsCommand,
  DescribeTagsCommand,
  type EC2Client,
  type Tag,
} from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import { openSandbox, refusalCode, run } from './open.ts'

function tag(ec2: EC2Client, Resources: string[], ...Tags: Tag[]) {
  return ec2.send(new CreateTagsCommand({ Resources, Tags }))
}

describe('tags', () => {
  test('are added and replaced, on several things at once', async () => {
    const { ec2, sandbox } = await openSandbox()
    const { ids } = await run(ec2)
    const volume = sandbox.ec2.volumes()[0]?.id ?? ''
    await tag(ec2, [...ids, volume], { Key: 'Name', Value: 'web-1' }, { Key: 'empty', Value: '' })
    await tag(ec2, ids, { Key: 'Name', Value: 'web-2' })
    expect(sandbox.ec2.instances()[0]?.tags).toEqual({ Name: 'web-2', empty: '' })
    expect(sandbox.ec2.volumes()[0]?.tags).toEqual({ Name: 'web-1', empty: '' })
    const Filters = [{ Name: 'key', Values: ['Name'] }]
    const { Tags } = await ec2.send(new DescribeTagsCommand({ Filters }))
    expect(Tags).toMatchObject([
      { ResourceType: 'vpc', Value: 'internal' },
      { ResourceId: ids[0], ResourceType: 'instance', Value: 'web-2' },
      { ResourceId: volume, ResourceType: 'volume', Value: 'web-1' },
    ])
  })
  const name = { Key: 'Name', Value: 'web-1' }
  test.each<[string, string | undefined, Tag[], string]>([
    ['an unknown instance', 'i-0123456789abcdef0', [name], 'InvalidInstanceID.NotFound'],
    ['what is no id', 'web-1', [name], 'InvalidID'],
    ['a reserved key', undefined, [{ Key: 'aws:x', Value: '' }], 'InvalidParameterValue'],
    ['a key twice', undefined, [name, name], 'InvalidParameterValue'],
    ['a key too long', undefined, [{ Key: 'x'.repeat(129), Value: '' }], 'InvalidParameterValue'],
    [
      'a value too long',
      undefined,
      [{ Key: 'x', Value: 'x'.repeat(257) }],
      'InvalidParameterValue',
    ],
    [
      'more than 50',
      undefined,
      Array.from({ length: 51 }, (_, index) => ({ Key: `k${index}`, Value: '' })),
      'TagLimitExceeded',
    ],
  ])('are refused for %s', async (_what, resource, tags, code) => {
    const { ec2, sandbox } = await openSandbox()
    const { ids } = await run(ec2)
    const call = tag(ec2, [resource ?? ids[0] ?? ''], ...tags)
    expect(await refusalCode(call)).toBe(code)
    expect(sandbox.ec2.instances()[0]?.tags).toEqual({})
  })
})
