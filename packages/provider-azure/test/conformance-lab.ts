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
import { z } from 'zod'
import { azure } from '../src/index.ts'
import { machineId } from '../src/machine-id.ts'
import { sharedName } from '../src/names.ts'
import { type ArmClient, openArmClient } from './arm-client.ts'
import { badInput } from './conformance-input.ts'
import { commonToken, identityVariables } from './one-identity.ts'

const bootTime = 5_000
const location = 'westeurope'
/** More than any fact makes, and less than a fact of the wrong input asks for. */
const coreLimit = 512

/** The simulated Azure, as the conformance kit wants it. */
export const azureSubject: Subject = {
  provider: azure,
  openCloud,
  badInput,
  readRequest,
  words: {
    throttled: (_request, seconds) => ({
      ...refusal(429, 'TooManyRequests'),
      ...(seconds !== undefined && { headers: { 'retry-after': String(seconds) } }),
    }),
    broken: () => refusal(503, 'ServiceUnavailable'),
    denied: () => refusal(403, 'AuthorizationFailed'),
    unknownCredentials: () => refusal(401, 'InvalidAuthenticationToken'),
  },
  times: { boot: bootTime * 2, gone: bootTime * 2 },
  cannot: {
    lingering: 'Azure lists no machine that is gone',
  },
  except: {
    'all or none are made where all were asked for':
      'a deployment is not all or nothing: Azure tells a lack of room machine by machine, after it has accepted all',
    'partial success is told with the machines that exist':
      'create ends when Azure has accepted the deployment; what comes of each machine is found later',
    'machines that the cloud does not list yet are absent, and listed later':
      'a deployment tells its machines before any list of machines does',
  },
}

/** The path without names, as the API's own documents write it. */
function readRequest({ method, path }: HttpRequest) {
  const [bare = ''] = path.split('?')
  if (bare.startsWith('/bootdiagnostics/')) return { name: 'GET the console', changes: false }
  const name = bare
    .replace(/\/subscriptions\/[^/]+/i, '/subscriptions/S')
    .replace(/\/resourcegroups\/[^/]+/i, '/resourceGroups/G')
    .replace(
      /\/providers\/(Microsoft\.\w+)\/(.+)/,
      (_, namespace, rest) =>
        `/${namespace}/${String(rest)
          .split('/')
          .map((part, index) => (index % 2 === 0 ? part : 'N'))
          .join('/')}`,
    )
  const isRead = ['GET', 'HEAD'].includes(method) || bare.endsWith('/retrieveBootDiagnosticsData')
  return { name: `${method} ${name.replace('/subscriptions/S/', '')}`, changes: !isRead }
}

function refusal(status: number, code: string): HttpAnswer {
  return { status, body: JSON.stringify({ error: { code, message: 'no' } }) }
}

async function openCloud(climate: readonly Climate[]): Promise<CloudUnderTest> {
  const late = climate.find((one) => one.kind === 'late-lists')
  const slow = climate.find((one) => one.kind === 'slow-operations')
  const pages = climate.find((one) => one.kind === 'small-pages')
  const sandbox = await startSandbox({
    agents: 'none',
    scratch: quickFolder,
    bootTime: bootTime + (slow?.milliseconds ?? 0),
    consistencyDelay: late?.milliseconds ?? 0,
    azure: { coreLimit, token: commonToken, ...(pages && { pageSize: pages.size }) },
  })
  const own = Object.entries(sandbox.environment()).filter(([name]) => name.startsWith('AZURE_'))
  const identity = await identityVariables()
  const variables = { ...Object.fromEntries(own), ...identity }
  const arm = openArmClient(variables)
  return {
    endpoint: sandbox.url,
    answer: sandbox.answer,
    environment: (endpoint) => ({
      ...variables,
      AZURE_RESOURCE_MANAGER_ENDPOINT: endpoint,
      AZURE_LOCATION: location,
      AZURE_TENANT_ID: undefined,
      AZURE_CLIENT_ID: undefined,
      AZURE_CLIENT_SECRET: undefined,
      AZURE_DEFAULTS_LOCATION: undefined,
      AZURE_RETAIL_PRICES_URL: undefined,
    }),
    secrets: [commonToken, identity.IDENTITY_HEADER ?? commonToken],
    machines: () => [...machinesOf(sandbox), ...promisedOf(sandbox)],
    things: () => thingsOf(sandbox),
    rules: (owner) => rulesOf(sandbox, owner),
    plantForeign: (owner, names) => plantForeign(arm, owner, names),
    arm: (incident) => bringAbout(incident, { sandbox, arm }),
    close: () => sandbox.close(),
  }
}

