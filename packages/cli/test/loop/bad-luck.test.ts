import { describe, it } from 'vitest'
import { type Lab, openLab } from './lab.ts'
import { create, nothingLeft, traces, transcript } from './transcript.ts'

/** Each test breaks its own cloud. */
async function withLab(
  work: (lab: Lab) => Promise<void>,
  options: Parameters<typeof openLab>[0] = {},
): Promise<void> {
  const lab = await openLab(options)
  try {
    await work(lab)
  } finally {
    await lab.close()
  }
}

describe('a cloud without room', { timeout: 60_000 }, () => {
  it.concurrent('in one zone gives the machines of that zone to the others', ({ expect }) =>
    withLab(async (lab) => {
      lab.sandbox.faults.add({ kind: 'no-capacity', zone: 'eu-west-1b' })
      expect(await transcript(lab, [create('web', '--count', '3')])).toContain('exit 0')
      const zones = lab.sandbox.ec2.instances().map(({ zone }) => zone)
      expect(new Set(zones)).toEqual(new Set(['eu-west-1a', 'eu-west-1c']))
      const nodes = await lab.master.nodes(lab.grid)
      const labelled = nodes.flatMap(({ labels }) => labels.filter((it) => it.startsWith('az=')))
      expect(labelled.sort()).toEqual(zones.map((zone) => `az=${zone}`).sort())
    }))

  it.concurrent('in every zone leaves nothing', ({ expect }) =>
    withLab(async (lab) => {
      lab.sandbox.faults.add({ kind: 'no-capacity' })
      expect(await transcript(lab, [create('web', '--count', '3')])).toMatchInlineSnapshot(`
        "$ kontena aws node create web --count 3
        exit 1
         [warn] web-1: AWS has no room left for 1 t3.small machine in eu-west-1a
         [warn] web-2: AWS has no room left for 1 t3.small machine in eu-west-1b
         [warn] web-3: AWS has no room left for 1 t3.small machine in eu-west-1c
         [error] none of 3 nodes came online; nothing is left behind
        hint: use another --zone or --type, or repeat later"
      `)
      expect(await traces(lab)).toMatchObject(nothingLeft)
    }))

  it.concurrent('for all makes as many as there is room for, and says so', ({ expect }) =>
    withLab(async (lab) => {
      lab.sandbox.faults.add({ kind: 'no-capacity', after: 1 })
      expect(await transcript(lab, [create('web', '--count', '5')])).toMatchInlineSnapshot(`
        "$ kontena aws node create web --count 5
        exit 4
         [warn] web-4, web-5: AWS has no room left for 2 t3.small machines in eu-west-1c
         [error] 3 of 5 nodes came online; nothing is left of the others
        hint: use another --zone or --type, or repeat later"
      `)
      const { machines, nodes, orders } = await traces(lab)
      expect({ machines: machines.length, nodes: nodes.length, orders }).toEqual({
        machines: 3,
        nodes: 3,
        orders: [],
      })
    }))

  it.concurrent('by the quota of the account leaves nothing', ({ expect }) =>
    withLab(
      async (lab) => {
        expect(await transcript(lab, [create('web', '--count', '3')])).toMatchInlineSnapshot(`
          "$ kontena aws node create web --count 3
          exit 1
           [warn] web-1: a limit of the account is reached for 1 t3.small machine in eu-west-1a (VcpuLimitExceeded)
           [warn] web-2: a limit of the account is reached for 1 t3.small machine in eu-west-1b (VcpuLimitExceeded)
           [warn] web-3: a limit of the account is reached for 1 t3.small machine in eu-west-1c (VcpuLimitExceeded)
           [error] none of 3 nodes came online; nothing is left behind
          hint: ask for a higher limit under Service Quotas in the AWS console, or for fewer or smaller machines"
        `)
        expect(await traces(lab)).toMatchObject(nothingLeft)
      },
      { vcpuLimit: 1 },
    ))
})

