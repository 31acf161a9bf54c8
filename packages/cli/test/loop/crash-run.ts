import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { CloudView } from './cloud-view.ts'
import type { Moment, MutatingCall } from './crash-matrix.ts'
import { type KillingProxy, openKillingProxy } from './killing-proxy.ts'
import { type Lab, openLab } from './lab.ts'
import { clientConfig } from './master-lab.ts'
import { ageJournals } from './order-files.ts'
import { publicKey } from './public-key.ts'

const preload = pathToFileURL(join(import.meta.dirname, 'kill-at-result.mjs')).href
const anHour = 3_600_000

export interface Crash {
  readonly cloud: CloudView
  readonly call: MutatingCall
  readonly moment: Moment
}

/** Kills a command in a moment of a call, types the next one an hour later, and shows what there is then. */
export async function afterCrash(
  { cloud, call, moment }: Crash,
  look: (lab: Lab, said: string) => Promise<void>,
): Promise<void> {
  const lab = await openLab()
  try {
    await setUp(lab, cloud, call)
    await runAndKill(lab, { cloud, call, moment })
    await quiet(lab, cloud, call)
    ageJournals(lab, anHour)
    const next = await lab.kontena([cloud.provider, 'node', 'list'])
    if (next.exitCode !== 0) throw new Error(`the next command failed: ${next.stderr}`)
    await look(lab, next.stderr)
  } finally {
    await lab.close()
  }
}

async function setUp(lab: Lab, cloud: CloudView, { command }: MutatingCall): Promise<void> {
  writeFileSync(keyFile(lab), publicKey)
  if (command === 'create that fails') {
    lab.sandbox.faults.add({ kind: 'boot-console', text: 'no network\n' })
  }
  if (command === 'terminate' || command === 'replace') {
    const made = await lab.kontena(createWords(lab, cloud))
    if (made.exitCode !== 0) throw new Error(made.stderr)
  }
}

async function runAndKill(lab: Lab, { cloud, call, moment }: Crash): Promise<void> {
  const master = await openKillingProxy(lab.masterUrl)
  const endpoint = await openKillingProxy(lab.sandbox.url)
  try {
    const config = join(lab.folder, 'killed.json')
    const { servers } = JSON.parse(readFileSync(lab.environment.KONTENA_CONFIG ?? '', 'utf8'))
    writeFileSync(config, clientConfig(master.url, servers[0].token, lab.grid), { mode: 0o600 })
    const journaling = moment === 'before its result is journaled'
    const child = lab.kontena(wordsOf(lab, cloud, call), {
      KONTENA_CONFIG: config,
      [cloud.endpoint]: endpoint.url,
      ...(journaling
        ? { NODE_OPTIONS: `--import=${preload}`, KILL_AT_RESULT: call.intent ?? '' }
        : {}),
    })
    const proxy: KillingProxy = call.server === 'cloud' ? endpoint : master
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
    endpoint.close()
  }
}

function keyFile(lab: Lab): string {
  return join(lab.folder, 'key.pub')
}

function keyWords(lab: Lab, { provider }: CloudView): string[] {
  return [provider === 'aws' ? '--ssh-public-key' : '--ssh-key', keyFile(lab)]
}

function createWords(lab: Lab, cloud: CloudView): string[] {
  const { provider, inOneZone } = cloud
  const words = [provider, 'node', 'create', 'web', '--count', '2', ...inOneZone]
  return [...words, ...keyWords(lab, cloud)]
}

function wordsOf(lab: Lab, cloud: CloudView, { command }: MutatingCall): string[] {
  switch (command) {
    case 'create':
      return createWords(lab, cloud)
    case 'create that fails':
      return [...createWords(lab, cloud), '--timeout', '2s']
    case 'terminate':
      return [cloud.provider, 'node', 'terminate', 'web-1', 'web-2', '--force']
    case 'replace':
      return [cloud.provider, 'node', 'replace', 'web-1', '--force', ...keyWords(lab, cloud)]
  }
}

/** Waits for what goes on when the command that began it is dead: machines boot and enrol, or go. */
async function quiet(lab: Lab, cloud: CloudView, { command }: MutatingCall): Promise<void> {
  const deadline = Date.now() + 10_000
  while (Date.now() < deadline) {
    const isStill = !cloud.isBusy(lab.sandbox)
    const isBooting = command === 'create' || command === 'replace'
    if (isStill && (!isBooting || (await allAreOnline(lab, cloud)))) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function allAreOnline(lab: Lab, cloud: CloudView): Promise<boolean> {
  const nodes = await lab.master.nodes(lab.grid)
  const online = nodes.filter(({ status }) => status === 'online').map(({ machine }) => machine?.id)
  return cloud.machines(lab.sandbox).every((id) => online.includes(id))
}
