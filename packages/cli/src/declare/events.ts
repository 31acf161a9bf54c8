import type { Command } from 'commander'
import type { AuditLogFlags } from '../commands/audit-log.ts'
import type { EventsFlags } from '../commands/events.ts'
import { gridOption, type Run, repeatable } from './options.ts'

/** What happened, and who did it: of a grid. */
export function declareGridEvents(grid: Command, run: Run): void {
  const events = grid
    .command('events')
    .description('Show what happened in a grid')
    .addOption(repeatable('--node <NODE>', 'Only events about this node'))
  addEventOptions(events).action((flags: EventsFlags) =>
    run(async (context) => {
      const { showEvents } = await import('../commands/events.ts')
      await showEvents(flags, context)
    }),
  )
  grid
    .command('audit-log')
    .description('Show who changed what in a grid')
    .option('-l, --lines <N>', 'How many entries, of the latest (default: 100)')
    .addOption(gridOption())
    .action((flags: AuditLogFlags) =>
      run(async (context) => {
        const { showGridAuditLog } = await import('../commands/audit-log.ts')
        await showGridAuditLog(flags, context)
      }),
    )
}

export function declareNodeEvents(node: Command, run: Run): void {
  const events = node
    .command('events')
    .argument('<NODE>', 'Name of the node')
    .description('Show what happened to a node')
  addEventOptions(events).action((name: string, flags: EventsFlags) =>
    run(async (context) => {
      const { showNodeEvents } = await import('../commands/events.ts')
      await showNodeEvents({ ...flags, name }, context)
    }),
  )
}

export function declareMasterAuditLog(master: Command, run: Run): void {
  master
    .command('audit-log')
    .description('Show who changed what on the master')
    .option('-l, --lines <N>', 'How many entries, of the latest (default: 100)')
    .action((flags: AuditLogFlags) =>
      run(async (context) => {
        const { showMasterAuditLog } = await import('../commands/audit-log.ts')
        await showMasterAuditLog(flags, context)
      }),
    )
}

function addEventOptions(command: Command): Command {
  return command
    .option('-f, --follow', 'Go on with what happens, until Ctrl-C')
    .option('--lines <N>', 'How many events, of the latest (default: 100)')
    .option('-t, --tail <N>', 'The same as --lines')
    .option('--since <TIME>', 'Only events since then: 10m, or 2026-03-01T12:00Z')
    .addOption(gridOption())
}
