import { Command } from 'commander'
import type { ContextFlags } from './context.ts'
import { declareAbout } from './declare/about.ts'
import { configureCommand, pathOf } from './declare/configure-command.ts'
import { declareGrid } from './declare/grid.ts'
import { declareMaster } from './declare/master.ts'
import { declareNode } from './declare/node.ts'
import type { Run } from './declare/options.ts'
import { declarePlugin } from './declare/plugin.ts'
import { declareSandbox } from './declare/sandbox.ts'
import { homeOf } from './home.ts'
import { installedPlugins } from './installed-plugins.ts'
import type { Io } from './io.ts'
import { type BuiltInProvider, builtInProviders, takenWords } from './providers.ts'
import { version } from './version.ts'

/**
 * Every command, declared and none loaded. Of providers only the one whose word is on the command
 * line is loaded, since its flags come from its own schemas.
 */
export async function buildCli(io: Io): Promise<Command> {
  const program = new Command('kontena')
    .description('Makes, joins and removes the nodes of Kontena grids')
    .option('-D, --debug', 'Show where a failure comes from')
    .option('--json', 'Write results to stdout as JSON')
    .option('--no-color', 'Write without colours')
    .helpOption('-h, --help', 'Print help')
    .helpCommand('help [COMMAND]', 'Print help for a command')

  if (!takesVersion(io.argv)) {
    program.version(versionLine(), '-v, --version', 'Print the version of this command')
  }

  let typed = program
  program.hook('preAction', (_program, command) => {
    typed = command
  })
  const run: Run = async (work) => {
    const { openContext } = await import('./context.ts')
    const context = openContext(io, program.opts<ContextFlags>())
    try {
      await work(context)
      context.close(false)
    } catch (error) {
      context.close(true)
      const { withHelpHint } = await import('./options/help-hint.ts')
      throw withHelpHint(error, pathOf(typed))
    }
  }
  const runMentioningOrders: Run = (work) =>
    run(async (context) => {
      await work(context)
      const { mentionOpenOrders } = await import('./open-orders.ts')
      await mentionOpenOrders(context)
    })
  const providers = [...builtInProviders, ...pluginProviders(io)]
  await declareProviders(program, { io, providers, run })
  const node = program.command('node').description('Nodes of a grid')
  declareNode(node, { providers, run: runMentioningOrders })
  declareGrid(program.command('grid').description('Grids of a master'), runMentioningOrders)
  declareMaster(program.command('master').description('Masters, and logging in to them'), run)
  declarePlugin(program.command('plugin').description('Providers from elsewhere'), run)
  declareSandbox(program.command('sandbox').description('Simulated clouds on this computer'), run)
  declareAbout(program, run)
  configureCommand(program, io)
  program.enablePositionalOptions(isSsh(io.argv))
  return program
}

/** Those that come with the command, then plug-ins, of which nothing runs but the one that is typed. */
async function declareProviders(
  program: Command,
  { io, providers, run }: { io: Io; providers: readonly BuiltInProvider[]; run: Run },
): Promise<void> {
  const typed = io.argv.find((word) => !word.startsWith('-') && word !== 'help')
  for (const { name, title, load } of providers) {
    const command = program.command(name).description(`Machines on ${title}`)
    if (typed !== name) continue
    const { declareProvider } = await import('./declare/provider.ts')
    declareProvider(command, await load(), run)
  }
}

function pluginProviders(io: Io): BuiltInProvider[] {
  // As in 1.5, for a command that must start whatever is installed.
  if (io.env.NO_PLUGINS) return []
  return installedPlugins(homeOf(io))
    .filter(({ provider }) => !takenWords.has(provider))
    .map(({ provider, title, root }) => ({
      name: provider,
      title,
      load: async () => {
        const { usePlugin } = await import('./plugins/use-plugin.ts')
        return usePlugin(provider, root)
      },
    }))
}

/** What stands behind the name of a machine is for the machine, also where it looks like an option of ours. */
function isSsh(argv: readonly string[]): boolean {
  const [first, second, third] = argv.filter((word) => !word.startsWith('-'))
  if (first === 'node') return second === 'ssh'
  return (second === 'node' || second === 'master') && third === 'ssh'
}

/** Commands of 1.5 have a `--version` or a `-v` of their own, which ours would take from them. */
function takesVersion(argv: readonly string[]): boolean {
  const [first, second] = argv.filter((word) => !word.startsWith('-'))
  const isLogin = second === 'login' || second === 'join'
  return (first === 'grid' && second === 'cloud-config') || (first === 'master' && isLogin)
}

function versionLine(): string {
  return `kontena-cli ${version} [node${process.versions.node}+${process.platform}-${process.arch}]`
}
