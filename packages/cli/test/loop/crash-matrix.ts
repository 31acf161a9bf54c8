import type { Lab } from './lab.ts'

/** A mutating call of a command, and how to recognize it on the wire. */
export interface MutatingCall {
  readonly command: 'create' | 'create that fails' | 'terminate'
  /** As the cloud's or the master's documents name it. */
  readonly call: string
  readonly server: 'cloud' | 'master'
  readonly matches: (call: { method: string; path: string; body: string }) => boolean
  /** The intent whose result the call brings; undefined where losing the result changes nothing. */
  readonly intent: string | undefined
}

const cloud =
  (action: string): MutatingCall['matches'] =>
  ({ body }) =>
    body.includes(`Action=${action}&`) && !body.includes('DryRun=true')

const master =
  (verb: string, path: RegExp): MutatingCall['matches'] =>
  (call) =>
    call.method === verb && path.test(call.path)

const removeNode = master('DELETE', /^\/v1\/nodes\//)

/** Every call that changes something, in the order of a run. */
export const mutatingCalls: readonly MutatingCall[] = [
  {
    command: 'create',
    call: 'POST /v1/grids/:grid/enrolments',
    server: 'master',
    matches: master('POST', /\/enrolments$/),
    intent: 'enrol',
  },
  {
    command: 'create',
    call: 'CreateSecurityGroup',
    server: 'cloud',
    matches: cloud('CreateSecurityGroup'),
    intent: undefined,
  },
  {
    command: 'create',
    call: 'AuthorizeSecurityGroupIngress',
    server: 'cloud',
    matches: cloud('AuthorizeSecurityGroupIngress'),
    intent: 'prepare',
  },
  {
    command: 'create',
    call: 'ImportKeyPair',
    server: 'cloud',
    matches: cloud('ImportKeyPair'),
    intent: undefined,
  },
  {
    command: 'create',
    call: 'RunInstances',
    server: 'cloud',
    matches: cloud('RunInstances'),
    intent: 'create',
  },
  {
    command: 'create',
    call: 'CreateTags',
    server: 'cloud',
    matches: cloud('CreateTags'),
    intent: undefined,
  },
  {
    command: 'create',
    call: 'DELETE /v1/grids/:grid/enrolments/:order',
    server: 'master',
    matches: master('DELETE', /\/enrolments\//),
    intent: undefined,
  },
  {
    command: 'create that fails',
    call: 'TerminateInstances',
    server: 'cloud',
    matches: cloud('TerminateInstances'),
    intent: 'terminate',
  },
  {
    command: 'create that fails',
    call: 'DELETE /v1/nodes/:grid/:node',
    server: 'master',
    matches: removeNode,
    intent: 'remove-node',
  },
  {
    command: 'create that fails',
    call: 'DeleteSecurityGroup',
    server: 'cloud',
    matches: cloud('DeleteSecurityGroup'),
    intent: 'remove-shared',
  },
  {
    command: 'create that fails',
    call: 'DeleteKeyPair',
    server: 'cloud',
    matches: cloud('DeleteKeyPair'),
    intent: undefined,
  },
  {
    command: 'terminate',
    call: 'PUT /v1/nodes/:grid/:node (drain)',
    server: 'master',
    matches: master('PUT', /^\/v1\/nodes\//),
    intent: undefined,
  },
  {
    command: 'terminate',
    call: 'TerminateInstances',
    server: 'cloud',
    matches: cloud('TerminateInstances'),
    intent: 'terminate',
  },
  {
    command: 'terminate',
    call: 'DELETE /v1/nodes/:grid/:node',
    server: 'master',
    matches: removeNode,
    intent: 'remove-node',
  },
  {
    command: 'terminate',
    call: 'DeleteSecurityGroup',
    server: 'cloud',
    matches: cloud('DeleteSecurityGroup'),
    intent: 'remove-shared',
  },
]

/** What there is after a command, counted at the cloud and at the master. */
export interface Inventory {
  /** Machines that cost money. */
  readonly machines: number
  readonly nodes: number
  /** Security groups and imported keys of ours. */
  readonly shared: number
  readonly openOrders: number
  /** Machines without a node record, and nodes without a machine or not online. */
  readonly leaked: readonly string[]
  /** Node names that more than one machine has. */
  readonly duplicates: readonly string[]
}

export async function takeInventory(lab: Lab, openOrders: number): Promise<Inventory> {
  const alive = lab.sandbox.ec2
    .instances()
    .filter(({ state }) => state !== 'terminated' && state !== 'shutting-down')
    .map(({ id }) => id)
  const nodes = await lab.master.nodes(lab.grid)
  const owned = nodes.flatMap(({ machine }) => machine?.id ?? [])
  return {
    machines: alive.length,
    nodes: nodes.length,
    shared: [...lab.sandbox.ec2.securityGroups(), ...lab.sandbox.ec2.keyPairs()].filter(
      ({ name }) => name.startsWith('kontena-'),
    ).length,
    openOrders,
    leaked: [
      ...alive.filter((id) => !owned.includes(id)),
      ...nodes
        .filter(({ machine, status }) => !alive.includes(machine?.id ?? '') || status !== 'online')
        .map(({ id }) => id),
    ],
    duplicates: owned.filter((id, index) => owned.indexOf(id) !== index),
  }
}
