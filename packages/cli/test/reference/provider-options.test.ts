import type { Command, Option } from 'commander'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { buildCli } from '../../src/cli.ts'
import { builtInProviders } from '../../src/providers.ts'
import { fakeIo } from '../fake-io.ts'
import { code, pageFile, table } from './markdown.ts'

/** How a provider is told who somebody is, where no flag says it. */
const credentials: Readonly<Record<string, string>> = {
  aws: 'Without an access key, credentials come from where every AWS tool looks for them: environment, profile, single sign-on, instance role.',
  azure:
    'Credentials come from where every Azure tool looks for them: environment, managed identity, `az login` and others.',
  digitalocean:
    'Without a token it comes from the environment, or from the configuration of `doctl`.',
  upcloud:
    'Without a token or a password they come from the environment, from the configuration of `upctl`, or from the keyring.',
}

const living = await Promise.all(
  builtInProviders.map(async ({ name, load }) => ({ name, provider: await load() })),
).then((all) => all.filter(({ provider }) => provider.ended === undefined))

describe.each(living)('docs/reference/$name-options.md', ({ name, provider }) => {
  test(`tells every option of kontena ${name} node create`, async () => {
    const options = visibleOptions(await declared(name))
    await expect(pageOf(name, options)).toMatchFileSnapshot(pageFile(`${name}-options.md`))
  })

  test('has each field of the schemas, with the default and the variable that it has there', async () => {
    const rows = visibleOptions(await declared(name)).map(describeOption)
    const shape = { ...provider.accessOptions.shape, ...provider.machineOptions.shape }
    for (const [key, field] of Object.entries(shape)) {
      const flag = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
      const row = rows.find(({ flags }) => flags.split(' ')[0]?.replace('--no-', '--') === flag)
      const fallback: unknown = z.safeParse(field, undefined).data
      const shown = fallback === true ? 'on' : String(fallback || '')
      const env = [z.globalRegistry.get(field)?.env ?? []].flat().join(', ')
      expect.soft(row, flag).toMatchObject({ env, fallback: shown })
    }
  })
})

async function declared(name: string): Promise<Command> {
  const words = [name, 'node', 'create']
  const program = await buildCli(fakeIo({ argv: words }))
  return words.reduce((command, word) => {
    const found = command.commands.find((candidate) => candidate.name() === word)
    if (found === undefined) throw new Error(`no command ${word}`)
    return found
  }, program)
}

function visibleOptions(command: Command): readonly Option[] {
  return command.options.filter(({ hidden }) => !hidden)
}

interface Row {
  readonly flags: string
  readonly env: string
  readonly fallback: string
  readonly description: string
}

/** Help says in brackets at the end what has columns of its own here. */
function describeOption({ flags, description }: Option): Row {
  const [, text = description, last = ''] = /^(.*) \((.*?)\)$/.exec(description) ?? []
  const notes = last.split('; ')
  const noteOf = (start: string): string =>
    notes.find((note) => note.startsWith(start))?.slice(start.length) ?? ''
  const values = noteOf('one of ')
  const repeatable = notes.includes('repeatable')
  const isNoted = notes.some((note) => /^(one of |env |default: |repeatable$)/.test(note))
  return {
    flags,
    env: noteOf('env '),
    fallback: noteOf('default: '),
    description: [
      isNoted ? text : description,
      values && `one of ${values}`,
      repeatable && 'may be repeated',
      flags.startsWith('--no-') && 'the flag turns this off',
    ]
      .filter((part) => part)
      .join('; '),
  }
}

function pageOf(name: string, options: readonly Option[]): string {
  const groups = Map.groupBy(options, ({ helpGroupHeading }) => helpGroupHeading ?? 'Order:')
  const sections = [...groups].flatMap(([heading, group]) => {
    const rows = group.map(describeOption).map((row) => {
      return [code(row.flags), code(row.env), code(row.fallback), row.description]
    })
    return [
      `## ${heading.replace(/:$/, '')}`,
      '',
      ...table(['option', 'environment', 'default', 'what it does'], rows),
      '',
    ]
  })
  return [
    `# Options of \`kontena ${name} node create\``,
    '',
    `\`kontena ${name} node create [NAME] [OPTIONS]\`. NAME is the name of the one node, or the base of numbered ones:`,
    '`web --count 3` makes `web-1` to `web-3`, passing over those that are there. Without it names are random.',
    '',
    'A flag goes before its environment variable, and that before the default. On a terminal, region, size and the',
    'like are asked for where neither is given; `--yes` takes the defaults instead. Times are written `90s`, `10m` or',
    '`2h`. With `--dry-run` the plan is printed and nothing is made.',
    '',
    ...(credentials[name] === undefined ? [] : [credentials[name], '']),
    ...sections,
    'This page is written by `packages/cli/test/reference/provider-options.test.ts` from the declarations of the options.',
    '',
  ].join('\n')
}
