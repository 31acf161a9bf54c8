import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type Inventory, type MutatingCall, mutatingCalls, takeInventory } from './crash-matrix.ts'
import { type KillingProxy, openKillingProxy } from './killing-proxy.ts'
import { type Lab, openLab } from './lab.ts'
import { clientConfig } from './master-lab.ts'
import { ageJournals, orderFiles } from './order-files.ts'

type Moment = 'before the call' | 'after the call' | 'before its result is journaled'

const moments: readonly Moment[] = [
  'before the call',
  'after the call',
  'before its result is journaled',
]
const preload = pathToFileURL(join(import.meta.dirname, 'kill-at-result.mjs')).href
const create = ['aws', 'node', 'create', 'web', '--count', '2', '--zone', 'eu-west-1a']
const terminate = ['aws', 'node', 'terminate', 'web-1', 'web-2', '--force']
/** A well-formed key that nobody has the other half of. */
const publicKey = `ssh-ed25519 ${Buffer.concat([Buffer.from('0000000b7373682d6564323535313900000020', 'hex'), Buffer.alloc(32, 7)]).toString('base64')} test\n`
const anHour = 3_600_000

const rows: string[] = []

describe('a command that is killed', { timeout: 60_000 }, () => {
  for (const call of mutatingCalls) {
    const possible = moments.filter(
      (moment) => moment !== 'before its result is journaled' || call.intent !== undefined,
    )
    for (const moment of possible) {
      it.concurrent(`${call.command}: ${moment} of ${call.call}`, async ({ expect }) => {
        const lab = await openLab()
        try {
          await setUp(call, lab)
          await runAndKill(call, moment, lab)
          await machinesToEnrol(lab)
          ageJournals(lab, anHour)
          const next = await lab.kontena(['aws', 'node', 'list'])
          expect(next).toMatchObject({ exitCode: 0 })
          const inventory = await takeInventory(lab, orderFiles(lab).length)
          expect(inventory).toMatchObject({ leaked: [], duplicates: [], openOrders: 0 })
          if (inventory.nodes === 0) expect(inventory.shared).toBe(0)
          rows.push(describeRow(call, moment, inventory))
        } finally {
          await lab.close()
        }
      })
    }
  }

  it('is what docs/crash-safety.md tells', async () => {
    const page = join(import.meta.dirname, '../../../../docs/crash-safety.md')
    await expect(pageOf(rows)).toMatchFileSnapshot(page)
  })
})

async function setUp(call: MutatingCall, lab: Lab): Promise<void> {
  writeFileSync(keyFile(lab), publicKey)
  if (call.command === 'create that fails') {
    lab.sandbox.faults.add({ kind: 'boot-console', text: 'no network\n' })
  }
  if (call.command === 'terminate') {
    const made = await lab.kontena(createWords(lab))
    if (made.exitCode !== 0) throw new Error(made.stderr)
  }
}

async function runAndKill(call: MutatingCall, moment: Moment, lab: Lab): Promise<void> {
  const master = await openKillingProxy(lab.masterUrl)
  const cloud = await openKillingProxy(lab.sandbox.url)
  try {
    const config = join(lab.folder, 'killed.json')
    const { servers } = JSON.parse(readFileSync(lab.environment.KONTENA_CONFIG ?? '', 'utf8'))
    writeFileSync(config, clientConfig(master.url, servers[0].token, lab.grid), { mode: 0o600 })
    const journaling = moment === 'before its result is journaled'
    const child = lab.kontena(wordsOf(call, lab), {
      KONTENA_CONFIG: config,
      AWS_ENDPOINT_URL_EC2: cloud.url,
      ...(journaling
        ? { NODE_OPTIONS: `--import=${preload}`, KILL_AT_RESULT: call.intent ?? '' }
        : {}),
    })
    const proxy: KillingProxy = call.server === 'cloud' ? cloud : master
    if (!journaling) {
      proxy.trap = {
        matches: call.matches,
        moment: moment === 'before the call' ? 'before' : 'after',
        kill: () => child.kill('SIGKILL'),
      }
    }
    const ended = await child
    if (ended.signal !== 'SIGKILL')
      throw new Error(`it was not killed: ${ended.stdout}${ended.stderr}`)
  } finally {
    master.close()
    cloud.close()
  }
}

function keyFile(lab: Lab): string {
  return join(lab.folder, 'key.pub')
}

function createWords(lab: Lab): string[] {
  return [...create, '--ssh-public-key', keyFile(lab)]
}

function wordsOf({ command }: MutatingCall, lab: Lab): string[] {
  switch (command) {
    case 'create':
      return createWords(lab)
    case 'create that fails':
      return [...createWords(lab), '--timeout', '2s']
    case 'terminate':
      return terminate
  }
}

/** Machines that were started go on booting when the command that started them is dead. */
async function machinesToEnrol(lab: Lab): Promise<void> {
  const deadline = Date.now() + 10_000
  while (Date.now() < deadline) {
    const booting = lab.sandbox.ec2
      .instances()
      .filter(({ state }) => state === 'pending' || state === 'shutting-down')
    const nodes = await lab.master.nodes(lab.grid)
    const joining = nodes.some(({ machine, status }) => machine !== null && status !== 'online')
    const running = lab.sandbox.ec2.instances().filter(({ state }) => state === 'running')
    const silent = lab.sandbox.faults.list().length > 0
    const joined =
      silent || running.every(({ id }) => nodes.some(({ machine }) => machine?.id === id))
    if (booting.length === 0 && (!joining || running.length === 0) && joined) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function describeRow(call: MutatingCall, moment: Moment, inventory: Inventory): string {
  const order = mutatingCalls.indexOf(call) * moments.length + moments.indexOf(moment)
  const left =
    inventory.nodes === 0
      ? 'nothing is left'
      : `${inventory.nodes} nodes online, each with its machine`
  const { leaked, duplicates } = inventory
  const cells = [call.command, `\`${call.call}\``, moment, left, leaked.length, duplicates.length]
  return `${String(order).padStart(3, '0')}| ${cells.join(' | ')} |`
}

function pageOf(lines: readonly string[]): string {
  return [
    '# What happens when a command is killed',
    '',
    'Each row is a test that starts the real command against a master and a simulated EC2, ends it with',
    'SIGKILL at that moment of that call, and then types one more command (`kontena aws node list`) an hour',
    'later. Two nodes are made or terminated. A machine is leaked when no node record names it, and a node',
    'record when it has no machine; a duplicate is a second machine for one node. The page is written by',
    '`packages/cli/test/loop/crash.test.ts`, which fails when it no longer holds.',
    '',
    '| command | mutating call | killed | after one more command | leaked | duplicates |',
    '| --- | --- | --- | --- | --- | --- |',
    ...[...lines].sort().map((line) => line.slice(3)),
    '',
    'A call without a third row brings no result that is journaled: its effect is looked up instead.',
    'Within two minutes of a create call without an answer the next command leaves the order open and says',
    'so, since a cloud may show a machine late; a machine that is still booting is left until its time is up.',
    '',
  ].join('\n')
}
