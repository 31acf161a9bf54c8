import { describe, it } from 'vitest'
import { type Lab, openLab } from './lab.ts'
import { orderFiles } from './order-files.ts'
import { create, nothingLeft, plain, terminate, traces } from './transcript.ts'

/** Types a command and presses Ctrl-C as soon as it has printed this. */
async function interrupt(
  lab: Lab,
  words: readonly string[],
  { at, times = 1 }: { at: string; times?: number },
): Promise<string> {
  const child = lab.kontena(words)
  let printed = ''
  let left = times
  child.stdout?.on('data', (text: Buffer) => {
    printed += text.toString()
    for (; left > 0 && printed.includes(at); left -= 1) {
      setTimeout(() => child.kill('SIGINT'), (times - left) * 300)
    }
  })
  const { exitCode, stderr } = await child
  return plain(lab, `exit ${exitCode}\n${stderr}`)
}

async function withLab(work: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = await openLab({ bootTime: 1_500 })
  try {
    await work(lab)
  } finally {
    await lab.close()
  }
}

describe('Ctrl-C during node create', { timeout: 60_000 }, () => {
  it.concurrent.for([
    'Checking account',
    'Registering nodes',
    'Preparing the firewall',
    'Starting machines',
    'web-1: starting',
    'Taking unfinished machines away',
  ])('at "%s" leaves nothing', (at, { expect }) =>
    withLab(async (lab) => {
      if (at.startsWith('Taking')) lab.sandbox.faults.add({ kind: 'boot-console', text: '\n' })
      const told = await interrupt(lab, create('web', '--count', '2', '--timeout', '2s'), { at })
      expect(told).toMatch(/^exit 130\n/)
      expect(await traces(lab)).toMatchObject(nothingLeft)
    }),
  )

  it.concurrent('says what it does, and what came of it', ({ expect }) =>
    withLab(async (lab) => {
      const words = create('web', '--count', '2')
      expect(await interrupt(lab, words, { at: 'web-1: starting' })).toMatchInlineSnapshot(`
        "exit 130
        Interrupted: settling order ORDER. Press Ctrl-C again to leave at once.
         [error] interrupted; none of 2 nodes came online, nothing is left behind"
      `)
    }))

  it.concurrent('twice leaves at once, and the next command takes all away', ({ expect }) =>
    withLab(async (lab) => {
      const words = create('web', '--count', '2')
      const told = await interrupt(lab, words, { at: 'web-1: starting', times: 2 })
      expect(told).toMatchInlineSnapshot(`
        "exit 130
        Interrupted: settling order ORDER. Press Ctrl-C again to leave at once."
      `)
      expect(orderFiles(lab)).toHaveLength(1)
      await lab.kontena(['aws', 'node', 'list'])
      const { nodes, machines } = await traces(lab)
      expect(machines).toHaveLength(nodes.length)
    }))
})

describe('Ctrl-C during node terminate', { timeout: 60_000 }, () => {
  it.concurrent('says how to go on, and the next command does', ({ expect }) =>
    withLab(async (lab) => {
      await lab.kontena(create('web'))
      expect(await interrupt(lab, terminate('web'), { at: 'terminating' })).toMatchInlineSnapshot(`
        "exit 5
         [error] interrupted while web was terminated
        hint: type the same command again; it goes on where it stopped"
      `)
      await lab.kontena(['aws', 'node', 'list'])
      expect(await traces(lab)).toMatchObject(nothingLeft)
    }))
})
