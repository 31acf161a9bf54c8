import { randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import {
  explainGridSize,
  labelValue,
  maxNodesPerOrder,
  mergeLabels,
  type Node,
  nodesPerGrid,
} from '@kontena/protocol'
import { ulid } from 'ulid'
import type { AgentSource } from '../bootstrap-values.ts'
import { ProvisionError } from '../errors.ts'
import { checkUserLabels, isPlacedIn, nodeLabels } from '../labels.ts'
import type { NetworkPolicy, PortRule } from '../network-policy.ts'
import type { BootstrapFormat, MachineOrder, Preflight, Provider } from '../provider.ts'
import type { UserCloudConfig } from '../user-cloud-config.ts'
import type { NodeWithMachine } from './find-nodes.ts'
import { chooseNames } from './names.ts'
import { type OrderSecrets, orderBootstrap } from './order-bootstrap.ts'
import type { Scope } from './scope.ts'
import { spreadOverZones } from './zone-spread.ts'

/** What the user asks of `node create`, checked as far as a schema can. */
export interface OrderRequest {
  /** Name, or stem of numbered names; random where absent. */
  readonly name: string | undefined
  readonly count: number
  readonly labels: readonly string[]
  /** The user's own tags on machines. */
  readonly tags: Readonly<Record<string, string>>
  readonly ephemeral: boolean
  readonly policy: NetworkPolicy
  /** Public keys for the machines' own user, one line each. */
  readonly sshKeys: readonly string[]
  readonly agent: AgentSource
  /** Text of a cloud-config that is merged into ours. */
  readonly cloudConfig?: string | undefined
  /** Milliseconds each machine may spend in one phase. */
  readonly timeout: number
  readonly onFailure: 'rollback' | 'keep'
}

export interface PlannedNode {
  readonly name: string
  readonly zone: string
  readonly labels: readonly string[]
  /** Its record is there already; `always`: even where the master believes its agent to be connected. */
  readonly replace?: 'offline' | 'always'
}

/** The same before it is known how many machines the provider's options name. */
export type OrderWish = Omit<OrderRequest, 'count'> & { readonly count: number | undefined }

/** What a run is going to do. Nothing has been spent or changed when there is one. */
export interface Plan {
  readonly id: string
  readonly request: OrderRequest
  readonly nodes: readonly PlannedNode[]
  /** The one node of the order as it is now, where its machine is to be another. */
  readonly replaced?: NodeWithMachine | undefined
  readonly preflight: Preflight
  /** The request's own cloud-config, as it goes into user data. */
  readonly cloudConfig: UserCloudConfig | undefined
  /** Mutating calls to the cloud, in order. */
  readonly calls: readonly string[]
  readonly warnings: readonly string[]
}

/** Decides all that an order is going to do, and finds out what can go wrong before anything is spent. */
export async function planOrder(
  wish: OrderWish,
  scope: Scope,
  replaced?: NodeWithMachine,
): Promise<Plan> {
  checkService(scope)
  const request = { ...wish, count: await countMachines(wish, scope) }
  checkUserLabels(request.labels)
  checkReach(scope)
  const cloudConfig = await readCloudConfig(request)
  const nodes = await scope.master.nodes(scope.owner.grid, scope.signal)
  const others = nodes.filter(({ name }) => name !== replaced?.name)
  checkRoom(request.count, others, scope)
  const names = chooseNames({
    base: request.name,
    count: request.count,
    taken: new Set(others.map((node) => node.name)),
  })
  scope.emit({ type: 'step', step: 'preflight' })
  const preflight = await askPreflight(request, scope)
  const zones = await scope.session.zones({ signal: scope.signal })
  const spread = spreadOverZones(
    request.count,
    zones.map((zone) => zone.name),
    zonesInUse(others, scope),
  )
  const planned = names
    .map((name, index) => planNode(name, spread[index] ?? '', request, scope, preflight))
    .map((node) => (replaced === undefined ? node : replaceNode(node, replaced)))
  const plan: Plan = {
    id: ulid(),
    request,
    nodes: planned,
    replaced,
    preflight,
    cloudConfig,
    calls: [
      ...endCalls(replaced),
      ...preflight.sharedCalls,
      ...createCalls(planned, preflight, scope),
    ],
    warnings: [...preflight.warnings, ...strangers(nodes, request, scope)],
  }
  const bootstrap = orderBootstrap(plan, scope, likelySecrets())
  for (const batch of batchNodes(planned, scope.provider, preflight)) bootstrap(batch.names)
  return plan
}

/** As long, and as hard to compress, as what a run puts into user data. */
function likelySecrets(): OrderSecrets {
  const network = ['203.0.113.240/28', '2001:db8:1234:5678::/64']
  return { secret: randomBytes(32).toString('hex'), network }
}

/** The reader of YAML is loaded only by those who need it. */
async function readCloudConfig({
  cloudConfig,
}: OrderRequest): Promise<UserCloudConfig | undefined> {
  if (cloudConfig === undefined) return undefined
  const { parseUserCloudConfig } = await import('../user-cloud-config.ts')
  return parseUserCloudConfig(cloudConfig)
}

/** Where the cloud's firewall cannot say all, the plan tells who enforces the ports instead. */
async function askPreflight(request: OrderRequest, scope: Scope): Promise<Preflight> {
  const { session, provider, signal } = scope
  const found = await session.preflight(machineOrder(request, scope), { signal })
  if (provider.abilities.firewall.esp === 'cloud') return found
  return { ...found, facts: { ...found.facts, firewall: 'nftables on each machine of this order' } }
}

/** What a provider must know of an order. */
export function machineOrder(
  { count, policy, sshKeys, tags }: OrderRequest,
  { owner, masterUrl }: Scope,
): MachineOrder {
  return { owner, count, policy, masterUrl, sshKeys, tags }
}

/** The same plan with other names, where one of its names was taken in the meantime. */
export function renamePlan(plan: Plan, taken: readonly string[], scope: Scope): Plan {
  const { name: base, count } = plan.request
  const names = chooseNames({ base, count, taken: new Set(taken) })
  return {
    ...plan,
    nodes: plan.nodes.map((node, index) =>
      planNode(names[index] ?? node.name, node.zone, plan.request, scope, plan.preflight),
    ),
  }
}

function planNode(
  name: string,
  zone: string,
  request: OrderRequest,
  scope: Scope,
  preflight: Preflight,
): PlannedNode {
  const placement = { provider: scope.provider.name, region: scope.account.region, zone }
  return {
    name,
    zone,
    labels: nodeLabels(placement, {
      ephemeral: request.ephemeral,
      provider: preflight.labels,
      user: request.labels,
    }),
  }
}

/** Labels that say what the new machine is take the place of the old one's; the others stay. */
function replaceNode(node: PlannedNode, { node: record }: NodeWithMachine): PlannedNode {
  return { ...node, labels: mergeLabels(record?.labels ?? [], node.labels), replace: 'offline' }
}

function endCalls(replaced: NodeWithMachine | undefined): string[] {
  if (replaced?.machine === undefined) return []
  return [`take away ${replaced.machine.id}, the machine of ${replaced.name} so far`]
}

function checkService({ provider }: Scope): void {
  if (provider.ended === undefined) return
  const { message, hint } = provider.ended
  throw new ProvisionError('NOT_SUPPORTED', message, { hint })
}

/** As asked; where machines are named one by one, as many as they are, which nobody may contradict. */
async function countMachines({ count }: OrderWish, { session, signal }: Scope): Promise<number> {
  if (count !== undefined) checkCount(count)
  const named = await session.count?.({ signal })
  if (named !== undefined && count !== undefined && named !== count) {
    const machines = named === 1 ? '1 machine is' : `${named} machines are`
    throw new ProvisionError('BAD_OPTIONS', `--count ${count}, but ${machines} named`, {
      hint: 'leave --count out: a node is made of each machine that is named',
    })
  }
  const settled = named ?? count ?? 1
  checkCount(settled)
  return settled
}

function checkCount(count: number): void {
  if (Number.isInteger(count) && count >= 1 && count <= maxNodesPerOrder) return
  throw new ProvisionError('BAD_OPTIONS', `--count ${count} is not a number of machines`, {
    hint: `give a whole number from 1 to ${maxNodesPerOrder}`,
  })
}

function checkRoom(count: number, nodes: readonly Node[], { owner, subnet }: Scope): void {
  if (subnet === undefined) return
  const room = Math.max(0, nodesPerGrid(subnet) - nodes.length)
  if (count <= room) return
  const more = `${room} more ${room === 1 ? 'node' : 'nodes'}`
  throw new ProvisionError(
    'BAD_OPTIONS',
    `grid ${owner.grid} has room for ${more}, not ${count}: ${explainGridSize(subnet)}`,
    {
      hint: 'lower --count, remove nodes, or make another grid with: kontena grid create NAME',
    },
  )
}

function checkReach({ provider, masterUrl, account }: Scope): void {
  if (!isLoopback(new URL(masterUrl).hostname) || account.local) return
  throw new ProvisionError(
    'MASTER_UNSUITABLE',
    `machines in ${account.region} cannot reach the master at ${masterUrl}, an address of this computer`,
    {
      hint: `${provider.abilities.master ? `make one with: kontena ${provider.name} master create` : 'run the master on a public host'}, or tell it its address with: kontena master start --public-url URL`,
    },
  )
}

function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith('127.') || host === '0.0.0.0'
  return ['localhost', '[::1]', '[::]'].includes(host) || host.endsWith('.localhost')
}

