import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { chooseNodeId } from '../src/node-id.ts'
import { makeFolder } from './folder.ts'

const nothing = { given: undefined, docker: undefined }

describe('chooseNodeId', () => {
  it('prefers the id it is given, and keeps nothing', async () => {
    const stateFolder = makeFolder()

    const id = await chooseNodeId({ given: 'given', docker: 'docker', stateFolder })

    expect(id).toBe('given')
    expect(readdirSync(stateFolder)).toEqual([])
  })

  it("takes Docker's id and keeps it when Docker gets another one", async () => {
    const stateFolder = join(makeFolder(), 'made', 'when needed')

    expect(await chooseNodeId({ given: undefined, docker: 'first', stateFolder })).toBe('first')
    expect(await chooseNodeId({ given: undefined, docker: 'second', stateFolder })).toBe('first')
    expect(await chooseNodeId({ ...nothing, stateFolder })).toBe('first')
  })

  it('makes one up without Docker, for good', async () => {
    const stateFolder = makeFolder()

    const id = await chooseNodeId({ ...nothing, stateFolder })

    expect(id).toMatch(/^[0-9a-f-]{36}$/)
    expect(await chooseNodeId({ ...nothing, docker: 'later', stateFolder })).toBe(id)
    expect(await chooseNodeId({ ...nothing, stateFolder: makeFolder() })).not.toBe(id)
    expect(readFileSync(join(stateFolder, 'node-id'), 'utf8')).toBe(`${id}\n`)
    expect(statSync(join(stateFolder, 'node-id')).mode & 0o777).toBe(0o600)
  })

  it.each(['', 'two words\n', '\u0000'])(
    'makes another of a kept id that is %j',
    async (broken) => {
      const stateFolder = makeFolder()
      writeFileSync(join(stateFolder, 'node-id'), broken)

      expect(await chooseNodeId({ ...nothing, docker: 'docker', stateFolder })).toBe('docker')
    },
  )

  it('says what to do where it cannot keep an id', async () => {
    const stateFolder = join(makeFolder(), 'file')
    writeFileSync(stateFolder, '')

    await expect(chooseNodeId({ ...nothing, stateFolder })).rejects.toThrow(
      /cannot be kept in .*file: give a folder in KONTENA_STATE_DIR, or an id in KONTENA_NODE_ID/,
    )
    expect(await chooseNodeId({ ...nothing, docker: 'docker', stateFolder })).toBe('docker')
  })
})
