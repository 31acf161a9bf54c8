import { type Command, Option } from 'commander'
import type { LoginFlags } from '../commands/master-login.ts'
import type { Run } from './options.ts'

/** Declares `master login`, `join` and `logout`. */
export function declareMasterLogin(master: Command, run: Run): void {
  const login = async (flags: LoginFlags & { url: string | undefined }): Promise<void> =>
    run(async (context) => {
      const command = await import('../commands/master-login.ts')
      await command.login(flags, context)
    })
  const command = master
    .command('login')
    .argument('[URL]', 'URL of the master, or the name of one logged in to before')
    .description('Log in to a master and select it')
    .option('-c, --code <CODE>', 'One-time code; - reads it from stdin')
    .option('-t, --token <TOKEN>', 'Access token (env KONTENA_TOKEN)')
    .option('-j, --join <CODE>', 'Code of an invitation')
    .option('-f, --force', 'Log in anew, also where a login is there')
    .option('-e, --expires-in <TIME>', 'Seconds, or 90s, 10m, 2h; 0 for ever (default: 7200)')
  addPlaceOptions(command)
    .option('--grid <GRID>', 'Grid to select; the first one where absent')
    .option('--skip-grid-auto-select', 'Select no grid')
    .option('-s, --silent', 'Print less')
    .action((url: string | undefined, flags: LoginFlags) => login({ ...flags, url }))
  addPlaceOptions(
    master
      .command('join')
      .argument('<URL>', 'URL of the master')
      .argument('<CODE>', 'Code of the invitation')
      .description('Accept an invitation to a master, and log in'),
  ).action((url: string, join: string, flags: LoginFlags) => login({ ...flags, url, join }))
  master
    .command('logout')
    .description('End the login to the current master')
    .option('-A, --all', 'The logins to all masters')
    .action((flags: { all?: boolean }) =>
      run(async (context) => {
        const { logOut } = await import('../commands/master-logout.ts')
        await logOut(flags, context)
      }),
    )
}

/** How the master and its browser are reached. */
function addPlaceOptions(command: Command): Command {
  return command
    .option('-n, --name <NAME>', 'Name for the master on this computer (env KONTENA_MASTER)')
    .option('-r, --remote', 'Log in with a browser elsewhere, or here with --no-remote')
    .addOption(new Option('--no-remote', 'Log in with a browser here').hideHelp())
    .option('-v, --verbose', 'Tell each step')
    .option('--ca-sha256 <HEX>', 'Trust the authority with this SHA-256, and no other')
    .option('--ca <FILE>', 'Trust the authority in this PEM file, and no other')
}
