import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'rolldown'
import { beforeAll, describe, expect, it } from 'vitest'
import config from '../rolldown.config.ts'
import { makeFolder } from './folder.ts'
import { startMaster } from './master-double.ts'

const hasFullDisk = existsSync('/dev/full')
if (!hasFullDisk) process.stdout.write('skipped: a log on a full disk, as there is no /dev/full\n')
const logs = hasFullDisk ? ['no reader', 'no room'] : ['no reader']

describe('the bundle', () => {
  let code = ''
  const bundle = async (): Promise<string> => {
    const { output } = await build({ ...config, write: false })
    expect(output).toHaveLength(1)
    return output[0].code
  }
  beforeAll(async () => {
    code = await bundle()
  })

  it('is made of the same bytes each time', async () => {
    expect(await bundle()).toBe(code)
  })

  it('is small, has no map and imports nothing but Node', () => {
    expect(code.length).toBeLessThan(230_000)
    expect(code).not.toContain('sourceMappingURL')
    const imported = [...code.matchAll(/(?:\bfrom|\bimport\(?|\brequire\()["'`]([^"'`]+)/g)].map(
      ([, name]) => name,
    )
    expect(imported.length).toBeGreaterThan(5)
    expect(imported.filter((name) => !name?.startsWith('node:'))).toEqual([])
  })

  const download = (): string => {
    const file = join(makeFolder(), 'agent.mjs')
    writeFileSync(file, code)
    return file
  }
  const start = (variables: Record<string, string>, ...script: string[]) =>
    spawn(process.execPath, script, { env: variables, stdio: ['ignore', 'pipe', 'inherit'] })

  it('joins, and ends with 0 when it is asked to', async () => {
    await using master = await startMaster()
    const child = start(
      {
        KONTENA_URI: master.url,
        KONTENA_NODE_TOKEN: 'secret',
        KONTENA_STATE_DIR: makeFolder(),
      },
      download(),
    )
    await master.frame('/nodes/update')

    child.kill('SIGTERM')

    expect(await once(child, 'exit')).toEqual([0, null])
  })

  it('ends with 1 without a master to join', async () => {
    const child = start({}, download())
    const [line] = await once(child.stdout.setEncoding('utf8'), 'data')

    expect(await once(child, 'exit')).toEqual([1, null])
    expect(line).toContain('Configuration error: KONTENA_URI is required')
  })

  it('is a doctor, which needs no agent to run', async () => {
    await using master = await startMaster()
    const variables = { KONTENA_URI: master.url, KONTENA_NODE_TOKEN: 'secret' }
    const child = start(
      { ...variables, KONTENA_STATE_DIR: makeFolder() },
      download(),
      ...['doctor', '--json'],
    )
    const [text] = await once(child.stdout.setEncoding('utf8'), 'data')

    expect(await once(child, 'exit')).toEqual([0, null])
    expect(JSON.parse(text)).toMatchObject({ ok: true })
    expect(master.clients).toEqual([])
  })

  it('runs nothing where it is asked for something unknown', async () => {
    const child = start({}, download(), 'restart')

    expect(await once(child, 'exit')).toEqual([2, null])
  })

  it.each(logs)('lives on where its log has %s', async (which) => {
    await using master = await startMaster()
    const env = {
      KONTENA_URI: master.url,
      KONTENA_NODE_TOKEN: 'secret',
      KONTENA_STATE_DIR: makeFolder(),
      LOG_LEVEL: 'debug',
    }
    const output = which === 'no room' ? openSync('/dev/full', 'w') : 'pipe'
    const child = spawn(process.execPath, [download()], {
      env,
      stdio: ['ignore', output, 'inherit'],
    })
    child.stdout?.destroy()
    const { socket } = await master.client()
    await master.frame('/nodes/update')

    socket.close(4031)
    await master.frame('/nodes/update', { client: 1 })

    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  it('is a module too, which runs nothing by itself', async () => {
    const script = `import(${JSON.stringify(download())}).then(({ startAgent }) => process.stdout.write(typeof startAgent))`
    const child = start({}, '--input-type=module', '--eval', script)
    const [text] = await once(child.stdout.setEncoding('utf8'), 'data')

    expect(await once(child, 'exit')).toEqual([0, null])
    expect(text).toBe('function')
  })
})

describe('the Dockerfile', () => {
  const read = (name: string): string => readFileSync(join(import.meta.dirname, '..', name), 'utf8')

  it('builds upon an image that cannot change, and on no other', () => {
    const text = read('Dockerfile')
    expect(text).toMatch(/^ARG BASE=docker\.io\/library\/node:22-[\w-]+@sha256:[0-9a-f]{64}$/m)
    expect([...text.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image)).toEqual([
      '$BASE',
      '$BASE',
    ])
  })

  it('runs the agent that nodes are handed too, and is sent nothing else', () => {
    const kept = read('.dockerignore').match(/^!.*$/gm)
    expect(kept).toEqual(['!dist/kontena-agent.mjs'])
    expect(read('Dockerfile')).toContain('COPY dist/kontena-agent.mjs ')
    expect(config.output.file).toBe('dist/kontena-agent.mjs')
  })
})
