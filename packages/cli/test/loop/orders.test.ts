import { describe, it } from 'vitest'
import { z } from 'zod'
import { type Lab, openLab } from './lab.ts'
import { orderFiles } from './order-files.ts'
import { create, noTraces, nothingLeft, plain, traces, transcript } from './transcript.ts'

async function withLab(work: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = await openLab()
  try {
    await work(lab)
  } finally {
    await lab.close()
  }
}

const plan = z.object({
  nodes: z.array(z.object({ name: z.string(), zone: z.string(), labels: z.array(z.string()) })),
  calls: z.array(z.string()),
})
const outcome = z.object({
  type: z.literal('outcome'),
  online: z.array(z.object({ name: z.string() })),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
})

function linesOf(stdout: string): unknown[] {
  return stdout.split('\n').map((line) => JSON.parse(line))
}

describe('node create', { timeout: 60_000 }, () => {
  it.concurrent('--dry-run spends nothing and says what the run then does', ({ expect }) =>
    withLab(async (lab) => {
      const words = create('web', '--count', '4', '--label', 'tier=front')
      const dry = await lab.kontena([...words, '--dry-run', '--json'])
      expect(await traces(lab)).toEqual(noTraces)
      const planned = plan.parse(linesOf(dry.stdout).at(-1))
      expect(await lab.kontena(words)).toMatchObject({ exitCode: 0 })
      const nodes = await lab.master.nodes(lab.grid)
      expect(nodes.map(({ name, labels }) => ({ name, labels }))).toEqual(
        planned.nodes.map(({ name, labels }) => ({ name, labels })),
      )
      const zones = new Map(lab.sandbox.ec2.instances().map(({ id, zone }) => [id, zone]))
      expect(nodes.map(({ machine }) => zones.get(machine?.id ?? ''))).toEqual(
        planned.nodes.map(({ zone }) => zone),
      )
      const { calls } = await traces(lab)
      const made = calls.filter((call) => call !== 'CreateTags')
      expect(made).toEqual(planned.calls.map((call) => call.split(' ', 1)[0]))
    }))

  it.concurrent('--json writes lines of JSON, the last of them the outcome', ({ expect }) =>
    withLab(async (lab) => {
      const { exitCode, stdout } = await lab.kontena(create('web', '--json'))
      expect(exitCode).toBe(0)
      const lines = linesOf(stdout)
      expect(outcome.parse(lines.at(-1))).toMatchObject({ online: [{ name: 'web' }] })
      lab.sandbox.faults.add({ kind: 'no-capacity' })
      const failed = await lab.kontena(create('db', '--count', '2', '--json'))
      expect(failed.exitCode).toBe(1)
      expect(outcome.parse(linesOf(failed.stdout).at(-1))).toMatchObject({
        online: [],
        error: { code: 'NO_CAPACITY' },
      })
    }))

  it.concurrent('takes no name that is taken, and no more than the grid holds', ({ expect }) =>
    withLab(async (lab) => {
      await lab.master.createNode(lab.grid, { name: 'web' })
      const told = await transcript(lab, [create('web'), create('db', '--count', '254')])
      expect(told).toMatchInlineSnapshot(`
        "$ kontena aws node create web
        exit 1
         [error] a node named web is already in the grid
        hint: choose another name, or leave it out to get a random one

        $ kontena aws node create db --count 254
        exit 2
         [error] grid lab has room for 253 more nodes, not 254: its subnet 10.81.0.0/16 holds 254, as with 1.5; a grid with another subnet of that size holds more
        hint: lower --count, remove nodes, or make another grid with: kontena grid create NAME"
      `)
      expect(await traces(lab)).toEqual({ ...noTraces, nodes: ['web'] })
    }))

  it.concurrent('twice at once gives each machine a number of its own', ({ expect }) =>
    withLab(async (lab) => {
      const words = create('web', '--count', '2')
      const told = await Promise.all([lab.kontena(words), lab.kontena(words)])
      const said = told.map(({ stderr }) => stderr).join('')
      expect(
        told.map(({ exitCode }) => exitCode),
        said,
      ).toEqual([0, 0])
      const nodes = await lab.master.nodes(lab.grid)
      expect(nodes.map(({ name }) => name).sort()).toEqual(['web-1', 'web-2', 'web-3', 'web-4'])
      expect(new Set(nodes.map(({ machine }) => machine?.id)).size).toBe(4)
      expect((await traces(lab)).machines).toHaveLength(4)
    }))

  it.concurrent('that was killed is mentioned in one line until it is settled', ({ expect }) =>
    withLab(async (lab) => {
      const child = lab.kontena(create('web'))
      child.stdout?.on('data', (text: Buffer) => {
        if (text.toString().includes('web: starting')) child.kill('SIGKILL')
      })
      await child
      expect(orderFiles(lab)).toHaveLength(1)
      const { stderr } = await lab.kontena(['node', 'list'])
      expect(plain(lab, stderr)).toMatchInlineSnapshot(`
        " [warn] Order ORDER is open: machines may be left behind
        hint: kontena aws node list --grid lab"
      `)
      await expect
        .poll(async () => (await lab.master.nodes(lab.grid)).map(({ status }) => status), {
          timeout: 15_000,
        })
        .toEqual(['online'])
      await lab.kontena(['aws', 'node', 'list'])
      expect(orderFiles(lab)).toEqual([])
      expect((await traces(lab)).nodes).toEqual(['web'])
    }))

  it.concurrent('on a grid whose machines were all taken away starts anew', ({ expect }) =>
    withLab(async (lab) => {
      await lab.kontena(create('web'))
      await lab.kontena(['aws', 'node', 'terminate', 'web', '--force'])
      expect(await traces(lab)).toMatchObject(nothingLeft)
      expect(await transcript(lab, [create('web')])).toContain('exit 0')
    }))
})
