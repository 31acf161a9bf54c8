import type { Command } from 'commander'
import type { TokenCreateFlags } from '../commands/master-token.ts'
import type { InviteFlags } from '../commands/master-user.ts'
import { type Run, repeatable } from './options.ts'

/** Declares `master user …` and `master token …`. */
export function declareMasterAccess(master: Command, run: Run): void {
  declareUsers(master.command('user').description('Users of the master'), run)
  declareTokens(master.command('token').description('Your access tokens'), run)
}

function declareUsers(user: Command, run: Run): void {
  user
    .command('list')
    .alias('ls')
    .description('List the users of the master')
    .option('-q, --quiet', 'E-mail addresses only')
    .action((flags: { quiet?: boolean }) =>
      run(async (context) => {
        const { listUsers } = await import('../commands/master-user.ts')
        await listUsers(flags, context)
      }),
    )
  user
    .command('invite')
    .argument('<EMAIL...>', 'E-mail addresses')
    .description('Make codes with which others become users')
    .addOption(
      repeatable('-r, --roles <ROLE>', 'Role to give: master_admin, user_admin, grid_admin'),
    )
    .option('-c, --code', 'Print only the code')
    .action((emails: string[], flags: InviteFlags) =>
      run(async (context) => {
        const { inviteUsers } = await import('../commands/master-user.ts')
        await inviteUsers({ ...flags, emails }, context)
      }),
    )
  user
    .command('remove')
    .alias('rm')
    .argument('<EMAIL...>', 'E-mail addresses')
    .description('Remove users from the master, with their tokens')
    .option('--force', 'Do not ask')
    .action((emails: string[], flags: { force?: boolean }) =>
      run(async (context) => {
        const { removeUsers } = await import('../commands/master-user.ts')
        await removeUsers({ ...flags, emails }, context)
      }),
    )
  declareRoles(user.command('role').description('What users may do'), run)
}

function declareRoles(role: Command, run: Run): void {
  role
    .command('add')
    .argument('<ROLE>', 'Role: master_admin, user_admin or grid_admin')
    .argument('<EMAIL...>', 'E-mail addresses of users')
    .description('Give a role to users')
    .action((name: string, emails: string[]) =>
      run(async (context) => {
        const { addRole } = await import('../commands/master-user.ts')
        await addRole({ role: name, emails }, context)
      }),
    )
  role
    .command('remove')
    .alias('rm')
    .argument('<ROLE>', 'Role: master_admin, user_admin or grid_admin')
    .argument('<EMAIL...>', 'E-mail addresses of users')
    .description('Take a role from users')
    .option('--force', 'Do not ask')
    .action((name: string, emails: string[], flags: { force?: boolean }) =>
      run(async (context) => {
        const { removeRole } = await import('../commands/master-user.ts')
        await removeRole({ ...flags, role: name, emails }, context)
      }),
    )
}

function declareTokens(token: Command, run: Run): void {
  token
    .command('list')
    .alias('ls')
    .description('List your tokens and codes')
    .option('-q, --quiet', 'Ids only')
    .action((flags: { quiet?: boolean }) =>
      run(async (context) => {
        const { listTokens } = await import('../commands/master-token.ts')
        await listTokens(flags, context)
      }),
    )
  token
    .command('create')
    .description('Make a token, or a code for one')
    .option('-s, --scopes <SCOPES>', 'Scopes: user or owner, or both with a comma (default: user)')
    .option('-e, --expires-in <TIME>', 'Seconds, or 90s, 10m, 2h; 0 for ever (default: 7200)')
    .option('-c, --code', 'Make a one-time code')
    .option('-u, --user <EMAIL>', 'For another user')
    .option('-d, --description <TEXT>', 'What it is for')
    .option('--id', 'Print only its id')
    .option('--token', 'Print only the token or code')
    .action((flags: TokenCreateFlags) =>
      run(async (context) => {
        const { createToken } = await import('../commands/master-token.ts')
        await createToken(flags, context)
      }),
    )
  token
    .command('show')
    .argument('<ID>', 'Id of a token')
    .description('Show a token, without its secret')
    .action((id: string) =>
      run(async (context) => {
        const { showToken } = await import('../commands/master-token.ts')
        await showToken({ id }, context)
      }),
    )
  token
    .command('current')
    .description('Show the token that commands use')
    .option('--id', 'Only its id')
    .option('--token', 'Only the token itself')
    .action((flags: { id?: boolean; token?: boolean }) =>
      run(async (context) => {
        const { showCurrentToken } = await import('../commands/master-token.ts')
        await showCurrentToken(flags, context)
      }),
    )
  token
    .command('remove')
    .alias('rm')
    .argument('<ID...>', 'Ids of tokens')
    .description('End tokens')
    .option('--force', 'Do not ask')
    .action((ids: string[], flags: { force?: boolean }) =>
      run(async (context) => {
        const { removeTokens } = await import('../commands/master-token.ts')
        await removeTokens({ ...flags, ids }, context)
      }),
    )
}
