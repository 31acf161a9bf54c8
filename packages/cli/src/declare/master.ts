import type { Command } from 'commander'
import type { MasterCurrentFlags } from '../commands/master-current.ts'
import type { MasterStartFlags } from '../commands/master-start.ts'
import { declareMasterAuditLog } from './events.ts'
import { declareMasterAccess } from './master-access.ts'
import { declareMasterBackup } from './master-backup.ts'
import { declareMasterConfig } from './master-config.ts'
import { declareMasterLogin } from './master-login.ts'
import { type Run, repeatable } from './options.ts'

export function declareMaster(master: Command, run: Run): void {
  master
    .command('start')
    .description('Run a master in the foreground')
    .option('--host <ADDRESS>', 'Address to listen on (default: 127.0.0.1)')
    .option('--port <PORT>', 'Port to listen on (default: 9292)')
    .option('--data <DIR>', 'Where its data is (default: ~/.kontena/master)')
    .option(
      '--key-file <FILE>',
      'Key of the secrets in its database (env VAULT_KEY: the key itself; default: DIR/master.key)',
    )
    .option('--public-url <URL>', 'Where machines reach it')
    .option('--tls', 'Serve TLS with a certificate authority of its own')
    .option('--tls-cert <FILE>', 'Serve TLS with this certificate')
    .option('--tls-key <FILE>', 'Key of that certificate')
    .option('--login', 'Log this computer in at the first start')
    .option('--reset-admin-code', 'Make a new code for the first user, whose login was lost')
    .addOption(repeatable('--trust-proxy <CIDR>', 'Balancer whose X-Forwarded-For is believed'))
    .option('--insecure-http', 'Serve plain HTTP to other computers, tokens and all')
    .action((flags: MasterStartFlags) =>
      run(async (context) => {
        const { runMaster } = await import('../commands/master-start.ts')
        await runMaster(flags, context)
      }),
    )
  declareMasterLogin(master, run)
  declareMasterAccess(master, run)
  declareMasterConfig(master.command('config').description('Settings of the master'), run)
  declareMasterBackup(master, run)
  declareMasterAuditLog(master, run)
  declareKnown(master, run)
}

/** What this computer knows of masters, which asks none of them. */
function declareKnown(master: Command, run: Run): void {
  master
    .command('list')
    .alias('ls')
    .description('List the masters that this computer knows')
    .option('-q, --quiet', 'Names only')
    .action((flags: { quiet?: boolean }) =>
      run(async (context) => {
        const { listMasters } = await import('../commands/master-list.ts')
        await listMasters(flags, context)
      }),
    )
  master
    .command('use')
    .argument('[NAME]', 'Name of the master; on a terminal it can be chosen')
    .description('Select the master that commands work with')
    .option('--clear', 'Select none')
    .action((name: string | undefined, flags: { clear?: boolean }) =>
      run(async (context) => {
        const { useMaster } = await import('../commands/master-use.ts')
        await useMaster({ ...flags, name }, context)
      }),
    )
  master
    .command('current')
    .description('Print the master that commands work with')
    .option('--name', 'Only its name')
    .option('--url', 'Only its URL')
    .option('--address', 'Only its host')
    .action((flags: MasterCurrentFlags) =>
      run(async (context) => {
        const { showCurrentMaster } = await import('../commands/master-current.ts')
        await showCurrentMaster(flags, context)
      }),
    )
  master
    .command('remove')
    .alias('rm')
    .argument('[NAME...]', 'Names of masters; on a terminal they can be chosen')
    .description('Forget masters and the login to them; they live on')
    .option('--force', 'Do not ask')
    .action((names: string[], flags: { force?: boolean }) =>
      run(async (context) => {
        const { removeMasters } = await import('../commands/master-remove.ts')
        await removeMasters({ ...flags, names }, context)
      }),
    )
}
