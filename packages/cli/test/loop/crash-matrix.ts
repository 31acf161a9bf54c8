import type { CloudView } from './cloud-view.ts'

type Command = 'create' | 'create that fails' | 'terminate' | 'replace'

export type Moment = 'before the call' | 'after the call' | 'before its result is journaled'

export const moments = [
  'before the call',
  'after the call',
  'before its result is journaled',
] as const satisfies readonly Moment[]

/** A mutating call of a command, and how to recognize it on the wire. */
export interface MutatingCall {
  readonly command: Command
  /** As the cloud's or the master's documents name it. */
  readonly call: string
  readonly server: 'cloud' | 'master'
  readonly matches: Matches
  /** The intent whose result the call brings; undefined where losing the result changes nothing. */
  readonly intent: string | undefined
  /** It is made once for each machine, so that a kill may come between two. */
  readonly isEach: boolean
  /** The moments that each run of the tests tries; the others wait for a run of the whole matrix. */
  readonly usual: readonly Moment[]
}

type Matches = (call: { method: string; path: string; body: string }) => boolean

const [before, after, journaled] = moments

const master = {
  enrol: onMaster('POST /v1/grids/:grid/enrolments', 'POST', /\/enrolments$/),
  endEnrolment: onMaster('DELETE /v1/grids/:grid/enrolments/:order', 'DELETE', /\/enrolments\//),
  drain: onMaster('PUT /v1/nodes/:grid/:node (drain)', 'PUT', /^\/v1\/nodes\//),
  remove: onMaster('DELETE /v1/nodes/:grid/:node', 'DELETE', /^\/v1\/nodes\//),
}

function ec2(action: string): Request {
  return onCloud(
    action,
    ({ body }) => body.includes(`Action=${action}&`) && !body.includes('DryRun=true'),
  )
}

/** A request of a REST API, named as its documents do. */
function rest(call: string, method: string, path: RegExp): Request {
  return onCloud(
    call,
    (request) => request.method === method && path.test(request.path.replace(/\?.*/, '')),
  )
}

/** For one machine at a time. */
function each(request: Request): Request {
  return { ...request, isEach: true }
}

const droplets = {
  makeVpc: rest('vpcs.create', 'POST', /^\/v2\/vpcs$/),
  makeKey: rest('keys.create', 'POST', /^\/v2\/account\/keys$/),
  make: rest('droplets.create', 'POST', /^\/v2\/droplets$/),
  remove: each(rest('droplets.delete', 'DELETE', /^\/v2\/droplets\//)),
  removeVpc: rest('vpcs.delete', 'DELETE', /^\/v2\/vpcs\//),
  removeKey: rest('keys.delete', 'DELETE', /^\/v2\/account\/keys\//),
  removeTag: rest('tags.delete', 'DELETE', /^\/v2\/tags\//),
}

const servers = {
  makeNetwork: rest('network.create', 'POST', /^\/1\.3\/network\/?$/),
  make: each(rest('server.create', 'POST', /^\/1\.3\/server\/?$/)),
  stop: each(rest('server.stop', 'POST', /^\/1\.3\/server\/[^/]+\/stop$/)),
  remove: each(rest('server.delete', 'DELETE', /^\/1\.3\/server\/[^/]+\/?$/)),
  removeNetwork: rest('network.delete', 'DELETE', /^\/1\.3\/network\//),
}

const arm = {
  makeGroup: rest('resourceGroups.createOrUpdate', 'PUT', /\/resourcegroups\/[^/]+$/i),
  removeGroup: rest('resourceGroups.delete', 'DELETE', /\/resourcegroups\/[^/]+$/i),
  make: (kind: string) => rest(`${kind}.createOrUpdate`, 'PUT', new RegExp(`/${kind}/[^/]+$`, 'i')),
  remove: (kind: string) => rest(`${kind}.delete`, 'DELETE', new RegExp(`/${kind}/[^/]+$`, 'i')),
}

const create = inCommand('create')
const failed = inCommand('create that fails')
const terminate = inCommand('terminate')
const replace = inCommand('replace')

/**
 * Every call that changes something, in the order of a run. What a command asks of the master is the same
 * on each cloud, so that it stands with the first.
 */
export const mutatingCalls: Readonly<Record<CloudView['provider'], readonly MutatingCall[]>> = {
  aws: [
    create(master.enrol, { intent: 'enrol' }),
    create(ec2('CreateSecurityGroup')),
    create(ec2('AuthorizeSecurityGroupIngress'), { intent: 'prepare' }),
    create(ec2('ImportKeyPair')),
    create(ec2('RunInstances'), { intent: 'create' }),
    create(ec2('CreateTags')),
    create(master.endEnrolment),
    failed(ec2('TerminateInstances'), { intent: 'terminate' }),
    failed(master.remove, { intent: 'remove-node' }),
    failed(ec2('DeleteSecurityGroup'), { intent: 'remove-shared' }),
    failed(ec2('DeleteKeyPair')),
    terminate(master.drain),
    terminate(ec2('TerminateInstances'), { intent: 'terminate' }),
    terminate(master.remove, { intent: 'remove-node' }),
    terminate(ec2('DeleteSecurityGroup'), { intent: 'remove-shared' }),
    replace(ec2('TerminateInstances'), { intent: 'terminate', usual: [before, after] }),
    replace(master.enrol, { intent: 'enrol', usual: [after] }),
    replace(ec2('RunInstances'), { intent: 'create', usual: [after] }),
  ],
  azure: [
    create(arm.makeGroup, { usual: [after] }),
    create(arm.make('applicationSecurityGroups'), { usual: [] }),
    create(arm.make('virtualNetworks'), { usual: [after] }),
    create(arm.make('networkSecurityGroups'), { intent: 'prepare', usual: [after, journaled] }),
    create(arm.make('deployments'), { intent: 'create' }),
    failed(each(arm.remove('virtualMachines')), { intent: 'terminate', usual: [after] }),
    failed(arm.removeGroup, { intent: 'remove-shared', usual: [] }),
    terminate(each(arm.remove('virtualMachines')), { intent: 'terminate', usual: [after] }),
    terminate(arm.remove('virtualNetworks'), { usual: [before] }),
    terminate(arm.remove('networkSecurityGroups'), { usual: [after] }),
    terminate(arm.remove('applicationSecurityGroups'), { usual: [] }),
    terminate(arm.removeGroup, { intent: 'remove-shared', usual: [before] }),
  ],
  digitalocean: [
    create(droplets.makeVpc, { usual: [after] }),
    create(droplets.makeKey, { intent: 'prepare', usual: [after] }),
    create(droplets.make, { intent: 'create' }),
    failed(droplets.remove, { intent: 'terminate', usual: [after] }),
    failed(droplets.removeTag, { intent: 'remove-shared', usual: [] }),
    terminate(droplets.remove, { intent: 'terminate', usual: [before, after] }),
    terminate(droplets.removeVpc, { usual: [after] }),
    terminate(droplets.removeKey, { usual: [before] }),
    terminate(droplets.removeTag, { intent: 'remove-shared', usual: [after] }),
  ],
  upcloud: [
    create(servers.makeNetwork, { intent: 'prepare', usual: [after] }),
    create(servers.make, { intent: 'create' }),
    failed(servers.stop, { usual: [after] }),
    failed(servers.remove, { intent: 'terminate', usual: [after] }),
    failed(servers.removeNetwork, { intent: 'remove-shared', usual: [] }),
    terminate(servers.stop, { usual: [before, after] }),
    terminate(servers.remove, { intent: 'terminate', usual: [after, journaled] }),
    terminate(servers.removeNetwork, { intent: 'remove-shared', usual: [after] }),
  ],
}

type Request = Pick<MutatingCall, 'call' | 'server' | 'matches' | 'isEach'>

function onCloud(call: string, matches: Matches): Request {
  return { call, server: 'cloud', matches, isEach: false }
}

function onMaster(call: string, method: string, path: RegExp): Request {
  const matches: Matches = (request) => request.method === method && path.test(request.path)
  return { call, server: 'master', matches, isEach: false }
}

function inCommand(command: Command) {
  return (
    request: Request,
    more: { intent?: string; usual?: readonly Moment[] } = {},
  ): MutatingCall => ({
    command,
    intent: more.intent,
    usual: more.usual ?? moments,
    ...request,
  })
}

/** The moments that differ for a call. */
export function momentsOf({ intent }: MutatingCall): readonly Moment[] {
  return moments.filter((moment) => moment !== journaled || intent !== undefined)
}
