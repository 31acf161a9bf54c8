import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineProvider } from '../../src/provider.ts'
import { optionsOf, parseSettings, readMeta } from '../../src/testing/settings.ts'

const provider = defineProvider({
  name: 'moon',
  title: 'The Moon',
  accessOptions: z.object({
    orbit: z.string().meta({ description: 'Orbit', env: ['MOON_ORBIT', 'ORBIT'], ask: true }),
    token: z.string().optional().meta({ description: 'Token', env: 'MOON_TOKEN', secret: true }),
  }),
  machineOptions: z.object({ rovers: z.number().default(1).meta({ description: 'Rovers' }) }),
  limits: { userDataBytes: 1, batch: 1 },
  bootstrap: { gzip: false, metadataServices: [] },
  abilities: {
    restart: false,
    stop: false,
    consoleLog: false,
    master: false,
    firewall: { esp: 'host' },
    idempotentCreate: false,
  },
  load: async () => () => {
    throw new Error('nobody opens it')
  },
})
const nothing = { access: {}, machine: {}, environment: {} }

test('options come from what was typed, else from the first variable that is set', () => {
  const environment = { ORBIT: 'low', MOON_TOKEN: 'secret' }
  expect(parseSettings(provider, { ...nothing, environment })).toEqual({
    access: { orbit: 'low', token: 'secret' },
    machine: { rovers: 1 },
  })
  const typed = { access: { orbit: 'high' }, machine: { rovers: 3 }, environment }
  expect(parseSettings(provider, typed)).toMatchObject({
    access: { orbit: 'high' },
    machine: { rovers: 3 },
  })
})

test('what the schema refuses is told as a wrong option, with its name', () => {
  const given = { ...nothing, access: { orbit: 7 } }
  expect(() => parseSettings(provider, given)).toThrow(
    expect.objectContaining({ code: 'BAD_OPTIONS', message: expect.stringContaining('orbit') }),
  )
})

test('what is known of an option is read from its meta data', () => {
  const metas = optionsOf(provider).map(([key, field]) => [key, readMeta(field)])
  expect(Object.fromEntries(metas)).toEqual({
    orbit: { description: 'Orbit', env: ['MOON_ORBIT', 'ORBIT'], ask: true, secret: false },
    token: { description: 'Token', env: ['MOON_TOKEN'], ask: false, secret: true },
    rovers: { description: 'Rovers', env: [], ask: false, secret: false },
  })
  expect(readMeta(z.string())).toEqual({
    description: undefined,
    env: [],
    ask: false,
    secret: false,
  })
})
