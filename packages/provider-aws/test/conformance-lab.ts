import { join } from 'node:path'
import {
  CreateSecurityGroupCommand,
  DeleteKeyPairCommand,
  DeleteSecurityGroupCommand,
  EC2Client,
  ImportKeyPairCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2'
import type { MachineState, Owner } from '@kontena/core'
import {
  type Climate,
  type CloudUnderTest,
  type HttpAnswer,
  type HttpRequest,
  type Incident,
  quickFolder,
  type Subject,
  type TrueRule,
  type TrueThing,
} from '@kontena/core/testing'
import { type Sandbox, startSandbox } from '@kontena/sandbox'
import { aws } from '../src/index.ts'
import { parsePublicKey } from '../src/public-key.ts'
import { groupName } from '../src/security-groups.ts'
import { badInput } from './conformance-input.ts'
import { ed25519, otherEd25519 } from './public-keys.ts'

const bootTime = 2_000
const region = 'eu-west-1'
const keyFile = join(import.meta.dirname, 'kit.pub')

/** EC2 of the sandbox, as the conformance kit wants it; orders bring a key, so that key pairs are made. */
export const awsSubject: Subject = {
  provider: aws,
  entry: import.meta.resolve('../src/index.ts'),
  openCloud,
  badInput,
  readRequest,
  words: {
    throttled: (request) => refuse(request, 503, 'RequestLimitExceeded', 'ThrottlingException'),
    broken: (request) => refuse(request, 500, 'InternalError', 'InternalServerError'),
    denied: (request) => refuse(request, 403, 'UnauthorizedOperation', 'AccessDeniedException'),
    unknownCredentials: (request) =>
      refuse(request, 401, 'AuthFailure', 'UnrecognizedClientException'),
  },
  times: { boot: bootTime, gone: bootTime },
  machine: { sshPublicKey: keyFile },
  except: {
    'preflight says so when the cloud does not know the credentials: at DescribeImages':
      'EC2 says the same of an image that is private; the requests before it tell wrong credentials',
  },
  cannot: {
    'retry-after': 'EC2 does not say how long to wait',
    'slow-operations': 'EC2 tells how far it is by the states of its instances',
    'small-pages': 'EC2 gives pages as long as the caller asks for',
  },
}

function readRequest({ headers, body }: HttpRequest) {
  const target = headers['x-amz-target']
  if (typeof target === 'string') return { name: target, changes: false }
  const parameters = new URLSearchParams(Buffer.from(body).toString())
  const action = parameters.get('Action') ?? ''
  const isDry = parameters.get('DryRun') === 'true'
  return {
    name: isDry ? `${action} (dry run)` : action,
    changes: !isDry && !/^(Describe|Get)/.test(action),
  }
}

/** EC2 speaks XML, and SSM JSON with statuses of its own. */
function refuse(
  { headers }: HttpRequest,
  status: number,
  ec2Code: string,
  ssmCode: string,
): HttpAnswer {
  if ('x-amz-target' in headers) {
    const body = JSON.stringify({ __type: ssmCode, message: 'no' })
    const type = { 'content-type': 'application/x-amz-json-1.1' }
    return { status: status < 500 || ssmCode.startsWith('Thr') ? 400 : status, headers: type, body }
  }
  const error = `<Errors><Error><Code>${ec2Code}</Code><Message>no</Message></Error></Errors>`
  const body = `<Response>${error}<RequestID>r-1</RequestID></Response>`
  return { status, headers: { 'content-type': 'text/xml' }, body }
}

async function openCloud(climate: readonly Climate[]): Promise<CloudUnderTest> {
  const late = climate.find((one) => one.kind === 'late-lists')
  const sandbox = await startSandbox({
    agents: 'none',
    scratch: quickFolder,
    bootTime,
    ...(late && { consistencyDelay: late.milliseconds }),
  })
  const variables = sandbox.environment()
  const client = once(() => openClient(sandbox.url, variables))
  return {
    endpoint: sandbox.url,
    answer: sandbox.answer,
    environment: (url) => ({
      ...awsVariables(variables),
      AWS_ENDPOINT_URL_EC2: url,
      AWS_ENDPOINT_URL_SSM: url,
      AWS_PROFILE: undefined,
      AWS_SESSION_TOKEN: undefined,
      AWS_DEFAULT_REGION: undefined,
    }),
    secrets: [variables.AWS_SECRET_ACCESS_KEY ?? ''],
    machines: () =>
      sandbox.ec2.instances(region).map((instance) => ({
        id: instance.id,
        name: undefined,
        state: states[instance.state],
        zone: instance.zone,
        launchIndex: instance.launchIndex,
        owner: ownerOf(instance.tags),
        order: instance.tags['kontena:order'],
        token: instance.clientToken,
        userData: instance.userData,
      })),
    things: () => thingsOf(sandbox),
    rules: (owner) => rulesOf(sandbox, owner),
    plantForeign: (owner, names) => plantForeign(client(), owner, names),
    arm: (incident) => arm(incident, { sandbox, client: client() }),
    close: sandbox.close,
  }
}

/** Few facts need one, and it takes longer to make than the cloud itself. */
function openClient(endpoint: string, variables: Readonly<Record<string, string>>): EC2Client {
  const credentials = {
    accessKeyId: variables.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: variables.AWS_SECRET_ACCESS_KEY ?? '',
  }
  return new EC2Client({ region, endpoint, credentials })
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

function awsVariables(variables: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => name.startsWith('AWS_')))
}

