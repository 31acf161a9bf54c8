import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cloudViews } from './cloud-view.ts'
import { type Moment, type MutatingCall, momentsOf, mutatingCalls } from './crash-matrix.ts'
import { afterCrash } from './crash-run.ts'
import { type Inventory, takeInventory } from './inventory.ts'
import { orderFiles } from './order-files.ts'

const page = join(import.meta.dirname, '../../../../docs/crash-safety.md')
/** Every moment of every call takes minutes: `KONTENA_TEST_CRASHES=all` tries them and checks the whole page. */
const isWhole = process.env.KONTENA_TEST_CRASHES === 'all'
const clouds = Object.values(cloudViews)
const rows = new Map<string, string>()

describe('a command that is killed', { timeout: 90_000 }, () => {
  for (const cloud of clouds) {
    const tried = mutatingCalls[cloud.provider].flatMap((call) =>
      momentsOf(call)
        .filter((moment) => isWhole || call.usual.includes(moment))
        .map((moment) => ({ call, moment })),
    )
    it.concurrent.for(tried)(
      `on ${cloud.provider}: $call.command, $moment of $call.call`,
      ({ call, moment }, { expect }) =>
        afterCrash({ cloud, call, moment }, async (lab, said) => {
          expect(orderFiles(lab), said).toEqual([])
          const inventory = await takeInventory(lab, cloud, said)
          expect(inventory, said).toMatchObject({ leaked: [], duplicates: [] })
          if (inventory.nodes === 0) expect(inventory.shared, said).toEqual([])
          rows.set(keyOf(cloud.provider, call, moment), describeRow(call, moment, inventory))
        }),
    )
  }

  it('is what docs/crash-safety.md tells', async () => {
    if (isWhole) return await expect(writePage()).toMatchFileSnapshot(page)
    const lines = readFileSync(page, 'utf8').split('\n')
    for (const row of rows.values()) expect(lines).toContain(row)
  })
})

/** Depends on how many of the calls were under way. */
const between = 'each node has its machine, or is gone with it'

function keyOf(provider: string, { command, call }: MutatingCall, moment: Moment): string {
  return [provider, command, call, moment].join(', ')
}

function describeRow(call: MutatingCall, moment: Moment, inventory: Inventory): string {
  const { nodes, leaked, duplicates, emptied } = inventory
  const online = nodes - emptied.length
  const full =
    online === 1
      ? '1 node online with its machine'
      : `${online} nodes online, each with its machine`
  const left = nodes === 0 ? 'nothing is left' : [full, ...emptied.map(keepsRecord)].join('; ')
  const isBetween = call.isEach && call.command !== 'create that fails'
  const cells = [call.command, `\`${call.call}\``, moment, isBetween ? between : left]
  return `| ${[...cells, leaked.length, duplicates.length].join(' | ')} |`
}

function keepsRecord(name: string): string {
  return `${name} keeps its record, and the same command goes on`
}

function writePage(): string {
  return [
    '# What happens when a command is killed',
    '',
    'Each row is a test that starts the real command against a master and a simulated cloud, ends it with',
    'SIGKILL at that moment of that call, and then types one more command (`kontena aws node list`, or as the',
    'provider is called) an hour later. Two nodes are made or terminated, or one of two gets another machine. A',
    'machine is leaked when no node record names it, a node record when it has no machine and nobody says so, and',
    'a disk, interface or address when it has none;',
    'a duplicate is a second machine for one node. Where nothing is left, that goes for networks, firewalls,',
    'keys, tags and groups too. The page is written by `packages/cli/test/loop/crash.test.ts`, which tries the',
    'rows that differ each time, and all of them with `KONTENA_TEST_CRASHES=all`.',
    ...clouds.flatMap(({ provider, title }) => [
      '',
      `## ${title}`,
      '',
      '| command | mutating call | killed | after one more command | leaked | duplicates |',
      '| --- | --- | --- | --- | --- | --- |',
      ...mutatingCalls[provider].flatMap((call) =>
        momentsOf(call).flatMap((moment) => rows.get(keyOf(provider, call, moment)) ?? []),
      ),
    ]),
    '',
    'Where a call is made for each machine, a kill may come between two of them. A machine that UpCloud has',
    'stopped and not yet deleted when `terminate` is killed stays: the next command says so, and the node goes',
    'when the same command is typed again.',
    '',
    'What a command asks of the master is the same for every cloud and stands with the first. A call without a',
    'third row brings no result that is journaled: its effect is looked up instead. Within two minutes of a',
    'create call without an answer the next command leaves the order open and says so, since a cloud may show',
    'a machine late; a machine that is still booting is left until its time is up.',
    '',
  ].join('\n')
}
