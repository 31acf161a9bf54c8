import { MasterError, type NodeHealth } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { findNode } from '../master/find-on-master.ts'
import { type MasterSession, openMasterSession, requireGrid } from '../master/master-session.ts'
import { healthMark, offlineMark } from '../output/marks.ts'
import { printable } from '../output/printable.ts'
import { SaidNo } from '../said-no.ts'

export interface NodeHealthOptions {
  name: string
  grid?: string
}

/** Asks a node's agent how it is. Ends with 1 unless it is well. */
export async function showNodeHealth(options: NodeHealthOptions, context: Context): Promise<void> {
  const session = await openMasterSession(context, options)
  const grid = requireGrid(session)
  const health = await askHealth(session, { grid, name: options.name }, context.signal)
  const isWell = 'etcd_health' in health && health.etcd_health.health === true
  if (context.json) context.printJson(health)
  else for (const line of healthLines(health, context)) context.print(line)
  if (isWell) return
  const checks = 'etcd_health' in health ? health.checks : undefined
  if (checks !== undefined && !context.json) {
    const lacksDocker = checks.some(({ name, ok }) => name === 'docker' && !ok)
    context.say(`hint: ${hintFor(options.name, lacksDocker)}`)
  }
  throw new SaidNo()
}

/** Why a node could not be asked, by what failed. */
interface NoHealth {
  readonly id: string
  readonly errors: Readonly<Record<string, string>>
}

async function askHealth(
  session: MasterSession,
  { grid, name }: { grid: string; name: string },
  signal: AbortSignal,
): Promise<NodeHealth | NoHealth> {
  try {
    return await session.client.nodeHealth(grid, name, signal)
  } catch (error) {
    if (!(error instanceof MasterError)) throw error
    if (error.kind === 'invalid') return { id: `${grid}/${name}`, errors: error.fields }
    // Says which of the two is missing, or nothing where it is neither.
    if (error.kind === 'not-found') await findNode(session, grid, name, signal)
    throw error
  }
}

function healthLines(health: NodeHealth | NoHealth, { style }: Context): string[] {
  if ('errors' in health) {
    return Object.entries(health.errors).map(
      ([what, why]) =>
        `${offlineMark(style)} Node ${printable(health.id)} ${what} error: ${printable(why)}`,
    )
  }
  const mark = (isWell: boolean): string => healthMark(isWell ? 'ok' : 'error', style)
  const failed = (health.checks ?? []).filter(({ ok }) => !ok)
  return [
    connectionLine(health, style),
    `${mark(health.etcd_health.health === true)} ${printable(verdict(health))}`,
    ...failed.map(({ name, message }) => `${mark(false)} ${printable(`${name}: ${message}`)}`),
  ]
}

function connectionLine(health: NodeHealth, style: Context['style']): string {
  if (health.status !== 'online') return `${healthMark('warning', style)} Node is ${health.status}`
  const since = Date.parse(health.connected_at ?? '')
  return `${healthMark('ok', style)} Node is online for ${span(Date.now() - since)}`
}

/** Agents of 1.5 speak of the etcd they run; ours run none, and speak of what they checked. */
function verdict({ name, etcd_health: { health, error }, checks }: NodeHealth): string {
  const what = checks === undefined ? `Node ${name} etcd` : `Node ${name}`
  if (health === true) return `${what} is healthy`
  return error === null ? `${what} is unhealthy` : `${what} is unhealthy: ${error}`
}

/** `1h2m3s`, as 1.5 writes it; clocks that disagree give `0s` and not less. */
function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000)) || 0
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const
  const first = parts.findIndex(([count]) => count > 0)
  return parts
    .slice(first === -1 ? -1 : first)
    .map(([count, unit]) => `${count}${unit}`)
    .join('')
}

/** Where Docker is what is wrong, it is not what helps. */
function hintFor(name: string, lacksDocker: boolean): string {
  if (lacksDocker) return `see why on its host: kontena node ssh ${name} -- systemctl status docker`
  return `its agent can say more: kontena node ssh ${name} -- sudo docker exec kontena-agent node /opt/kontena/agent.mjs doctor`
}
