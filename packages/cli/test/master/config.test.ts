import {
  chmod,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addServer, readConfig, updateConfig } from '../../src/master/config.ts'

let folder: string
let file: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kontena-config-'))
  file = join(folder, 'client.json')
})
afterEach(() => rm(folder, { recursive: true }))

const prod = { name: 'prod', url: 'https://master.example.com', token: 'secret' }

describe('readConfig', () => {
  it('is empty where there is no file, or an empty one', async () => {
    expect(await readConfig(file)).toEqual({ servers: [] })
    await writeFile(file, '')
    expect(await readConfig(file)).toEqual({ servers: [] })
  })

  it('reads the one master of the oldest layout', async () => {
    await writeFile(file, JSON.stringify({ server: { url: 'http://old:9292', token: 't' } }))
    expect(await readConfig(file)).toEqual({
      current_server: 'default',
      servers: [{ name: 'default', url: 'http://old:9292', token: 't' }],
    })
  })

  it('tells masters of the same name apart', async () => {
    const servers = [prod, prod, { ...prod, name: 'prod-2' }, prod]
    await writeFile(file, JSON.stringify({ servers }))
    const names = (await readConfig(file)).servers.map((server) => server.name)
    expect(names).toEqual(['prod', 'prod-2', 'prod-2-2', 'prod-3'])
  })

  it('names the file and never quotes it when it is broken', async () => {
    await writeFile(file, '{"token": "secret", oops')
    await expect(readConfig(file)).rejects.toMatchObject({
      code: 'LOCAL_FILE',
      message: `cannot read ${file}: it is not JSON`,
      cause: undefined,
    })
  })

  it('says which field has the wrong type', async () => {
    await writeFile(file, JSON.stringify({ servers: [{ name: 'x', url: 7 }] }))
    await expect(readConfig(file)).rejects.toMatchObject({
      code: 'LOCAL_FILE',
      message: expect.stringContaining('servers.0.url'),
    })
  })

  it('says why a file cannot be read', async () => {
    await expect(readConfig(folder)).rejects.toMatchObject({
      code: 'LOCAL_FILE',
      message: `cannot read ${folder}: EISDIR`,
    })
  })
})

describe('updateConfig', () => {
  it('keeps what it does not know', async () => {
    const accounts = [{ name: 'kontena', token: null }]
    const servers = [{ ...prod, parent_name: 'x', refresh_token: null }]
    await writeFile(file, JSON.stringify({ current_account: 'kontena', accounts, servers }))
    await updateConfig(file, (config) => ({ ...config, current_server: 'prod' }))
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
      current_account: 'kontena',
      current_server: 'prod',
      accounts,
      servers,
    })
  })

  it('writes for the owner alone, whatever the file was before', async () => {
    await writeFile(file, '{}')
    await chmod(file, 0o644)
    await updateConfig(file, (config) => config)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  it('leaves nothing but the file', async () => {
    await updateConfig(file, (config) => config)
    expect(await readdir(folder)).toEqual(['client.json'])
  })

  it('writes through a link and leaves it one', async () => {
    const target = join(folder, 'dotfiles.json')
    await writeFile(target, '{}')
    await symlink(target, file)
    await updateConfig(file, (config) => ({ ...config, servers: [prod] }))
    expect(await readlink(file)).toBe(target)
    expect((await readConfig(target)).servers).toEqual([prod])
  })

  it('changes nothing when the change throws', async () => {
    await updateConfig(file, () => ({ servers: [prod] }))
    const failing = updateConfig(file, () => {
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect((await readConfig(file)).servers).toEqual([prod])
  })

  it('says what to do when it cannot write', async () => {
    const missing = join(folder, 'no', 'such', 'folder.json')
    await expect(updateConfig(missing, (config) => config)).rejects.toMatchObject({
      code: 'LOCAL_FILE',
      message: `cannot write ${missing}: ENOENT`,
      hint: expect.stringContaining('KONTENA_CONFIG'),
    })
  })
})

describe('addServer', () => {
  it('gives a second master of a name a number', () => {
    const [config, added] = addServer({ servers: [prod] }, { ...prod, url: 'https://other' })
    expect(added.name).toBe('prod-2')
    expect(config.servers.map((server) => server.name)).toEqual(['prod', 'prod-2'])
  })
})
