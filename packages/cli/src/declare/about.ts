import { type Command, Option } from 'commander'
import type { Run } from './options.ts'

export function declareAbout(program: Command, run: Run): void {
  program
    .command('version')
    .description('Print the versions of this command and of the master')
    .option('--cli', 'Only of this command')
    .action((flags: { cli?: boolean }) =>
      run(async (context) => {
        const { printVersion } = await import('../commands/version.ts')
        await printVersion(flags, context)
      }),
    )
  program
    .command('whoami')
    .description('Print the selected master, grid and user')
    .addOption(new Option('--token', 'Print only the access token').hideHelp())
    .action((flags: { token?: boolean }) =>
      run(async (context) => {
        const { printIdentity } = await import('../commands/whoami.ts')
        await printIdentity(flags, context)
      }),
    )
  for (const word of ['login', 'logout'] as const) declareMoved(program, word)
}

/** Words of before 1.0, which people still type. */
function declareMoved(program: Command, word: 'login' | 'logout'): void {
  program
    .command(word, { hidden: true })
    .argument('[ANYTHING...]', 'Words that mean nothing any more')
    .description(`Say that it is kontena master ${word} now`)
    .allowUnknownOption()
    .action(async () => {
      const { ProvisionError } = await import('@kontena/core')
      throw new ProvisionError('NOT_SUPPORTED', `there is no command ${word}`, {
        hint: `kontena master ${word}`,
      })
    })
}
