import { type Choice, ProvisionError } from '@kontena/core'
import { describe, expect, it } from 'vitest'
import { openContext } from '../../src/context.ts'
import { askForMissing, missingFields } from '../../src/prompts/ask-options.ts'
import { type FakeIoOptions, fakeIo } from '../fake-io.ts'
import { testCloud, testProvider } from './test-provider.ts'

const enter = '\r'
const down = '\u001b[B'
const ctrlC = '\u0003'
const ctrlD = '\u0004'

const regions: Choice[] = [
  { value: 'eu-1', label: 'Europe', hint: 'near' },
  { value: 'us-1', label: 'America' },
]
const sizes: Choice[] = [
  { value: 'big', label: 'big', hint: '8 GiB, $40 a month' },
  { value: 'small', label: 'small', hint: '2 GiB, $10 a month' },
]

/** All that is asked for but the region. */
const rest = { size: 'big', image: 'debian', network: 'n' }

async function ask(
  cloud = testCloud({ choices: { region: regions, size: sizes } }),
  { typed = {}, ...io }: FakeIoOptions & { typed?: Record<string, unknown> } = {},
) {
  const screen = fakeIo({ isTTY: true, columns: 100, ...io })
  const answers = await askForMissing(testProvider(cloud), typed, openContext(screen))
  return { ...answers, screen: screen.stdout.text, trouble: screen.stderr.text }
}

