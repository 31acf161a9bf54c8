import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { openKillingProxy } from './killing-proxy.ts'
import { describePermission, type MotoLab, openMotoLab } from './moto-lab.ts'
import { listInstances, type MotoMachines } from './moto-machines.ts'
import { ageJournals, orderFiles } from './order-files.ts'

const url = inject('motoUrl')
/** Moto knows no image parameters of today's systems; this image it does have. */
const ami = 'ami-12c6146b'
const create = ['aws', 'node', 'create', 'web', '--ami', ami]
const zones = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c']
const patience = { timeout: 30_000, interval: 100 }
const anHour = 3_600_000

describe.skipIf(url === undefined)('a life against moto, one command after the other', () => {
  let lab: MotoLab
  let machines: MotoMachines
  beforeAll(async () => {
    lab = await openMotoLab(url ?? '')
    machines = lab.boot()
  })
  afterAll(async () => lab.close())

  test('create ends with three nodes online, spread over zones and labelled', async () => {
    const flags = [
      '--count',
      '3',
      '--label',
      'tier=front',
      '--tag',
      'team=blue',
      '--open',
      '443/tcp',
    ]
    const made = await lab.kontena([...create, ...flags])
    expectExit(made, 0)
    const nodes = await lab.master.nodes(lab.grid)
    expect(nodes.map(({ name, status }) => `${name} ${status}`).toSorted()).toEqual([
      'web-1 online',
      'web-2 online',
      'web-3 online',
    ])
    expect(nodes.map(({ labels }) => zoneOf(labels)).toSorted()).toEqual(zones)
    for (const { labels } of nodes) {
      expect(labels).toEqual(
        expect.arrayContaining(['tier=front', 'provider=aws', 'region=eu-west-1', 'type=t3.small']),
      )
    }
    expect(orderFiles(lab)).toEqual([])
  })

  test('each node stands for the instance that its own machine reported, in the zone of its label', async () => {
    const nodes = await lab.master.nodes(lab.grid)
    const instances = await running(lab)
    expect(instances).toHaveLength(3)
    for (const { InstanceId: id, Placement } of instances) {
      const node = nodes.find(({ machine }) => machine?.id === id)
      expect(zoneOf(node?.labels ?? [])).toBe(Placement?.AvailabilityZone)
      const name = readFileSync(join(machines.booted.get(id ?? '')?.root ?? '', 'etc/kontena/name'))
      expect(String(name).trim()).toBe(node?.name)
    }
  })

  test('instances take no IMDSv1, volumes are encrypted, and both carry tags', async () => {
    const tags = {
      'kontena:master': lab.owner,
      'kontena:grid': lab.grid,
      'kontena:order': expect.stringMatching(/^[0-9A-Z]{26}$/),
      team: 'blue',
    }
    for (const instance of await running(lab)) {
      expect(instance.MetadataOptions).toMatchObject({
        HttpTokens: 'required',
        HttpPutResponseHopLimit: 1,
      })
      expect(tagsOf(instance)).toMatchObject(tags)
      expect(tagsOf(instance)).toMatchObject({ Name: expect.stringMatching(/^web-[123]$/) })
    }
    // Moto keeps no tags of interfaces that come with an instance, so only volumes are looked at.
    const volumes = await lab.volumes()
    expect(volumes).toHaveLength(3)
    for (const volume of volumes) {
      expect(volume).toMatchObject({ Encrypted: true, VolumeType: 'gp3', Size: 30 })
      expect(tagsOf({ Tags: volume.Tags })).toMatchObject(tags)
    }
  })

  test('the firewall admits the grid, the VPN, SSH and what was opened, and nothing else', async () => {
    const [group, ...others] = await lab.firewalls()
    expect(others).toEqual([])
    const id = group?.GroupId ?? ''
    const rules = (group?.IpPermissions ?? []).flatMap((rule) => describePermission(rule, id))
    expect(rules.toSorted()).toEqual([
      '50 from itself',
      'tcp 1194-1194 from 0.0.0.0/0',
      'tcp 1194-1194 from ::/0',
      'tcp 22-22 from 0.0.0.0/0',
      'tcp 22-22 from ::/0',
      'tcp 443-443 from 0.0.0.0/0',
      'tcp 443-443 from ::/0',
      'tcp 6783-6784 from itself',
      'udp 1194-1194 from 0.0.0.0/0',
      'udp 1194-1194 from ::/0',
      'udp 6783-6784 from itself',
    ])
    for (const { NetworkInterfaces } of await running(lab)) {
      const groups = NetworkInterfaces?.map(({ Groups }) => Groups?.map(({ GroupId }) => GroupId))
      expect(groups).toEqual([[id]])
    }
  })

  test('list shows nodes and machines side by side', async () => {
    const listed = await lab.kontena(['aws', 'node', 'list', '--json'])
    expectExit(listed, 0)
    const ids = (await running(lab)).map(({ InstanceId }) => InstanceId)
    const rows = z
      .array(z.looseObject({ name: z.string(), machine: z.string() }))
      .parse(JSON.parse(listed.stdout))
    expect(rows.map(({ machine }) => machine).toSorted()).toEqual(ids.toSorted())
    for (const row of rows) {
      expect(row).toMatchObject({ status: 'online', state: 'running', type: 't3.small' })
    }
  })

  test('restart waits until the agent of that machine has connected anew', async () => {
    const before = await lab.master.node(lab.grid, 'web-2')
    const restart = lab.kontena(['aws', 'node', 'restart', 'web-2', '--json'])
    for await (const line of restart.iterable()) {
      // Moto takes note of a reboot and does none, so the machine is told here.
      if (line.includes('"starting"')) {
        await machines.booted.get(before.machine?.id ?? '')?.restart()
      }
    }
    expectExit(await restart, 0)
    const after = await lab.master.node(lab.grid, 'web-2')
    expect(after).toMatchObject({ status: 'online', machine: before.machine })
    expect(after.connected_at).not.toBe(before.connected_at)
  })

  test('terminate takes one node away, and with the last ones the firewall', async () => {
    const one = await lab.kontena(['aws', 'node', 'terminate', 'web-2', '--force'])
    expectExit(one, 0)
    expect(await running(lab)).toHaveLength(2)
    expect(await lab.firewalls()).toHaveLength(1)
    const others = await lab.kontena(['aws', 'node', 'terminate', 'web-1', 'web-3', '--force'])
    expectExit(others, 0)
    await expectNothingLeft(lab)
    await vi.waitFor(() => expect(machines.booted.size).toBe(0), patience)
  })
})

