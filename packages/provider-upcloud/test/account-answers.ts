import type { Owner } from '@kontena/core'
import { order } from './orders.ts'
import type { UpcloudStub } from './upcloud-stub.ts'

export const ubuntu = {
  uuid: '01000000-0000-4000-8000-000030240200',
  title: 'Ubuntu Server 24.04 LTS (Noble Numbat)',
  type: 'template',
  template_type: 'cloud-init',
  access: 'public',
  state: 'online',
  size: 4,
}

const plan = {
  name: '1xCPU-2GB',
  core_number: 1,
  memory_amount: 2048,
  storage_size: 50,
  storage_tier: 'maxiops',
}

/** Answers of an account with room, in which there is nothing yet. */
export function answerUsualAccount(stub: UpcloudStub): void {
  stub.answer('GET /account', { body: { account: accountOf() } })
  stub.answer('GET /account/details/anna', { error: 'ACTION_FORBIDDEN', status: 403 })
  stub.answer('GET /zone', {
    body: {
      zones: {
        zone: [
          { id: 'fi-hel1', description: 'Helsinki #1', public: 'yes' },
          { id: 'de-fra1', description: 'Frankfurt #1', public: 'yes' },
          { id: 'fi-acm1', description: 'Of a customer', public: 'no' },
        ],
      },
    },
  })
  stub.answer('GET /plan', { body: { plans: { plan: [plan] } } })
  stub.answer('GET /price', {
    body: {
      prices: {
        currency: 'EUR',
        zone: [{ name: 'fi-hel1', 'server_plan_1xCPU-2GB': { amount: 1, price: 1.9345 } }],
      },
    },
  })
  stub.answer('GET /storage/template', { body: { storages: { storage: [ubuntu] } } })
  stub.answer('GET /storage/private', { body: { storages: { storage: [] } } })
  stub.answer('GET /network/', { body: { networks: { network: [] } } })
  stub.answer('GET /server/', { body: { servers: { server: [] } } })
  stub.answer('GET /ip_address', { body: { ip_addresses: { ip_address: [] } } })
}

export function accountOf(changes: Readonly<Record<string, unknown>> = {}) {
  return {
    username: 'anna',
    credits: 5000,
    resource_limits: {
      cores: 10,
      memory: 20_480,
      public_ipv4: 10,
      networks: 5,
      storage_maxiops: 1000,
    },
    ...changes,
  }
}

/** A server of ours as lists have it. */
export function serverOf(
  owner: Owner,
  changes: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    uuid: serverId,
    title: 'web-1',
    hostname: 'web-1',
    zone: 'fi-hel1',
    plan: '1xCPU-2GB',
    state: 'started',
    core_number: '1',
    memory_amount: '2048',
    labels: { label: labelsOf({ ...ownership(owner), order, token: 'token-1', node: 'web-1' }) },
    ...changes,
  }
}

export function networkOf(
  owner: Owner | undefined,
  changes: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    uuid: networkId,
    name: 'kontena-demo',
    type: 'private',
    zone: 'fi-hel1',
    labels: owner === undefined ? [] : labelsOf(ownership(owner)),
    ip_networks: { ip_network: [{ address: '172.16.0.0/22', family: 'IPv4', dhcp: 'yes' }] },
    servers: { server: [] },
    ...changes,
  }
}

export const serverId = '00798b85-efdc-41ca-8021-f6ef457b8531'
export const diskId = '01350eec-6ebf-4418-abe4-e8bb1d5c9643'
export const networkId = '036df3d0-8629-4549-984e-dc86fc3fa1b0'

function ownership({ master, grid }: Owner) {
  return { master, grid }
}

function labelsOf(values: Readonly<Record<string, string>>) {
  return Object.entries(values).map(([key, value]) => ({ key: `kontena-${key}`, value }))
}
