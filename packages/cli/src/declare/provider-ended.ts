import { type Provider, ProvisionError } from '@kontena/core'
import type { Command } from 'commander'
import type { Run } from './options.ts'

/**
 * What made machines of a service that is no more. It says so whatever stands behind it, and neither
 * asks, nor looks at a master, nor at the cloud.
 */
export function declareEnded(parent: Command, { title, ended }: Provider, run: Run): void {
  parent
    .command('create')
    .argument('[NAME]', 'Not used any more')
    .description(`Say what became of ${title}`)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() =>
      run(async () => {
        throw new ProvisionError('NOT_SUPPORTED', ended?.message ?? `${title} has ended`, {
          hint: ended?.hint,
        })
      }),
    )
}
