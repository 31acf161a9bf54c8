import { type Command, Option } from 'commander'
import type { CloudConfigFlags } from '../commands/grid-cloud-config.ts'
import type { GridCreateFlags } from '../commands/grid-create.ts'
import type { GridListFlags } from '../commands/grid-list.ts'
import { declareGridEvents } from './events.ts'
import { declareGridHealth } from './grid-health.ts'
import { addGridSettings, declareGridSettings } from './grid-settings.ts'
import { declareTrustedSubnets } from './grid-trusted-subnet.ts'
import { declareGridUsers } from './grid-user.ts'
import { addAgentOptions, type Run, repeatable } from './options.ts'

export function declareGrid(grid: Command, run: Run): void {
  const create = grid
    .command('create')
    .argument('[NAME]', 'Name of the grid: letters, digits, - and _; random where absent')
    .description('Create a grid and select it')
    .option('--initial-size <SIZE>', 'Initial nodes, which hold the state of the grid: 1 to 7')
    .option('--token <TOKEN>', 'Token of the grid; random where absent')
    .option('--subnet <CIDR>', 'Overlay subnet')
    .option('--supernet <CIDR>', 'Overlay supernet')
    .addOption(
      repeatable('--trusted-subnet <CIDR>', 'Subnet where the overlay needs no encryption'),
    )
    .option('--silent', 'Print less')
  addGridSettings(create).action((name: string | undefined, flags: GridCreateFlags) =>
    run(async (context) => {
      const { createGrid } = await import('../commands/grid-create.ts')
      await createGrid({ ...flags, name }, context)
    }),
  )
  grid
    .command('list')
    .alias('ls')
    .description('List grids')
    .option('-q, --quiet', 'Names only')
    .addOption(new Option('-u, --use', 'Select the first one').hideHelp())
    .addOption(new Option('-v, --verbose', 'As 1.5 took it').hideHelp())
    .action((flags: GridListFlags) =>
      run(async (context) => {
        const { listGrids } = await import('../commands/grid-list.ts')
        await listGrids(flags, context)
      }),
    )
  grid
    .command('show')
    .argument('[NAME]', 'Name of the grid; the selected one where absent')
    .description('Show a grid')
    .option('--token', 'Print only the token')
    .action((name: string | undefined, flags: { token?: boolean }) =>
      run(async (context) => {
        const { showGrid } = await import('../commands/grid-show.ts')
        await showGrid({ ...flags, name }, context)
      }),
    )
  declareGridSettings(grid, run)
  grid
    .command('use')
    .argument('<NAME>', 'Name of the grid')
    .description('Select the grid that commands work on')
    .option('--silent', 'Print nothing')
    .action((name: string, flags: { silent?: boolean }) =>
      run(async (context) => {
        const { useGrid } = await import('../commands/grid-use.ts')
        await useGrid({ ...flags, name }, context)
      }),
    )
  grid
    .command('env')
    .argument('[NAME]', 'Name of the grid; the selected one where absent')
    .description('Print the environment of an agent that joins with the token of the grid')
    .option('-e, --export', 'Write `export` before each line')
    .action((name: string | undefined, flags: { export?: boolean }) =>
      run(async (context) => {
        const { printGridEnvironment } = await import('../commands/grid-env.ts')
        await printGridEnvironment({ ...flags, name }, context)
      }),
    )
  declareGridHealth(grid, run)
  declareGridEvents(grid, run)
  const cloudConfig = grid
    .command('cloud-config')
    .argument('[NAME]', 'Name of the grid; the selected one where absent')
    .description('Print a cloud-config for machines made by hand; it holds the token of the grid')
    .addOption(repeatable('--dns <ADDRESS>', 'Name server'))
    .option('--peer-interface <NAME>', 'Interface whose address other nodes use')
    .option(
      '--default-interface-match <PATTERN>',
      'Interfaces that get an address by DHCP where nothing else sets them up, as in eth*',
    )
    .option('--docker-bip <CIDR>', "Address and range of Docker's bridge, as in 172.17.43.1/16")
    .option('--version <VERSION>', "Version of the agent; only the master's own, or latest")
  addAgentOptions(cloudConfig).action((name: string | undefined, flags: CloudConfigFlags) =>
    run(async (context) => {
      const { printCloudConfig } = await import('../commands/grid-cloud-config.ts')
      await printCloudConfig({ ...flags, name }, context)
    }),
  )
  grid
    .command('remove')
    .alias('rm')
    .argument('<NAME...>', 'Names of grids')
    .description('Remove grids that have no nodes')
    .option('--force', 'Do not ask')
    .action((names: string[], flags: { force?: boolean }) =>
      run(async (context) => {
        const { removeGrids } = await import('../commands/grid-rm.ts')
        await removeGrids({ ...flags, names }, context)
      }),
    )
  const subnet = grid
    .command('trusted-subnet')
    .description('Subnets whose traffic is not encrypted')
  declareTrustedSubnets(subnet, run)
  declareGridUsers(grid.command('user').description('Users who have access to a grid'), run)
}