describe.skipIf(url === undefined)('an order against moto that goes wrong', () => {
  test('machines that never boot are rolled back, and nothing is left', async () => {
    const lab = await openLab()
    const failed = await lab.kontena([...create, '--count', '2', '--timeout', '3s'])
    expectExit(failed, 1)
    expect(failed.stderr).toContain('web-1')
    expect(failed.stderr).toContain('nothing is left')
    const instances = await listInstances(lab.ec2, lab.owner)
    expect(instances.map(({ State }) => State?.Name)).toEqual(['terminated', 'terminated'])
    await expectNothingLeft(lab)
  })

  test('machines of a killed create that join are kept by the next command', async () => {
    const lab = await openLab()
    await killAtRunInstances(lab)
    lab.boot()
    await vi.waitFor(
      async () => expect(await onlineNodes(lab)).toEqual(['web-1', 'web-2']),
      patience,
    )
    ageJournals(lab, anHour)
    const next = await lab.kontena(['aws', 'node', 'list'])
    expectExit(next, 0)
    expect(orderFiles(lab)).toEqual([])
    const ids = (await running(lab)).map(({ InstanceId }) => InstanceId)
    const nodes = await lab.master.nodes(lab.grid)
    expect(nodes.map(({ machine }) => machine?.id).toSorted()).toEqual(ids.toSorted())
    const gone = await lab.kontena(['aws', 'node', 'terminate', 'web-1', 'web-2', '--force'])
    expectExit(gone, 0)
    await expectNothingLeft(lab)
  })

  test('machines of a killed create that never join are taken away once their time is up', async () => {
    const lab = await openLab()
    await killAtRunInstances(lab)
    const early = await lab.kontena(['aws', 'node', 'list'])
    expectExit(early, 0)
    expect(orderFiles(lab)).toHaveLength(1)
    expect(await running(lab)).toHaveLength(2)
    ageJournals(lab, anHour)
    const late = await lab.kontena(['aws', 'node', 'list'])
    expectExit(late, 0)
    await expectNothingLeft(lab)
  })
})

/** What the command said is shown where it ended otherwise. */
function expectExit(ended: { exitCode?: number; stderr: string }, code: number): void {
  expect(ended.exitCode, ended.stderr).toBe(code)
}

async function openLab(): Promise<MotoLab> {
  const lab = await openMotoLab(url ?? '')
  onTestFinished(() => lab.close())
  return lab
}

/** Two machines of one batch were made, and nobody was left to hear of it. */
async function killAtRunInstances(lab: MotoLab): Promise<void> {
  const proxy = await openKillingProxy(url ?? '')
  onTestFinished(() => proxy.close())
  const words = [...create, '--count', '2', '--zone', 'eu-west-1a']
  const command = lab.kontena(words, { AWS_ENDPOINT_URL_EC2: proxy.url })
  proxy.trap = {
    matches: ({ body }) => body.includes('Action=RunInstances&') && !body.includes('DryRun=true'),
    moment: 'after',
    kill: () => command.kill('SIGKILL'),
  }
  expect(await command).toMatchObject({ signal: 'SIGKILL' })
  expect(await running(lab)).toHaveLength(2)
}

async function running(lab: MotoLab) {
  const instances = await listInstances(lab.ec2, lab.owner)
  return instances.filter(({ State }) => State?.Name === 'running')
}

async function onlineNodes(lab: MotoLab): Promise<string[]> {
  const nodes = await lab.master.nodes(lab.grid)
  return nodes
    .filter(({ status }) => status === 'online')
    .map(({ name }) => name)
    .toSorted()
}

async function expectNothingLeft(lab: MotoLab): Promise<void> {
  expect(await running(lab)).toEqual([])
  expect(await lab.volumes()).toEqual([])
  expect(await lab.firewalls()).toEqual([])
  expect(await lab.master.nodes(lab.grid)).toEqual([])
  expect(orderFiles(lab)).toEqual([])
}

function zoneOf(labels: readonly string[]): string | undefined {
  return labels.find((label) => label.startsWith('az='))?.slice('az='.length)
}

function tagsOf({ Tags = [] }: { Tags?: readonly { Key?: string; Value?: string }[] | undefined }) {
  return Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]))
}
