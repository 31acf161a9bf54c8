import type { Command } from 'commander'
import { gridOption, type Run } from './options.ts'

/** Declares `grid trusted-subnet …`. */
export function declareTrustedSubnets(subnet: Command, run: Run): void {
  subnet
    .command('list')
    .alias('ls')
    .description('Print the trusted subnets of a grid')
    .addOption(gridOption())
    .action((flags: { grid?: string }) =>
      run(async (context) => {
        const { listTrustedSubnets } = await import('../commands/grid-trusted-subnet.ts')
        await listTrustedSubnets(flags, context)
      }),
    )
  subnet
    .command('add')
    .argument('<SUBNET>', 'Subnet, as 192.168.0.0/24')
    .description('Trust a subnet')
    .addOption(gridOption())
    .action((wanted: string, flags: { grid?: string }) =>
      run(async (context) => {
        const { addTrustedSubnet } = await import('../commands/grid-trusted-subnet.ts')
        await addTrustedSubnet({ ...flags, subnet: wanted }, context)
      }),
    )
  subnet
    .command('remove')
    .alias('rm')
    .argument('<SUBNET...>', 'Subnets as they are listed')
    .description('Trust subnets no more')
    .option('--force', 'Do not ask')
    .addOption(gridOption())
    .action((subnets: string[], flags: { force?: boolean; grid?: string }) =>
      run(async (context) => {
        const { removeTrustedSubnets } = await import('../commands/grid-trusted-subnet.ts')
        await removeTrustedSubnets({ ...flags, subnets }, context)
      }),
    )
}
