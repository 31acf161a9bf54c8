import { labelValue, type Node } from '@kontena/protocol'
import { isFailure, ProvisionError } from '../errors.ts'
import { isPlacedIn } from '../labels.ts'
import type { Call, Machine } from '../provider.ts'
import { severalAtOnce } from '../several-at-once.ts'
import type { Scope } from './scope.ts'

const looksAtOnce = 8

/** A node of the grid with its machine; at least one of the two exists. */
export interface NodeWithMachine {
  readonly name: string
  readonly node: Node | undefined
  readonly machine: Machine | undefined
  /** The machine could not be looked at, so that nobody knows whether there is one. */
  readonly isUnknown?: boolean
}

/**
 * All nodes and machines of this provider, account, region and grid, joined by the machine's id. Machines that
 * cannot be looked at are told, and hold up no others.
 */
export async function findNodes(scope: Scope, call: Call): Promise<NodeWithMachine[]> {
  const unknown = new Set<string>()
  const tell = (id: string, { message, hint }: ProvisionError): void => {
    unknown.add(id)
    scope.emit({ type: 'warning', message, hint })
  }
  const { here } = await lookUp(scope, call, { tell })
  return here.map((one) =>
    unknown.has(one.node?.machine?.id ?? '') ? { ...one, isUnknown: true } : one,
  )
}

interface Unlisted {
  /** Names of the nodes that matter; all where absent. */
  readonly names?: ReadonlySet<string>
  /** Told of machines that cannot be looked at; where absent, the first of them ends it all. */
  readonly tell?: (id: string, failure: ProvisionError) => void
}

/** All node records of the grid, and those that are here joined with the machines that are. */
async function lookUp(
  scope: Scope,
  call: Call,
  unlisted: Unlisted,
): Promise<{ records: readonly Node[]; here: NodeWithMachine[] }> {
  const { master, owner, session } = scope
  const [records, listed] = await Promise.all([
    master.nodes(owner.grid, call.signal),
    session.find({ owner }, call),
  ])
  const seen = new Set(listed.map(({ id }) => id))
  const ids = records.flatMap((node) =>
    isHere(node, scope) &&
    node.machine !== null &&
    !seen.has(node.machine.id) &&
    (unlisted.names?.has(node.name) ?? true)
      ? node.machine.id
      : [],
  )
  const others = ids.length === 0 ? [] : await findUnlisted(ids, { scope, call, ...unlisted })
  const machines = [...listed, ...others].filter(({ state }) => state !== 'gone')
  const joined = records
    .filter((node) => isHere(node, scope))
    .map((node) => ({ name: node.name, node, machine: machineOf(node, machines) }))
  const known = new Set(joined.flatMap(({ machine }) => machine?.id ?? []))
  const orphans = machines
    .filter(({ id }) => !known.has(id))
    .map((machine) => ({ name: machine.name ?? machine.id, node: undefined, machine }))
  return { records, here: [...joined, ...orphans] }
}

/**
 * Machines that records name and the list lacks, asked for by their ids: a provider without a list of its
 * own lists only what this computer has made.
 */
async function findUnlisted(
  ids: readonly string[],
  { scope: { session, owner }, call, tell }: Unlisted & { scope: Scope; call: Call },
): Promise<readonly Machine[]> {
  const ask = async (some: readonly string[]): Promise<readonly Machine[]> => {
    const found = await session.find({ ids: some, owner }, call)
    return found.filter(
      (machine) => machine.owner?.master === owner.master && machine.owner.grid === owner.grid,
    )
  }
  if (tell === undefined) return await ask(ids)
  try {
    return await ask(ids)
  } catch (error) {
    if (!isFailure(error)) throw error
  }
  const each = await severalAtOnce(ids, looksAtOnce, (id) => ask([id]))
  call.signal.throwIfAborted()
  return each.flatMap((outcome, index) => {
    if (outcome.status === 'fulfilled') return outcome.value
    if (!isFailure(outcome.reason)) throw outcome.reason
    tell(ids[index] ?? '', outcome.reason)
    return []
  })
}

