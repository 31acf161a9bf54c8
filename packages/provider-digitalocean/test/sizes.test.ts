import { describe, expect, test } from 'vitest'
import { describePrice, describeSize, requireSize, type Size, usableSizes } from '../src/sizes.ts'

const size = (slug: string, changes: Partial<Size> = {}): Size => ({
  slug,
  available: true,
  regions: ['fra1', 'ams3'],
  memory: 2048,
  vcpus: 1,
  disk: 50,
  price_hourly: 0.01786,
  price_monthly: 12,
  ...changes,
})
const sizes = [
  size('s-2vcpu-4gb', { price_hourly: 0.03571, memory: 4096 }),
  size('s-1vcpu-2gb'),
  size('s-1vcpu-512mb-10gb', { memory: 512, price_hourly: 0.005 }),
  size('c-2', { regions: ['nyc1'], price_hourly: 0.0625 }),
  size('1gb', { available: false, regions: [] }),
  size('gpu-h100x1-80gb', { price_hourly: 3.39 }),
]

test('nodes can have sizes with memory enough and no GPU, cheapest first', () => {
  const slugs = (region?: string) => usableSizes(sizes, region).map(({ slug }) => slug)
  expect(slugs('fra1')).toEqual(['s-1vcpu-2gb', 's-2vcpu-4gb'])
  expect(slugs('nyc1')).toEqual(['c-2'])
  expect(slugs()).toEqual(['s-1vcpu-2gb', 's-2vcpu-4gb', 'c-2'])
})

describe('a size', () => {
  test('that nodes can have is found', () => {
    expect(requireSize(sizes, 's-2vcpu-4gb', 'fra1').memory).toBe(4096)
  })

  test.each([
    ['that does not exist', 's-1vcpu-3gb', 'NOT_FOUND', /there is s-1vcpu-2gb/],
    ['without memory enough', 's-1vcpu-512mb-10gb', 'BAD_OPTIONS', /there is s-1vcpu-2gb/],
    ['that the region lacks', 'c-2', 'NO_CAPACITY', /--region: nyc1 have it/],
    ['that is not made any more', '1gb', 'NO_CAPACITY', /use another --region$/],
    ['with a GPU', 'gpu-h100x1-80gb', 'NOT_SUPPORTED', /there is s-1vcpu-2gb/],
  ])('%s is refused', (_, slug, code, hint) => {
    expect(() => requireSize(sizes, slug, 'fra1')).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringContaining(slug),
        hint: expect.stringMatching(hint),
      }),
    )
  })
})

test('sizes and prices read as people write them', () => {
  expect(describeSize(size('x', { memory: 1536 }))).toBe('1 vCPU, 1.5 GiB, 50 GB disk')
  expect(describePrice(size('x', { price_hourly: 0.00743999984115362 }))).toBe(
    '$0.00744 an hour, $12 a month',
  )
  expect(describePrice(size('x'), 3)).toBe('$0.05358 an hour, $36 a month')
})
