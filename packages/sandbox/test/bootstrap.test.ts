import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { renderBootstrap } from '@kontena/core'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { openSandbox as openAzure } from './arm/open.ts'
import { machine, makeMachine, makeNetwork } from './arm/things.ts'
import { openSandbox as openDigitalocean, small } from './digitalocean/open.ts'
import { openSandbox, run } from './ec2/open.ts'
import { makeServer, openSandbox as openUpcloud } from './upcloud/open.ts'

const bundleFile = fileURLToPath(import.meta.resolve('@kontena/agent/bundle'))
const isBuilt = existsSync(bundleFile)
if (!isBuilt)
  process.stdout.write(`skipped: the real agent does not boot, for ${bundleFile} is not built\n`)

const enrolment = z.object({
  secret: z.string(),
  name: z.string(),
  nodeToken: z.string(),
  machine: z.object({
    provider: z.string(),
    account: z.string(),
    region: z.string(),
    id: z.string(),
    order: z.string(),
  }),
  hostKeys: z.array(z.string()),
})

/** As much of a master as a booting machine meets. Turns down the agents themselves. */
async function openMaster() {
  const bundle = readFileSync(bundleFile)
  const sha256 = createHash('sha256').update(bundle).digest('hex')
  const enrolled: z.output<typeof enrolment>[] = []
  const tokens = new Set<string>()
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    if (request.method === 'POST' && request.url === '/v1/enrol') {
      const body = Buffer.concat(await request.toArray()).toString('utf8')
      enrolled.push(enrolment.parse(JSON.parse(body)))
      return response.writeHead(204).end()
    }
    const isBundle = request.url === `/v1/agent/bundle/${sha256}`
    return response.writeHead(isBundle ? 200 : 404).end(isBundle ? bundle : undefined)
  }
  const server = createServer((request, response) => void answer(request, response))
  server.on('upgrade', (request, socket) => {
    tokens.add(String(request.headers['kontena-node-token']))
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port }: Pick<AddressInfo, 'port'> = z.object({ port: z.number() }).parse(server.address())
  return { url: `http://127.0.0.1:${port}`, sha256, enrolled, tokens }
}

describe.skipIf(!isBuilt)('the real bootstrap', () => {
  test.each(['process', 'shared'] as const)(
    'enrols each machine of a batch under its name and starts its agent (%s)',
    async (agents) => {
      const master = await openMaster()
      const { ec2, sandbox } = await openSandbox({ agents })
      const names = ['web-1', 'web-2', 'web-3']
      const userData = renderBootstrap({
        names,
        identity: { launchIndex: 'ds.meta_data.ami_launch_index' },
        master: { url: master.url, ca: undefined, agentBundle: master.sha256 },
        enrolment: { secret: 'the-secret', order: '01ORDER' },
        provider: 'aws',
        account: { id: '123456789012', region: 'eu-west-1' },
        agent: { runtime: 'docker.io/library/node:22' },
        sshKeys: [],
        limit: { bytes: 16_384, gzip: true },
      })
      const UserData = Buffer.from(userData).toString('base64')
      const { ids } = await run(ec2, { MinCount: names.length, UserData })
      await vi.waitFor(() => expect(master.tokens.size).toBe(3), { timeout: 20_000, interval: 50 })

      const enrolled = master.enrolled.toSorted((a, b) => a.name.localeCompare(b.name))
      expect(enrolled.map(({ name, machine }) => [name, machine.id])).toEqual(
        names.map((name, index) => [name, ids[index]]),
      )
      expect(new Set(enrolled.map(({ nodeToken }) => nodeToken))).toEqual(master.tokens)
      expect(enrolled[0]).toMatchObject({
        secret: 'the-secret',
        machine: {
          provider: 'aws',
          account: '123456789012',
          region: 'eu-west-1',
          order: '01ORDER',
        },
        hostKeys: [expect.stringMatching(/^ssh-ed25519 AAAA\S+$/)],
      })
      expect(sandbox.ec2.instances()[0]?.console).toContain('enrolled as web-1')
    },
  )

  test.each([
    ['azure', azureId, bootVirtualMachines],
    ['digitalocean', undefined, bootDroplets],
    ['upcloud', undefined, bootServers],
  ] as const)(
    'enrols machines that know their own names (%s)',
    async (provider, machineId, boot) => {
      const master = await openMaster()
      const names = ['web-1', 'web-2']
      const userData = Buffer.from(
        renderBootstrap({
          names,
          identity: { machineName: 'v1.local_hostname', machineId },
          master: { url: master.url, ca: undefined, agentBundle: master.sha256 },
          enrolment: { secret: 'the-secret', order: '01ORDER' },
          provider,
          account: { id: 'the-account', region: 'the-region' },
          agent: { runtime: 'docker.io/library/node:22' },
          sshKeys: [],
          limit: { bytes: 65_536, gzip: false },
        }),
      ).toString('utf8')
      const ids = await boot(names, userData)
      await vi.waitFor(() => expect(master.tokens.size).toBe(2), { timeout: 20_000, interval: 50 })
      const enrolled = master.enrolled.toSorted((a, b) => a.name.localeCompare(b.name))
      expect(enrolled.map(({ name, machine }) => [name, machine.id])).toEqual(
        names.map((name, index) => [name, ids[index]]),
      )
    },
  )
})

/** Where Azure keeps a machine, as its metadata service tells it. */
const azureId =
  '(ds.meta_data.imds.compute.resourceGroupName ~ "/" ~ ds.meta_data.imds.compute.name) | lower'

async function bootVirtualMachines(
  names: readonly string[],
  userData: string,
): Promise<readonly string[]> {
  const opened = await openAzure({ agents: 'process' })
  await makeNetwork(opened)
  const { osProfile } = machine('')
  const customData = Buffer.from(userData).toString('base64')
  return Promise.all(
    names.map(async (name) => {
      const system = { ...osProfile, computerName: name, customData }
      await makeMachine(opened, `${name}-x1`, { osProfile: system })
      return `grid/${name}-x1`
    }),
  )
}

async function bootDroplets(
  names: readonly string[],
  userData: string,
): Promise<readonly string[]> {
  const { client } = await openDigitalocean()
  const wanted = { ...small, names: [...names], user_data: userData }
  const { data } = await client.droplet.createDroplets(wanted)
  return data.droplets.map(({ id }) => String(id))
}

async function bootServers(names: readonly string[], userData: string): Promise<readonly string[]> {
  const opened = await openUpcloud()
  return Promise.all(names.map((hostname) => makeServer(opened, { hostname, user_data: userData })))
}