function machinesOf({ azure: cloud }: Sandbox) {
  return cloud.virtualMachines().map((vm) => ({
    id: machineId(vm),
    name: vm.computerName,
    state: stateOf(vm.state, vm.power),
    zone: vm.zones[0] === undefined ? vm.location : `${vm.location}-${vm.zones[0]}`,
    launchIndex: undefined,
    owner: ownerOf(vm.tags),
    order: vm.tags['kontena:order'],
    token: vm.tags['kontena:token'],
    userData: vm.userData,
  }))
}

const promised = z.object({
  zones: z.array(z.string()).default([]),
  tags: z.record(z.string(), z.string()),
  properties: z.object({
    osProfile: z.object({ computerName: z.string(), customData: z.string() }),
  }),
})

/** Machines that a deployment has been told to make, and has not begun yet. */
function promisedOf({ azure: cloud }: Sandbox) {
  const active = cloud.deployments().filter(({ state }) => ['Accepted', 'Running'].includes(state))
  if (active.length === 0) return []
  const there = new Set(cloud.virtualMachines().map(machineId))
  return active
    .flatMap(({ group, resources }) =>
      resources
        .filter(({ type }) => type.endsWith('/virtualMachines'))
        .map(({ name, body }) => promisedMachine({ group, name }, promised.parse(body))),
    )
    .filter(({ id }) => !there.has(id))
}

function promisedMachine(
  place: { readonly group: string; readonly name: string },
  { tags, zones, properties: { osProfile } }: z.infer<typeof promised>,
) {
  return {
    id: machineId(place),
    name: osProfile.computerName,
    state: 'pending' as const,
    zone: zones[0] === undefined ? location : `${location}-${zones[0]}`,
    launchIndex: undefined,
    owner: ownerOf(tags),
    order: tags['kontena:order'],
    token: tags['kontena:token'],
    userData: Buffer.from(osProfile.customData, 'base64'),
  }
}

function stateOf(state: string, power: string | undefined): MachineState {
  if (state === 'Deleting') return 'going'
  if (state === 'Failed') return 'failed'
  if (state === 'Creating') return 'pending'
  return power === 'stopped' || power === 'deallocated' ? 'stopped' : 'running'
}

function ownerOf(tags: Readonly<Record<string, string>>): Owner | undefined {
  const { 'kontena:master': master, 'kontena:grid': grid } = tags
  return master === undefined || grid === undefined ? undefined : { master, grid }
}

function thingsOf({ azure: cloud }: Sandbox): readonly TrueThing[] {
  const kinds = {
    'resource group': cloud.resourceGroups(),
    interface: cloud.networkInterfaces(),
    'public address': cloud.publicAddresses(),
    disk: cloud.disks(),
    'security group': cloud.securityGroups(),
    'application group': cloud.applicationGroups(),
    network: cloud.virtualNetworks(),
  }
  return Object.entries(kinds).flatMap(([kind, things]) =>
    [...things].map((thing) => ({
      kind,
      id: thing.id,
      name: thing.name,
      owner: ownerOf(thing.tags),
      details: 'rules' in thing ? JSON.stringify(thing.rules) : JSON.stringify(thing.tags),
    })),
  )
}

function rulesOf({ azure: cloud }: Sandbox, owner: Owner): readonly TrueRule[] {
  const own = cloud.securityGroups().filter(({ tags }) => {
    const found = ownerOf(tags)
    return found?.master === owner.master && found.grid === owner.grid
  })
  return own.flatMap(({ rules }) =>
    rules
      .filter(({ access }) => access === 'Allow')
      .map((rule): TrueRule => {
        const [first, last = first] = (rule.destinationPortRange ?? '').split('-').map(Number)
        const isEsp = rule.protocol === 'Esp'
        return {
          protocol: isEsp ? 'esp' : rule.protocol === 'Udp' ? 'udp' : 'tcp',
          ports: isEsp || first === undefined || last === undefined ? undefined : [first, last],
          from: sourceOf(rule),
        }
      }),
  )
}

