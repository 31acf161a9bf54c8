import { stat, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestMaster, type TestMaster } from '../test-master.ts'

let lab: TestMaster

beforeAll(async () => {
  lab = await openTestMaster()
  await lab.client.createGrid({ name: 'prod' })
})
afterAll(() => lab.close())

const account = {
  name: 'kontena',
  username: 'me',
  token: null,
  token_expires_at: null,
  refresh_token: null,
}
const other = {
  name: 'lab',
  url: 'http://192.0.2.10:9292',
  grid: null,
  token: '89ab',
  token_expires_at: 1_520_000_000,
  refresh_token: 'cdef',
  account: 'kontena',
}

/** As Kontena 1.5.4 wrote it. */
const written = () => ({
  current_server: 'lab',
  current_account: 'kontena',
  servers: [
    {
      name: 'prod',
      url: lab.master.url,
      username: 'admin',
      grid: null,
      token: lab.token,
      token_expires_at: 0,
      refresh_token: null,
    },
    other,
  ],
  accounts: [account],
})

beforeEach(() => writeFile(lab.configFile, `${JSON.stringify(written(), undefined, 2)}\n`))

describe('a configuration that 1.5 wrote', () => {
  it('is read, and keeps its shape in all that is written', async () => {
    await lab.run(['master', 'use', 'prod'])
    await lab.run(['grid', 'use', 'prod'])
    const { token, refresh_token } = await renewed()
    const [entry] = Object(await lab.config()).servers
    expect(await lab.config()).toEqual({
      ...written(),
      current_server: 'prod',
      servers: [
        {
          ...written().servers[0],
          grid: 'prod',
          token,
          token_expires_at: expect.any(Number),
          refresh_token,
        },
        other,
      ],
    })
    expect(Number.isInteger(entry.token_expires_at)).toBe(true)
    expect((await stat(lab.configFile)).mode & 0o777).toBe(0o600)
  })

  it('gets only keys that 1.5 ignores with a login', async () => {
    await lab.run(['master', 'login', lab.master.url, '-t', lab.token])
    const [entry] = Object(await lab.config()).servers
    const { uuid, ...known } = entry
    expect(known).toEqual({ ...written().servers[0], grid: 'prod' })
    expect(uuid).toBe(lab.master.uuid)
  })

  it('is left as it is while KONTENA_URL is set', async () => {
    const env = { KONTENA_URL: lab.master.url }
    await lab.run(['grid', 'use', 'prod'], { env })
    expect(await lab.config()).toEqual(written())
  })

  /** Has a command renew a login, as it is found in the file. */
  async function renewed() {
    const made = await lab.client.createToken({ scope: 'user' })
    const config = await lab.config()
    const [entry, ...rest] = Object(config).servers
    const tokens = { token: made.access_token, refresh_token: made.refresh_token }
    const expired = { ...entry, ...tokens, token_expires_at: 1_500_000_000 }
    await writeFile(lab.configFile, JSON.stringify({ ...config, servers: [expired, ...rest] }))
    expect((await lab.run(['whoami'])).code).toBe(0)
    const [after] = Object(await lab.config()).servers
    expect(after.token).not.toBe(made.access_token)
    return after
  }
})