describe('a cloud that answers badly', { timeout: 60_000 }, () => {
  it.concurrent('by throttling and errors is asked again', ({ expect }) =>
    withLab(async (lab) => {
      lab.sandbox.faults.add({ kind: 'throttle', times: 2 })
      lab.sandbox.faults.add({ kind: 'error', code: 'InternalError', status: 500, times: 1 })
      lab.sandbox.faults.add({ kind: 'reset', times: 1, action: 'CreateSecurityGroup' })
      lab.sandbox.faults.add({ kind: 'throttle', times: 1, action: 'RunInstances' })
      expect(await transcript(lab, [create('web', '--zone', 'a')])).toContain('exit 0')
      const { machines, nodes } = await traces(lab)
      expect({ machines: machines.length, nodes }).toEqual({ machines: 1, nodes: ['web'] })
    }))

  it.concurrent('after it made the machines makes none twice', ({ expect }) =>
    withLab(async (lab) => {
      lab.sandbox.faults.add({ kind: 'timeout-after-commit', action: 'RunInstances', times: 1 })
      const words = create('web', '--count', '2', '--zone', 'a')
      expect(await transcript(lab, [words])).toContain('exit 0')
      expect(lab.sandbox.calls.count('RunInstances')).toBeGreaterThan(1)
      expect((await traces(lab)).machines).toHaveLength(2)
    }))

  it.concurrent('by showing machines 3 s late is waited for', ({ expect }) =>
    withLab(
      async (lab) => {
        expect(await transcript(lab, [create('web', '--count', '2')])).toContain('exit 0')
        expect((await traces(lab)).nodes).toEqual(['web-1', 'web-2'])
      },
      { consistencyDelay: 3_000 },
    ))
})

describe('a machine that does not become a node', { timeout: 60_000 }, () => {
  it.concurrent('as the cloud ended it is told with the reason', ({ expect }) =>
    withLab(async (lab) => {
      lab.sandbox.faults.add({ kind: 'boot-failure' })
      expect(await transcript(lab, [create('web')])).toMatchInlineSnapshot(`
        "$ kontena aws node create web
        exit 1
         [fail] machine i-ID of web is gone: Server.InternalError: Internal error on launch
        hint: it ended before it was a node: try again, or in another zone
         [error] machine i-ID of web is gone: Server.InternalError: Internal error on launch; nothing is left behind
        hint: it ended before it was a node: try again, or in another zone"
      `)
      expect(await traces(lab)).toMatchObject(nothingLeft)
    }))

  it.concurrent('as it never enrols shows its console, and goes', ({ expect }) =>
    withLab(async (lab) => {
      lab.sandbox.faults.add({ kind: 'boot-console', text: 'Booting\ncloud-init: no network\n' })
      expect(await transcript(lab, [create('web', '--timeout', '5s')])).toMatchInlineSnapshot(`
        "$ kontena aws node create web --timeout 5s
        exit 1
         [fail] web stayed running for 5 s
        hint: the machine runs but did not enrol: it may not reach MASTER, or did not finish booting
        web | Booting
        web | cloud-init: no network
         [error] web stayed running for 5 s; nothing is left behind
        hint: the machine runs but did not enrol: it may not reach MASTER, or did not finish booting"
      `)
      expect(await traces(lab)).toMatchObject(nothingLeft)
    }))

  it.concurrent('stays where that is asked for', ({ expect }) =>
    withLab(async (lab) => {
      lab.sandbox.faults.add({ kind: 'boot-console', text: 'no network\n' })
      const words = create('web', '--timeout', '2s', '--on-failure', 'keep')
      expect(await transcript(lab, [words])).toMatchInlineSnapshot(`
        "$ kontena aws node create web --timeout 2s --on-failure keep
        exit 5
         [fail] web stayed starting for 2 s
        hint: the cloud has not started the machine; see its console
        web | no network
         [error] the node did not come online; kept as asked: web
        hint: kontena aws node terminate web"
      `)
      const { machines, nodes } = await traces(lab)
      expect({ machines: machines.length, nodes }).toEqual({ machines: 1, nodes: ['web'] })
    }))

  it.concurrent('leaves the others as they are', ({ expect }) =>
    withLab(async (lab) => {
      lab.sandbox.faults.add({ kind: 'boot-console', zone: 'eu-west-1b', text: 'no network\n' })
      const words = create('web', '--count', '2', '--timeout', '5s')
      expect(await transcript(lab, [words])).toMatchInlineSnapshot(`
        "$ kontena aws node create web --count 2 --timeout 5s
        exit 4
         [fail] web-2 stayed running for 5 s
        hint: the machine runs but did not enrol: it may not reach MASTER, or did not finish booting
        web-2 | no network
         [error] 1 of 2 nodes came online; nothing is left of the others
        hint: the machine runs but did not enrol: it may not reach MASTER, or did not finish booting"
      `)
      expect((await traces(lab)).nodes).toEqual(['web-1'])
    }))
})