/** A node that has not enrolled is known to the cloud by its order and name only. */
function machineOf(node: Node, machines: readonly Machine[]): Machine | undefined {
  const { machine, order, name } = node
  if (machine !== null) return machines.find(({ id }) => id === machine.id)
  if (order === null) return undefined
  return machines.find((candidate) => candidate.order === order && candidate.name === name)
}

/** Whether a node's machine is in this provider's account and region, as far as its record says. */
export function isHere({ machine, labels }: Node, { provider, account }: Scope): boolean {
  if (machine !== null) {
    return (
      machine.provider === provider.name &&
      machine.account === account.id &&
      machine.region === account.region
    )
  }
  return isPlacedIn(labels, { provider: provider.name, region: account.region })
}

/**
 * The named ones, by node name or by machine id where a machine has no record. Throws for what is not
 * there, is another provider's, was made in another account, or could be one of several machines.
 */
export async function resolveNodes(
  names: readonly string[],
  scope: Scope,
  call: Call,
): Promise<NodeWithMachine[]> {
  const { records, here } = await lookUp(scope, call, { names: new Set(names) })
  return [...new Set(names)].map((name) => {
    const node = records.find((record) => record.name === name)
    if (node === undefined) return orphan(name, here, scope)
    checkMaker(node, scope)
    const found = here.find((candidate) => candidate.node === node)
    const resolved = found ?? { name, node, machine: undefined }
    checkMachine(resolved, here)
    return resolved
  })
}

/** A machine without a record, by the name it carries or by its id. */
function orphan(name: string, here: readonly NodeWithMachine[], scope: Scope): NodeWithMachine {
  const byId = here.filter(({ machine }) => machine?.id === name)
  const matches = byId.length > 0 ? byId : here.filter((candidate) => candidate.name === name)
  const [match] = matches
  if (match === undefined) {
    throw new ProvisionError('NOT_FOUND', `grid ${scope.owner.grid} has no node named ${name}`, {
      hint: `see them with: kontena ${scope.provider.name} node list --grid ${scope.owner.grid}`,
    })
  }
  if (matches.length > 1) throw ambiguous(`${matches.length} machines are named ${name}`, matches)
  return match
}

/** Without its machine a node's record must not go, as the machine would stay behind unnoticed. */
function checkMachine(
  { name, node, machine }: NodeWithMachine,
  here: readonly NodeWithMachine[],
): void {
  if (machine !== undefined || node === undefined || node.machine !== null) return
  if (node.order === null) return
  const candidates = here.filter(
    (other) =>
      other.node === undefined &&
      other.machine?.order === node.order &&
      other.machine.name === undefined,
  )
  if (candidates.length > 0) {
    throw ambiguous(
      `${name} never enrolled, so nobody can tell which machine is its own`,
      candidates,
    )
  }
}

function ambiguous(message: string, candidates: readonly NodeWithMachine[]): ProvisionError {
  const ids = candidates.flatMap(({ machine }) => machine?.id ?? []).join(', ')
  return new ProvisionError('BAD_OPTIONS', message, { hint: `name one by its id: ${ids}` })
}

function checkMaker({ name, machine, labels }: Node, { provider, account }: Scope): void {
  const maker = machine?.provider ?? labelValue(labels, 'provider')
  if (maker !== provider.name) {
    const hint =
      maker === undefined
        ? `remove its record with: kontena node rm ${name}`
        : `use: kontena ${maker} node terminate ${name}`
    const text =
      maker === undefined
        ? 'has no machine that a provider made'
        : `was made by ${maker}, not by ${provider.name}`
    throw new ProvisionError('BAD_OPTIONS', `${name} ${text}`, { hint })
  }
  if (machine === null) return
  if (machine.account !== account.id) {
    throw new ProvisionError(
      'WRONG_ACCOUNT',
      `${name} was made in account ${machine.account}, these credentials are for ${account.id}`,
      { hint: 'use the credentials of that account' },
    )
  }
  if (machine.region !== account.region) {
    throw new ProvisionError(
      'WRONG_ACCOUNT',
      `${name} was made in ${machine.region}, not in ${account.region}`,
      { hint: `add --${provider.regionOption ?? 'region'} ${machine.region}` },
    )
  }
}
