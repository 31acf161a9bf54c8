import { describe, it } from 'vitest'
import { z } from 'zod'
import { type Lab, openLab } from './lab.ts'
import { create, plain, traces, transcript } from './transcript.ts'

async function withLab(work: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = await openLab()
  try {
    await work(lab)
  } finally {
    await lab.close()
  }
}

const replace = (name: string, ...more: string[]) => [
  ...['aws', 'node', 'replace', name, '--force'],
  ...more,
]
const plan = z.object({
  calls: z.array(z.string()),
  nodes: z.array(z.object({ name: z.string() })),
})

describe('aws node replace', { timeout: 60_000 }, () => {
  it.concurrent('gives a node another machine, under its name, number and labels', ({ expect }) =>
    withLab(async (lab) => {
      const two = create('web', '--count', '2', '--label', 'tier=front')
      expect(await lab.kontena(two)).toMatchObject({ exitCode: 0 })
      const before = await lab.master.node(lab.grid, 'web-1')
      const dry = await lab.kontena(replace('web-1', '--dry-run', '--json'))
      expect(plan.parse(JSON.parse(dry.stdout.trim().split('\n').at(-1) ?? ''))).toMatchObject({
        nodes: [{ name: 'web-1' }],
        calls: [
          `take away ${before.machine?.id}, the machine of web-1 so far`,
          expect.stringMatching(/^RunInstances in .*: web-1$/),
        ],
      })
      expect(await lab.master.node(lab.grid, 'web-1')).toMatchObject({ machine: before.machine })

      const { exitCode, stdout } = await lab.kontena(replace('web-1'))
      expect(exitCode).toBe(0)
      expect(plain(lab, stdout)).toMatch(
        /web-1: gone[\s\S]*web-1: online[\s\S]*1 node online in grid lab$/,
      )
      const after = await lab.master.node(lab.grid, 'web-1')
      expect(after).toMatchObject({
        status: 'online',
        node_number: before.node_number,
        labels: expect.arrayContaining(['tier=front', 'provider=aws']),
      })
      expect(after.machine?.id).not.toBe(before.machine?.id)
      expect(after.node_id).not.toBe(before.node_id)
      const left = await traces(lab)
      expect(left).toMatchObject({ nodes: ['web-1', 'web-2'], orders: [] })
      expect(left.machines).toHaveLength(2)
      expect(left.machines).not.toContain(before.machine?.id)
    }))

  it.concurrent('keeps the record where the new machine cannot be made, and says so', ({
    expect,
  }) =>
    withLab(async (lab) => {
      expect(await lab.kontena(create('web'))).toMatchObject({ exitCode: 0 })
      lab.sandbox.faults.add({ kind: 'no-capacity' })
      expect(await transcript(lab, [replace('web')])).toMatchInlineSnapshot(`
        "$ kontena aws node replace web --force
        exit 1
         [error] AWS has no room left for 1 t3.small machine in eu-west-1c; web keeps its record, and has no machine now
        hint: use another --zone or --type, or repeat later; then type the same command again"
      `)
      expect(await lab.master.node(lab.grid, 'web')).toMatchObject({ status: 'offline' })
      expect(await traces(lab)).toMatchObject({ nodes: ['web'], machines: [], orders: [] })
      lab.sandbox.faults.clear()
      expect((await lab.kontena(replace('web'))).exitCode).toBe(0)
      expect(await lab.master.node(lab.grid, 'web')).toMatchObject({ status: 'online' })
    }))

  it.concurrent('refuses what it cannot replace, and asks first', ({ expect }) =>
    withLab(async (lab) => {
      await lab.master.createNode(lab.grid, { name: 'byhand' })
      await lab.master.createNode(lab.grid, { name: 'droplet', labels: ['provider=digitalocean'] })
      const told = await transcript(lab, [
        replace('nobody'),
        replace('byhand'),
        replace('droplet'),
        replace('byhand', '--count', '2'),
        ['aws', 'node', 'replace'],
      ])
      expect(told).toMatchInlineSnapshot(`
        "$ kontena aws node replace nobody --force
        exit 1
         [error] grid lab has no node named nobody
        hint: kontena node list --grid lab

        $ kontena aws node replace byhand --force
        exit 2
         [error] byhand has no machine that a provider made
        hint: use: kontena node replace byhand --grid lab

        $ kontena aws node replace droplet --force
        exit 2
         [error] droplet was made by digitalocean, not by aws
        hint: use: kontena digitalocean node replace droplet --grid lab

        $ kontena aws node replace byhand --force --count 2
        exit 2
        ERROR: Unrecognised option '--count'

        See: 'kontena aws node replace --help'

        $ kontena aws node replace
        exit 2
        ERROR: parameter 'NAME': no value provided

        See: 'kontena aws node replace --help'"
      `)
      expect(await lab.kontena(create('web'))).toMatchObject({ exitCode: 0 })
      const { machines } = await traces(lab)
      const unasked = await lab.kontena(['aws', 'node', 'replace', 'web'])
      expect(unasked).toMatchObject({ exitCode: 2 })
      expect(unasked.stderr).toContain('--force')
      expect(await traces(lab)).toMatchObject({ machines })
    }))
})
