import type { Command, Option } from 'commander'
import { describe, expect, it } from 'vitest'
import { buildCli } from '../../src/cli.ts'
import { builtInProviders } from '../../src/providers.ts'
import { fakeIo } from '../fake-io.ts'
import { runCli } from '../run-cli.ts'

/** Every command there is, as it is typed behind `kontena`. A provider's own are there once its word is. */
async function everyCommand(): Promise<[string, Command][]> {
  const programs = await Promise.all(
    ['', ...builtInProviders.map(({ name }) => name)].map(async (word) => {
      const program = await buildCli(fakeIo({ argv: word === '' ? [] : [word] }))
      return shown(program).filter((command) => word === '' || command.name() === word)
    }),
  )
  const found = new Map<string, Command>()
  for (const command of programs.flat()) collect(command, command.name(), found)
  return [...found]
}

/** Without those of 1.5 that only say what became of them. */
function shown(command: Command): Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== 'help')
}

function collect(command: Command, path: string, found: Map<string, Command>): void {
  found.set(path, command)
  for (const child of shown(command)) collect(child, `${path} ${child.name()}`, found)
}

const commands = await everyCommand()
const visible = (command: Command): Option[] => command.options.filter(({ hidden }) => !hidden)

/** Without an end, as all help is written. Names of programs keep their letters. */
const phrase = /^([A-Z`0-9]|npm )[^\n]*[^\s.;:,]$/

/** A value of one word that no terminal is wide enough for. */
const longWord = /\S{60}/

describe.each(commands)('kontena %s', (path, command) => {
  it('says what it is, and each of its parameters and options', () => {
    expect(command.description()).toMatch(phrase)
    for (const { description } of command.registeredArguments) expect(description).toMatch(phrase)
    for (const { description } of visible(command)) expect(description).toMatch(phrase)
  })

  it('takes no flag twice, and names values in capitals', () => {
    const flags = command.options.flatMap(({ short, long }) => [short ?? [], long ?? []].flat())
    expect(flags).toEqual([...new Set(flags)])
    for (const { flags: shown } of visible(command)) {
      expect(shown).toMatch(/^(-\w, )?--[a-z][a-z0-9-]*( <[A-Z][A-Z0-9_:=|-]*>)?$/)
    }
  })

  it('prints its help in the layout of 1.5, no wider than the terminal', async () => {
    const { code, stdout, stderr } = await runCli([...path.split(' '), '--help'], { columns: 80 })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const lines = stdout.split('\n')
    expect(lines[0]).toMatch(new RegExp(`^Usage: kontena ${path} \\[options\\]`))
    expect(lines.slice(1, 3)).toEqual(['', expect.stringMatching(/^[A-Z]/)])
    const headings = lines.filter((line) => /^\S.*:$/.test(line))
    expect(headings).toEqual(expect.arrayContaining(['Options:', 'Everywhere:']))
    for (const heading of headings) expect(heading).toMatch(/^[A-Z]/)
    for (const line of lines) if (!longWord.test(line)) expect(line.length).toBeLessThanOrEqual(80)
  })
})

describe('the help of all commands', () => {
  it('calls the same option the same everywhere', () => {
    const meanings = new Map<string, Map<string, string[]>>()
    for (const [path, command] of commands) {
      for (const { flags, description } of visible(command)) {
        const known = meanings.get(flags) ?? new Map<string, string[]>()
        known.set(description, [...(known.get(description) ?? []), path])
        meanings.set(flags, known)
      }
    }
    for (const flag of ['--grid <GRID>', '-y, --yes', '-a, --all']) {
      const said = meanings.get(flag) ?? new Map()
      // There it is the grid to select, or to make.
      const exceptions =
        flag === '--grid <GRID>' ? ['master login', 'master join', 'vagrant master create'] : []
      const others = [...said].filter(([, paths]) =>
        paths.some((path: string) => !exceptions.includes(path)),
      )
      expect(others.length, `${flag}: ${JSON.stringify(others)}`).toBeLessThanOrEqual(1)
    }
  })

  it('shows an option and its opposite on one line only where they mean as much', async () => {
    const update = (await runCli(['grid', 'update', '--help'])).stdout
    expect(update).toMatch(/^ {2}--statsd-server HOST:PORT/m)
    expect(update).toMatch(/^ {2}--no-statsd-server +Send statistics nowhere$/m)
    const create = (await runCli(['aws', 'node', 'create', '--help'])).stdout
    expect(create).toMatch(/^ {2}--\[no-\]associate-public-ip-address/m)
  })

  it('has the short names of 1.5 wherever it has the long ones', () => {
    const short: Readonly<Record<string, string>> = { list: 'ls', remove: 'rm' }
    const missing = commands.filter(([, command]) => {
      const alias = short[command.name()]
      return alias !== undefined && !command.aliases().includes(alias)
    })
    expect(missing.map(([path]) => path)).toEqual([])
    expect(commands.map(([path]) => path).filter((path) => / (ls|rm)$/.test(path))).toEqual([])
  })

  it.each(['--count', '--tag', '--ssh-key', '--cloud-config'])(
    'does not offer %s for hosts that are there before',
    async (flag) => {
      const { stdout } = await runCli(['ssh', 'node', 'create', '--help'])
      expect(stdout).not.toContain(`${flag} `)
      expect((await runCli(['aws', 'node', 'create', '--help'])).stdout).toContain(`${flag} `)
    },
  )
})
