import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Ec2Stub, startEc2Stub } from './ec2-stub.ts'
import { call, openSession } from './orders.ts'
import type { XmlContent } from './xml.ts'

let ec2: Ec2Stub

beforeEach(async () => {
  ec2 = await startEc2Stub()
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await ec2.close()
})

async function choices(option: string) {
  const session = await openSession()
  return (await session.choices?.({ option, given: {} }, call)) ?? []
}

const type = (name: string, cores: number, memoryMib: number, architecture = 'x86_64') => ({
  instanceType: name,
  vCpuInfo: { defaultVCpus: cores },
  memoryInfo: { sizeInMiB: memoryMib },
  processorInfo: { supportedArchitectures: [architecture] },
})

describe('EC2 offers', () => {
  test('the regions that are enabled, where one is set and where none is', async () => {
    ec2.answer('DescribeRegions', {
      body: { regionInfo: [{ regionName: 'us-east-1' }, { regionName: 'eu-west-1' }] },
    })
    const regions = [
      { value: 'eu-west-1', label: 'eu-west-1' },
      { value: 'us-east-1', label: 'us-east-1' },
    ]
    expect(await choices('region')).toEqual(regions)
    vi.stubEnv('AWS_REGION', undefined)
    expect(await choices('region')).toEqual(regions)
  })

  test('no regions where other regions do not know the credentials', async () => {
    ec2.answer('DescribeRegions', { error: 'AuthFailure', status: 401 })
    await expect(choices('region')).rejects.toMatchObject({ code: 'BAD_CREDENTIALS' })
    vi.stubEnv('AWS_REGION', undefined)
    expect(await choices('region')).toEqual([])
  })

  test('the usual types of all pages, smallest first, without those too small for a node', async () => {
    const first: XmlContent = {
      instanceTypeSet: [type('m7i.large', 2, 8192), type('t4g.small', 2, 2048, 'arm64')],
      nextToken: 'more',
    }
    const last: XmlContent = {
      instanceTypeSet: [type('t3.small', 2, 2048), type('t3.nano', 2, 512)],
    }
    ec2.answer('DescribeInstanceTypes', ({ parameters }) => ({
      body: parameters.NextToken === 'more' ? last : first,
    }))
    expect(await choices('type')).toEqual([
      { value: 't3.small', label: 't3.small', hint: '2 vCPU, 2 GiB' },
      { value: 't4g.small', label: 't4g.small', hint: '2 vCPU, 2 GiB, arm64' },
      { value: 'm7i.large', label: 'm7i.large', hint: '2 vCPU, 8 GiB' },
    ])
    expect(ec2.sent('DescribeInstanceTypes')[0]).toMatchObject({
      'Filter.1.Name': 'instance-type',
      'Filter.1.Value.1': 't3.*',
    })
  })

  test('its networks, the default one first', async () => {
    ec2.answer('DescribeVpcs', {
      body: {
        vpcSet: [
          {
            vpcId: 'vpc-0aaa',
            cidrBlock: '10.0.0.0/16',
            isDefault: false,
            tagSet: [{ key: 'Name', value: 'lab' }],
          },
          { vpcId: 'vpc-0bbb', cidrBlock: '172.31.0.0/16', isDefault: true },
        ],
      },
    })
    expect(await choices('vpcId')).toEqual([
      { value: 'vpc-0bbb', label: 'vpc-0bbb', hint: '172.31.0.0/16, the default one' },
      { value: 'vpc-0aaa', label: 'vpc-0aaa', hint: 'lab, 10.0.0.0/16' },
    ])
  })

  test('the images that it can find, without asking', async () => {
    expect(await choices('image')).toContainEqual({
      value: 'ubuntu-24.04',
      label: 'Ubuntu 24.04 LTS',
    })
    expect(ec2.requests).toEqual([])
  })

  test('nothing for what it has no list of', async () => {
    expect(await choices('subnetId')).toEqual([])
    expect(ec2.requests).toEqual([])
  })

  test('a failure as the command tells it', async () => {
    ec2.answer('DescribeVpcs', { error: 'UnauthorizedOperation', status: 403 })
    await expect(choices('vpcId')).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      message: expect.stringContaining('ec2:DescribeVpcs'),
    })
  })
})