function zonesInUse(nodes: readonly Node[], { provider, account }: Scope): string[] {
  const here = { provider: provider.name, region: account.region }
  return nodes.flatMap(({ labels }) =>
    isPlacedIn(labels, here) ? (labelValue(labels, 'az') ?? []) : [],
  )
}

/** Self-referencing rules match private addresses, so nodes elsewhere are not admitted by them. */
function strangers(
  nodes: readonly Node[],
  { policy }: OrderRequest,
  { account, owner }: Scope,
): string[] {
  const regions = new Set(nodes.map(({ labels }) => labelValue(labels, 'region') ?? 'no region'))
  regions.delete(account.region)
  if (regions.size === 0) return []
  const where = [...regions].sort().join(', ')
  const there = `grid ${owner.grid} has nodes elsewhere (${where})`
  const admitted = [...new Set(policy.rules.flatMap(overlayRanges))]
  if (admitted.length > 0) {
    return [
      `${there}; the overlay's ports admit of them only ${admitted.join(', ')}, as --overlay-from says`,
    ]
  }
  return [
    `${there}; the overlay's ports admit only nodes in ${account.region}: name the others' addresses with --overlay-from`,
  ]
}

function overlayRanges({ purpose, from }: PortRule): readonly string[] {
  return purpose === 'overlay' && from !== 'grid' ? from : []
}

