import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { addSchemaOptions, parseSchemaOptions } from '../../src/options/option-schema.ts'
import type { RawFlags } from '../../src/options/parse-flags.ts'

const schema = z.object({
  region: z
    .string()
    .optional()
    .meta({ description: 'Region', env: 'CLOUD_REGION', placeholder: 'name' }),
  diskSize: z.number().int().min(8).default(30).meta({ description: 'Disk in GiB' }),
  image: z.enum(['one', 'two']).meta({ description: 'Image' }).default('one'),
  publicAddress: z.boolean().default(true).meta({ description: 'Public address' }),
  spot: z.boolean().default(false).meta({ description: 'Spot machines' }),
  network: z.array(z.string()).default([]).meta({ description: 'Network', env: 'CLOUD_NETWORKS' }),
  apiToken: z
    .string()
    .regex(/^[a-f]+$/)
    .default('never-shown')
    .meta({ description: 'Token', env: 'CLOUD_TOKEN', secret: true }),
})

function parse(argv: readonly string[], env: Record<string, string> = {}) {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined })
  addSchemaOptions(command, schema, 'Cloud:')
  command.parse(argv, { from: 'user' })
  return parseSchemaOptions(schema, command.opts<RawFlags>(), { CLOUD_TOKEN: 'abc', ...env })
}

describe('parseSchemaOptions', () => {
  it('fills in the defaults of the schema', () => {
    expect(parse([])).toEqual({
      diskSize: 30,
      image: 'one',
      publicAddress: true,
      spot: false,
      network: [],
      apiToken: 'abc',
    })
  })

  it('takes a flag before the environment, and that before the default', () => {
    const env = { CLOUD_REGION: 'from-env' }
    expect(parse([], env).region).toBe('from-env')
    expect(parse(['--region', 'typed'], env).region).toBe('typed')
    expect(parse([], { CLOUD_REGION: '' }).region).toBeUndefined()
  })

  it('reads numbers, repeated flags and lists in variables', () => {
    expect(parse(['--disk-size', '100']).diskSize).toBe(100)
    expect(parse(['--network', 'a', '--network', 'b']).network).toEqual(['a', 'b'])
    expect(parse([], { CLOUD_NETWORKS: 'a,b' }).network).toEqual(['a', 'b'])
  })

  it('turns booleans both ways', () => {
    expect(parse(['--no-public-address', '--spot'])).toMatchObject({
      publicAddress: false,
      spot: true,
    })
    expect(parse(['--public-address', '--no-spot'])).toMatchObject({
      publicAddress: true,
      spot: false,
    })
  })

  it.each([
    [['--disk-size', '4'], '--disk-size 4: must be 8 or more'],
    [['--disk-size', '8.5'], '--disk-size 8.5: must be a whole number'],
    [['--disk-size', ''], '--disk-size "": must be a number'],
    [['--disk-size', '1e3'], '--disk-size 1e3: must be a number'],
    [['--image', 'three'], '--image three: must be one of one, two'],
  ])('refuses %j and names the flag', (argv, message) => {
    expect(() => parse(argv)).toThrow(expect.objectContaining({ code: 'BAD_OPTIONS', message }))
  })

  it('never shows a secret that is wrong', () => {
    expect(() => parse(['--api-token', 'Secret123'])).toThrow(
      expect.objectContaining({
        code: 'BAD_OPTIONS',
        message: expect.not.stringContaining('Secret123'),
      }),
    )
  })

  it('names the flag that is missing', () => {
    const required = z.object({ sshUser: z.string().meta({ description: 'User' }) })
    expect(() => parseSchemaOptions(required, {}, {})).toThrow('--ssh-user is missing')
  })
})

describe('addSchemaOptions', () => {
  it('says in help what a flag takes, its variable and its default, but no secret', () => {
    const command = new Command('x')
    addSchemaOptions(command, schema, 'Cloud:')
    expect(command.helpInformation()).toMatchInlineSnapshot(`
      "Usage: x [options]

      Cloud:
        --region <NAME>      Region (env CLOUD_REGION)
        --disk-size <N>      Disk in GiB (default: 30)
        --image <VALUE>      Image (one of one, two; default: one)
        --no-public-address  Public address (default: on)
        --spot               Spot machines
        --network <VALUE>    Network (env CLOUD_NETWORKS; default: ; repeatable)
        --api-token <VALUE>  Token (env CLOUD_TOKEN)

      Options:
        -h, --help           display help for command
      "
    `)
  })
})