type StateName = ReturnType<Sandbox['ec2']['instances']>[number]['state']

const states: Readonly<Record<StateName, MachineState>> = {
  pending: 'pending',
  running: 'running',
  stopping: 'stopping',
  stopped: 'stopped',
  'shutting-down': 'going',
  terminated: 'gone',
}

function ownerOf(tags: Readonly<Record<string, string>>): Owner | undefined {
  const { 'kontena:master': master, 'kontena:grid': grid } = tags
  return master === undefined || grid === undefined ? undefined : { master, grid }
}

function thingsOf({ ec2 }: Sandbox): readonly TrueThing[] {
  const groups = ec2.securityGroups(region).filter(({ name }) => name !== 'default')
  const tagged = (kind: string, one: { id: string; tags: Record<string, string> }) => ({
    kind,
    id: one.id,
    name: one.tags.Name,
    owner: ownerOf(one.tags),
    details: '',
  })
  return [
    ...groups.map((group) => ({
      ...tagged('security group', group),
      name: group.name,
      details: JSON.stringify(group.rules),
    })),
    ...ec2.keyPairs(region).map((pair) => ({
      ...tagged('key pair', pair),
      name: pair.name,
      details: pair.publicKey,
    })),
    ...ec2.volumes(region).map((volume) => ({ ...tagged('volume', volume), name: volume.id })),
    ...ec2.networkInterfaces(region).map((one) => ({ ...tagged('interface', one), name: one.id })),
  ]
}

function rulesOf({ ec2 }: Sandbox, owner: Owner): readonly TrueRule[] {
  const own = ec2
    .securityGroups(region)
    .filter(
      ({ tags }) => tags['kontena:grid'] === owner.grid && tags['kontena:master'] === owner.master,
    )
  return own.flatMap(({ id, rules }) =>
    rules.map(({ protocol, ports, source }) => {
      if (source.kind === 'group' && source.groupId !== id)
        throw new Error('a rule of another group')
      return {
        protocol: protocol === '50' ? 'esp' : protocol === 'udp' ? 'udp' : 'tcp',
        ports,
        from: source.kind === 'group' ? 'grid' : [source.cidr],
      }
    }),
  )
}

async function plantForeign(ec2: EC2Client, owner: Owner, names: readonly string[]): Promise<void> {
  const GroupName = groupName(owner)
  await ec2.send(new CreateSecurityGroupCommand({ GroupName, Description: 'of somebody else' }))
  const { fingerprint } = parsePublicKey(ed25519) ?? {}
  await ec2.send(
    new ImportKeyPairCommand({
      KeyName: `kontena-${fingerprint}`,
      PublicKeyMaterial: Buffer.from(otherEd25519),
    }),
  )
  for (const name of names) {
    const tags = ['Name', 'kontena:node'].map((Key) => ({ Key, Value: name }))
    await ec2.send(
      new RunInstancesCommand({
        ImageId: 'ami-068d6ec5eb76a840b',
        InstanceType: 't3.small',
        MinCount: 1,
        MaxCount: 1,
        TagSpecifications: [{ ResourceType: 'instance', Tags: tags }],
      }),
    )
  }
}

async function arm(
  incident: Incident,
  { sandbox, client }: { sandbox: Sandbox; client: EC2Client },
): Promise<void> {
  const { faults, ec2 } = sandbox
  switch (incident.kind) {
    case 'no-capacity': {
      const { zone, room } = incident
      const there = ec2.instances(region).filter((one) => one.zone === zone && isAlive(one.state))
      faults.add({ kind: 'no-capacity', zone, after: there.length + room })
      return
    }
    case 'quota':
      armQuota(sandbox, incident.room)
      return
    case 'boot-failure':
      faults.add({ kind: 'boot-failure', times: incident.times })
      return
    case 'slow-termination':
      faults.add({ kind: 'slow-terminate', delay: incident.milliseconds })
      return
    case 'held': {
      const { times } = incident
      const code = 'DependencyViolation'
      faults.add({ kind: 'error', action: 'DeleteSecurityGroup', code, times })
      return
    }
    case 'shared-vanished':
      for (const { id, name } of ec2.securityGroups(region)) {
        if (name !== 'default') await client.send(new DeleteSecurityGroupCommand({ GroupId: id }))
      }
      for (const { name } of ec2.keyPairs(region)) {
        await client.send(new DeleteKeyPairCommand({ KeyName: name }))
      }
  }
}

/** Each launch of the kit that counts here is one of one machine. */
function armQuota({ faults }: Sandbox, room: number): void {
  const refuseAll = (): void => {
    faults.add({ kind: 'error', action: 'RunInstances', code: 'VcpuLimitExceeded', dryRun: true })
  }
  if (room === 0) {
    refuseAll()
    return
  }
  let left = room
  faults.add({
    kind: 'after-commit',
    action: 'RunInstances',
    times: room,
    hook: () => {
      left -= 1
      if (left === 0) refuseAll()
    },
  })
}

function isAlive(state: StateName): boolean {
  return state === 'pending' || state === 'running'
}
