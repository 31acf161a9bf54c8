import { DescribeInstancesCommand, paginateDescribeInstances } from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import { openSandbox, refusalCode, run } from './open.ts'

/** Two batches with tags, and how to look for instances among them. */
async function openTagged() {
  const { ec2, sandbox } = await openSandbox()
  const tagged = (grid: string) => [
    { ResourceType: 'instance' as const, Tags: [{ Key: 'kontena:grid', Value: grid }] },
  ]
  const blue = await run(ec2, { MinCount: 4, TagSpecifications: tagged('blue') })
  const green = await run(ec2, {
    MinCount: 3,
    TagSpecifications: tagged('green*'),
    Placement: { AvailabilityZone: 'eu-west-1b' },
  })
  const find = async (filters: Record<string, string[]>) => {
    const Filters = Object.entries(filters).map(([Name, Values]) => ({ Name, Values }))
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ Filters }))
    return Reservations.flatMap(({ Instances = [] }) => Instances.map((it) => it.InstanceId))
  }
  return { ec2, sandbox, blue, green, find }
}

describe('filters', () => {
  test('fit by tag, zone, state and type, each by any of its values', async () => {
    const { find, blue, green } = await openTagged()
    expect(await find({ 'tag:kontena:grid': ['blue'] })).toEqual(blue.ids)
    expect(await find({ 'tag:kontena:grid': ['blue', 'x'], 'instance-type': ['t3.*'] })).toEqual(
      blue.ids,
    )
    expect(await find({ 'availability-zone': ['eu-west-1b'] })).toEqual(green.ids)
    expect(await find({ 'tag-key': ['kontena:*'], 'launch-index': ['0'] })).toEqual([
      blue.ids[0],
      green.ids[0],
    ])
    expect(await find({ 'instance-state-name': ['terminated'] })).toEqual([])
    expect(await find({ 'tag:absent': ['*'] })).toEqual([])
  })
  test('take wildcards, and a backslash makes one plain', async () => {
    const { find, blue, green } = await openTagged()
    expect(await find({ 'tag:kontena:grid': ['b?ue'] })).toEqual(blue.ids)
    expect(await find({ 'tag:kontena:grid': ['blue\\*'] })).toEqual([])
    expect(await find({ 'tag:kontena:grid': ['green\\*'] })).toEqual(green.ids)
    expect(await find({ 'tag:kontena:grid': ['b.*'] })).toEqual([])
  })
  test('that do not exist are refused', async () => {
    const { ec2 } = await openTagged()
    const Filters = [{ Name: 'colour', Values: ['blue'] }]
    const call = ec2.send(new DescribeInstancesCommand({ Filters }))
    expect(await refusalCode(call)).toBe('InvalidParameterValue')
  })
})

describe('pages', () => {
  test('give every instance once, batches cut where the page ends', async () => {
    const { ec2, blue, green } = await openTagged()
    const pages: number[] = []
    const seen: (string | undefined)[] = []
    for await (const page of paginateDescribeInstances({ client: ec2, pageSize: 5 }, {})) {
      const instances = page.Reservations?.flatMap(({ Instances = [] }) => Instances) ?? []
      pages.push(instances.length)
      seen.push(...instances.map(({ InstanceId }) => InstanceId))
    }
    expect(pages).toEqual([5, 2])
    expect(seen).toEqual([...blue.ids, ...green.ids])
  })
  test.each([
    ['ids together with a page size', { MaxResults: 10 }, 'InvalidParameterCombination'],
    ['a page too small', { InstanceIds: [], MaxResults: 4 }, 'InvalidParameterValue'],
    ['a page too large', { InstanceIds: [], MaxResults: 1001 }, 'InvalidParameterValue'],
    ['a token that was made up', { InstanceIds: [], NextToken: 'cGFnZQ' }, 'InvalidNextToken'],
  ])('refuse %s', async (_what, input, code) => {
    const { ec2, blue } = await openTagged()
    const call = ec2.send(new DescribeInstancesCommand({ InstanceIds: blue.ids, ...input }))
    expect(await refusalCode(call)).toBe(code)
  })
})

test('instances of one call come as one reservation', async () => {
  const { ec2, blue, green } = await openTagged()
  const InstanceIds = [...green.ids, ...blue.ids, ...blue.ids]
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds }))
  expect(Reservations?.map(({ Instances }) => Instances?.length)).toEqual([3, 4])
})
