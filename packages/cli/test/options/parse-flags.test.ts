import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { flagOfKey, parseFlags } from '../../src/options/parse-flags.ts'

describe('parseFlags', () => {
  it('treats flags that were not typed as absent', () => {
    const schema = z.object({ a: z.string().default('x'), b: z.string().optional() })
    expect(parseFlags(schema, { a: undefined, b: undefined, c: 1 })).toEqual({ a: 'x' })
  })

  it('shows the one value of a list that is wrong', () => {
    const schema = z.object({ label: z.array(z.string().max(3)) })
    expect(() => parseFlags(schema, { label: ['abc', 'abcd'] })).toThrow(
      '--label abcd: must be of length 3 or less',
    )
  })

  it('says what a schema says about several fields', () => {
    const schema = z.object({ a: z.string(), b: z.string() })
    const both = schema.refine(({ a, b }) => a !== b, '--a and --b are the same')
    expect(() => parseFlags(both, { a: 'x', b: 'x' })).toThrow('--a and --b are the same')
  })
})

describe('flagOfKey', () => {
  it.each([
    ['vpcId', '--vpc-id'],
    ['type', '--type'],
    ['associatePublicIpAddress', '--associate-public-ip-address'],
  ])('writes %s as %s', (key, flag) => {
    expect(flagOfKey(key)).toBe(flag)
  })
})