describe('a person at a terminal', () => {
  it('is asked region, size, image and network in turn, with what the cloud has', async () => {
    const cloud = testCloud({
      choices: { region: regions, size: sizes, network: [{ value: 'net-1', label: 'mine' }] },
    })
    const keys = [
      ['Region (--region)', `${down}${enter}`],
      ['Size (--size)', enter],
      ['Image (--image)', `${down}${enter}`],
      ['Network (--network)', `${down}${enter}`],
    ] as const
    const { given, someLeftOut } = await ask(cloud, { keys })
    expect(given).toEqual({ region: 'us-1', size: 'small', image: 'debian', network: 'net-1' })
    expect(someLeftOut).toBe(false)
  })

  it('sees names, prices and the default', async () => {
    const keys = [
      ['Region', enter],
      ['Size', enter],
      ['Image', enter],
    ] as const
    const { given, screen } = await ask(undefined, { keys })
    expect(screen).toContain('eu-1  Europe (near)')
    expect(screen).toContain('big (8 GiB, $40 a month)')
    expect(screen).toContain('small (2 GiB, $10 a month)')
    expect(given).toEqual({ region: 'eu-1', size: 'small', image: 'ubuntu' })
  })

  it('is offered what goes with what was chosen before', async () => {
    const cloud = testCloud({ choices: { region: regions, size: sizes } })
    const keys = [
      ['Region', enter],
      ['Size', enter],
    ] as const
    await ask(cloud, { keys, typed: { image: 'debian', network: 'n', disk: '50' } })
    expect(cloud.questions.map(({ option, given }) => [option, given])).toEqual([
      ['region', { image: 'debian', network: 'n', disk: 50 }],
      ['size', { region: 'eu-1', image: 'debian', network: 'n', disk: 50 }],
    ])
  })

  it('finds the region that the tools of the cloud are set to chosen already', async () => {
    const cloud = testCloud({ choices: { region: regions }, region: 'us-1' })
    const { given } = await ask(cloud, { keys: [['Region', enter]], typed: rest })
    expect(given).toEqual({ region: 'us-1' })
  })

  it('is not asked for what a flag or a variable gave', async () => {
    const typed = { size: 'big', image: 'debian', network: 'n' }
    const cloud = testCloud()
    const env = { CLOUD_REGION: 'eu-1' }
    expect((await ask(cloud, { typed, env })).given).toEqual({})
    expect(cloud).toMatchObject({ questions: [], accounts: 0 })
  })

  it('may leave out what nothing needs', async () => {
    const cloud = testCloud({ choices: { network: [{ value: 'net-1', label: 'mine' }] } })
    const typed = { region: 'eu-1', size: 'big', image: 'debian' }
    const { given, someLeftOut, screen } = await ask(cloud, { typed, keys: [['Network', enter]] })
    expect({ given, someLeftOut }).toEqual({ given: {}, someLeftOut: true })
    expect(screen).toContain('no --network')
  })

  it('is not asked for a network where the cloud has none', async () => {
    const typed = { region: 'eu-1', size: 'big', image: 'debian' }
    const { given, screen } = await ask(testCloud(), { typed })
    expect(given).toEqual({})
    expect(screen).not.toContain('Network')
  })

  it('types what the cloud has no list of, until it can be right', async () => {
    const cloud = testCloud({
      choices: { region: new ProvisionError('ACCESS_DENIED', 'regions may not be listed') },
    })
    const keys = [
      ['Region (--region)', enter],
      ['it cannot be left out', `eu-9${enter}`],
    ] as const
    const { given, trouble } = await ask(cloud, { typed: rest, keys })
    expect(given).toEqual({ region: 'eu-9' })
    expect(trouble).toContain('No list for --region: regions may not be listed')
  })

  it('answers with a number, or with the line that is offered, where the terminal is simple', async () => {
    const { given, screen } = await ask(undefined, {
      input: ['3', '2', '', '1', ''],
      env: { KONTENA_SIMPLE_TERM: '1' },
    })
    expect(screen).toContain('Region (--region)\n  1. eu-1  Europe (near)\n  2. us-1  America\n')
    expect(screen).toContain('> Number (1) type a number from 1 to 2\n')
    expect(screen).not.toContain('\u001b')
    expect(given).toEqual({ region: 'us-1', size: 'small', image: 'ubuntu' })
  })

  it('narrows a long list down by typing', async () => {
    const many = Array.from({ length: 40 }, (_, n) => ({ value: `r-${n}`, label: `Place ${n}` }))
    const typed = rest
    const keys = [['Region', `Place 37${enter}`]] as const
    const { given } = await ask(testCloud({ choices: { region: many } }), { typed, keys })
    expect(given).toEqual({ region: 'r-37' })
  })

  it('types a secret that shows nowhere, once, where the cloud wants one', async () => {
    const cloud = testCloud({ choices: { region: regions }, token: 'very-secret' })
    const keys = [
      ['Token (--token or CLOUD_TOKEN)', `very-secret${enter}`],
      ['Region', enter],
    ] as const
    const { given, screen } = await ask(cloud, { keys, typed: rest })
    expect(given).toEqual({ token: 'very-secret', region: 'eu-1' })
    expect(screen).not.toContain('very-secret')
  })

  it.each([
    ['Ctrl-C', ctrlC],
    ['Ctrl-D', ctrlD],
    ['Escape', '\u001b'],
  ])('leaves with %s, and nothing was done', async (_name, key) => {
    const asking = ask(undefined, { keys: [['Region', key]] })
    await expect(asking).rejects.toMatchObject({
      code: 'CANCELLED',
      message: 'interrupted; nothing was done',
    })
  })

  it('is shown hostile names without obeying them', async () => {
    const cloud = testCloud({
      choices: { region: [{ value: 'eu-1', label: 'Eu\u001b[2Jrope', hint: 'a\nb' }] },
    })
    const { screen } = await ask(cloud, { keys: [['Region', enter]], typed: rest })
    expect(screen).toContain('Eu\\x1b[2Jrope')
    expect(screen).not.toContain('\u001b[2J')
  })
})

describe('nobody is asked', () => {
  it('where credentials cannot be right', async () => {
    const refused = new ProvisionError('BAD_CREDENTIALS', 'Cloud does not know this token')
    const cloud = testCloud({ choices: { region: refused } })
    await expect(ask(cloud)).rejects.toBe(refused)
  })

  it('before what was typed is checked', async () => {
    const cloud = testCloud()
    await expect(ask(cloud, { typed: { disk: '4' } })).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      message: '--disk 4: must be 8 or more',
    })
    expect(cloud.accounts).toBe(0)
  })

  it('for what has no question', () => {
    const missing = missingFields(testProvider(testCloud()), {}, { env: {} })
    expect(missing.map(({ key }) => key)).toEqual(['region', 'size', 'image', 'network'])
  })
})
