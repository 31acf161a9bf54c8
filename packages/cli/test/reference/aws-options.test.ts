import { accessOptions, machineOptions } from '@kontena/provider-aws'
import type { Command, Option } from 'commander'
import { expect, test } from 'vitest'
import { buildCli } from '../../src/cli.ts'
import { fakeIo } from '../fake-io.ts'
import { code, pageFile, table } from './markdown.ts'

const words = ['aws', 'node', 'create']

test('docs/reference/aws-options.md tells every option of kontena aws node create', async () => {
  const create = await declared()
  const options = visibleOptions(create)
  await expect(pageOf(options)).toMatchFileSnapshot(pageFile('aws-options.md'))
})

test('each field of the schemas is an option, with the default and the variable that it has there', async () => {
  const rows = visibleOptions(await declared()).map(describeOption)
  for (const [key, field] of Object.entries({ ...accessOptions.shape, ...machineOptions.shape })) {
    const flag = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    const row = rows.find(({ flags }) => flags.split(' ')[0]?.replace('--no-', '--') === flag)
    const fallback: unknown = field.safeParse(undefined).data
    const shown = fallback === true ? 'on' : String(fallback ?? '')
    expect.soft(row, flag).toMatchObject({ env: field.meta()?.env ?? '', fallback: shown })
  }
})

async function declared(): Promise<Command> {
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

function pageOf(options: readonly Option[]): string {
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
    '# Options of `kontena aws node create`',
    '',
    '`kontena aws node create [NAME] [OPTIONS]`. NAME is the name of the one node, or the base of numbered ones:',
    '`web --count 3` makes `web-1` to `web-3`, passing over those that are there. Without it names are random.',
    '',
    'A flag goes before its environment variable, and that before the default. Without an access key, credentials',
    'come from where every AWS tool looks for them: environment, profile, single sign-on, instance role. Times are',
    'written `90s`, `10m` or `2h`. With `--dry-run` the plan is printed and nothing is made.',
    '',
    ...sections,
    'This page is written by `packages/cli/test/reference/aws-options.test.ts` from the declarations of the options.',
    '',
  ].join('\n')
}