function sourceOf(rule: {
  readonly sourceAddressPrefix?: string | undefined
  readonly sourceAddressPrefixes?: readonly string[] | undefined
}): TrueRule['from'] {
  const ranges = [rule.sourceAddressPrefix ?? '', ...(rule.sourceAddressPrefixes ?? [])].filter(
    Boolean,
  )
  if (ranges.length === 0) return 'grid'
  return ranges.includes('*') ? ['0.0.0.0/0', '::/0'] : ranges
}

const foreignGroup = '/resourceGroups/of-somebody-else'

/** A group of our name that is not ours, and machines of our names in a group of their owner's. */
async function plantForeign(arm: ArmClient, owner: Owner, names: readonly string[]): Promise<void> {
  const name = sharedName(owner, location)
  const network = `${foreignGroup}/providers/Microsoft.Network/virtualNetworks/net`
  await arm.put(foreignGroup, { location })
  await arm.put(`/resourceGroups/${name}`, { location })
  await arm.put(network, {
    location,
    properties: {
      addressSpace: { addressPrefixes: ['10.0.0.0/16'] },
      subnets: [{ name: 'a', properties: { addressPrefix: '10.0.0.0/24' } }],
    },
  })
  for (const node of names) await plantMachine(arm, { node, network })
}

async function plantMachine(
  arm: ArmClient,
  { node, network }: { node: string; network: string },
): Promise<void> {
  const subscription = `/subscriptions/${process.env.AZURE_SUBSCRIPTION_ID}`
  const nic = `${foreignGroup}/providers/Microsoft.Network/networkInterfaces/${node}-nic`
  await arm.put(nic, {
    location,
    properties: {
      ipConfigurations: [
        { name: 'a', properties: { subnet: { id: `${subscription}${network}/subnets/a` } } },
      ],
    },
  })
  const [publisher, offer, sku] = ['Canonical', 'ubuntu-24_04-lts', 'server']
  const keyData =
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGRyqhmCTEFqGNYrFrIiBMCUCLBCaW5Jm3F4PbYpGJyC other'
  await arm.send('PUT', `${foreignGroup}/providers/Microsoft.Compute/virtualMachines/${node}`, {
    location,
    tags: { 'kontena:node': node },
    properties: {
      hardwareProfile: { vmSize: 'Standard_B2s' },
      storageProfile: {
        imageReference: { publisher, offer, sku, version: 'latest' },
        osDisk: { createOption: 'FromImage' },
      },
      osProfile: {
        computerName: node,
        adminUsername: 'somebody',
        linuxConfiguration: {
          disablePasswordAuthentication: true,
          ssh: { publicKeys: [{ path: '/home/somebody/.ssh/authorized_keys', keyData }] },
        },
      },
      networkProfile: { networkInterfaces: [{ id: `${subscription}${nic}` }] },
    },
  })
}

async function bringAbout(
  incident: Incident,
  { sandbox, arm }: { sandbox: Sandbox; arm: ArmClient },
): Promise<void> {
  const { faults, azure: cloud } = sandbox
  switch (incident.kind) {
    case 'no-capacity': {
      const { zone, room } = incident
      const there = machinesOf(sandbox).filter(
        (one) => one.zone === zone && ['pending', 'running'].includes(one.state),
      )
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
      const code = 'InUseNetworkSecurityGroupCannotBeDeleted'
      const action = 'networkSecurityGroups.delete'
      faults.add({ kind: 'error', action, code, times: incident.times })
      return
    }
    case 'shared-vanished':
      for (const { name } of cloud.resourceGroups()) {
        await arm.send('DELETE', `/resourceGroups/${name}`)
      }
  }
}

/** Each call of the kit that counts here makes one machine. */
function armQuota({ faults }: Sandbox, room: number): void {
  const action = 'deployments.createOrUpdate'
  const refuseAll = (): void => {
    faults.add({ kind: 'error', action, code: 'QuotaExceeded' })
  }
  if (room === 0) {
    refuseAll()
    return
  }
  let left = room
  faults.add({
    kind: 'after-commit',
    action,
    times: room,
    hook: () => {
      left -= 1
      if (left === 0) refuseAll()
    },
  })
}
