import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lab, openLab } from './lab.ts'
import { create, noTraces, plain, traces, transcript } from './transcript.ts'

const command = join(import.meta.dirname, '../../dist/kontena.cjs')
let lab: Lab

beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab.close())

describe('a disk that takes no journal', () => {
  it('stops the order before anything is spent, where it is full', async () => {
    // The configuration learns the master's id, so that only the journal is still to be written.
    await lab.kontena(['aws', 'node', 'list'])
    // No file may grow, which is what a full disk does to a journal.
    const words = [process.execPath, command, ...create('web')]
    const { exitCode, stderr } = await execa(
      'sh',
      ['-c', 'ulimit -f 0; exec "$@"', 'sh', ...words],
      {
        env: lab.environment,
        extendEnv: false,
        reject: false,
        stdin: 'ignore',
      },
    )
    expect(plain(lab, `exit ${exitCode}\n${stderr}`)).toMatchInlineSnapshot(`
      "exit 1
       [error] the order's journal FOLDER/home/orders/ORDER.jsonl cannot be kept: EFBIG
      hint: make room on that disk or set KONTENA_HOME to a folder that can be written"
    `)
    expect(await traces(lab)).toEqual(noTraces)
  })

  it('stops it too where the folder cannot be made', async () => {
    const file = join(lab.folder, 'a-file')
    writeFileSync(file, '')
    const env = { KONTENA_HOME: file }
    expect(await transcript(lab, [{ words: create('web'), env }])).toMatchInlineSnapshot(`
      "$ KONTENA_HOME=FOLDER/a-file kontena aws node create web
      exit 1
       [error] the order's journal FOLDER/a-file/orders/ORDER.jsonl cannot be kept: ENOTDIR
      hint: make room on that disk or set KONTENA_HOME to a folder that can be written"
    `)
    expect(await traces(lab)).toEqual(noTraces)
  })
})
