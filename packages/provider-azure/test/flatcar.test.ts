import type { ProviderSession } from '@kontena/core'
import { type Sandbox, startSandbox } from '@kontena/sandbox'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { useEnvironment } from './azure-environment.ts'
import { batchOf, call, newOwner, openSession, orderOf, patience, prepare } from './orders.ts'

const flatcar = { image: 'flatcar' }

let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox({ bootTime: 0, agents: 'none' })
})
afterAll(async () => {
  await sandbox.close()
})
beforeEach(() => useEnvironment(sandbox.environment()))
afterEach(() => {
  sandbox.faults.clear()
  vi.unstubAllEnvs()
})

async function preflight(machine: Readonly<Record<string, unknown>>) {
  const session = await openSession({ machine })
  return await session.preflight(orderOf(newOwner()), call)
}

async function createOne(session: ProviderSession) {
  const owner = newOwner()
  const { shared } = await prepare(session, orderOf(owner))
  return await session.create(batchOf(owner, shared, { names: ['web-1'] }), call)
}

test.each([
  ['Standard_B2s', 'kinvolk:flatcar-container-linux-corevm-amd64:stable-gen2:4459.2.0'],
  ['Standard_B2pts_v2', 'kinvolk:flatcar-container-linux-corevm:stable:4459.2.0'],
])('Flatcar for %s is an image without terms, and reads Ignition', async (size, urn) => {
  const planned = await preflight({ ...flatcar, size })
  expect(planned.facts).toMatchObject({ image: urn, user: 'core' })
  expect(planned.format).toBe('ignition')
  expect(planned.warnings).toEqual([])
})

test('whatever its publisher offers is Flatcar, and nothing else is', async () => {
  const imageUrn = 'Kinvolk:flatcar-container-linux-corevm-amd64:stable-gen2'
  expect((await preflight({ imageUrn })).format).toBe('ignition')
  expect((await preflight({})).format).toBe('cloud-config')
})

test('the administrator of Flatcar is the user that it comes with', async () => {
  const { machines } = await createOne(await openSession({ machine: flatcar }))
  expect(machines).toHaveLength(1)
  await vi.waitFor(() => {
    const [machine] = sandbox.azure.virtualMachines()
    expect(machine).toMatchObject({ adminUsername: 'core', computerName: 'web-1' })
    expect(machine?.image).toMatch(/^kinvolk:/)
  }, patience)
})

test('another user for Flatcar is refused', async () => {
  await expect(preflight({ ...flatcar, user: 'ops' })).rejects.toMatchObject({
    code: 'BAD_OPTIONS',
    message: '--user ops cannot be the user of Flatcar',
  })
  expect((await preflight({ ...flatcar, user: 'core' })).facts).toMatchObject({ user: 'core' })
})

test('an image with terms is planned with the command that accepts them, which a refusal repeats', async () => {
  const imageUrn = 'kinvolk:flatcar-container-linux-free:stable-gen2'
  const accept = `az vm image terms accept --urn ${imageUrn}:4459.2.0`
  expect((await preflight({ imageUrn })).warnings).toEqual([expect.stringContaining(accept)])
  sandbox.faults.add({
    kind: 'error',
    action: 'deployments.createOrUpdate',
    code: 'MarketplacePurchaseEligibilityFailed',
  })
  const session = await openSession({ machine: { imageUrn } })
  await expect(createOne(session)).rejects.toMatchObject({
    code: 'ACCOUNT_NOT_READY',
    hint: `run ${accept}, then repeat the command`,
  })
})