function createCalls(
  nodes: readonly PlannedNode[],
  preflight: Preflight,
  { provider }: Scope,
): string[] {
  return batchNodes(nodes, provider, preflight).map(
    ({ zone, names }) => `${preflight.createCall} in ${zone}: ${names.join(', ')}`,
  )
}

/** The calls that make these nodes' machines: as few per zone as the provider's batches allow. */
export function batchNodes(
  nodes: readonly { name: string; zone: string }[],
  provider: Provider,
  { format }: Pick<Preflight, 'format'>,
): { zone: string; names: string[] }[] {
  const size = batchSize(provider, format)
  return [...Map.groupBy(nodes, ({ zone }) => zone)].flatMap(([zone, there]) => {
    const names = there.map(({ name }) => name)
    return Array.from({ length: Math.ceil(names.length / size) }, (_, index) => ({
      zone,
      names: names.slice(index * size, (index + 1) * size),
    }))
  })
}

/** User data that cannot tell machines apart serves only one; cloud-init's alone has expressions that may. */
export function batchSize(
  { bootstrap, limits }: Provider,
  format: BootstrapFormat = bootstrap.format ?? 'cloud-config',
): number {
  const { launchIndex, machineName } = bootstrap
  const tellsApart = launchIndex !== undefined || machineName !== undefined
  return format === 'cloud-config' && tellsApart ? limits.batch : 1
}
