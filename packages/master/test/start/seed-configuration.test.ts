import { describe, expect, it, onTestFinished } from 'vitest'
import { startMaster } from '../../src/index.ts'
import { settingsOfEnvironment } from '../../src/start/seed-configuration.ts'
import { temporaryDirectory } from '../fixtures/temporary-directory.ts'

describe('the settings of an environment', () => {
  it('are those that 1.5 read there', () => {
    const env = {
      AUTH_CLIENT_ID: 'id',
      AUTH_USERINFO_ENDPOINT: 'https://login.example.com/user',
      KONTENA_MASTER_URL: 'https://master.example.com',
      SERVER_NAME: 'the master',
      AUTH_CLIENT_SECRET: '',
      PATH: '/bin',
      AUTH_SOCK: '/somebody/elses',
    }
    expect(settingsOfEnvironment(env)).toEqual({
      'oauth2.client_id': 'id',
      'oauth2.userinfo_endpoint': 'https://login.example.com/user',
      'server.root_url': 'https://master.example.com',
      'server.name': 'the master',
    })
  })

  const start = async (dataDir: string, settings: Record<string, string>, adminCode?: string) => {
    const agentBundle = Buffer.from('agent')
    const master = await startMaster({ dataDir, port: 0, agentBundle, settings, adminCode })
    onTestFinished(() => master.close())
    return master
  }
  const send = (url: string, method: string, body: object, token = '') =>
    fetch(url, {
      method,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    })

  it('are kept where nobody has set anything else', async () => {
    const dataDir = temporaryDirectory()
    const first = await start(dataDir, { 'server.name': 'one' }, 'the-code')
    const body = { grant_type: 'authorization_code', code: 'the-code' }
    const login: unknown = await (await send(`${first.url}/oauth2/token`, 'POST', body)).json()
    expect(login).toMatchObject({ server: { name: 'one' } })
    const token = String(Object(login).access_token)
    await send(`${first.url}/v1/config`, 'PATCH', { 'server.name': 'two' }, token)
    await first.close()
    const second = await start(dataDir, { 'server.name': 'one', 'server.provider': 'aws' })
    const headers = { authorization: `Bearer ${token}` }
    const settings = await fetch(`${second.url}/v1/config?filter=server.*`, { headers })
    expect(await settings.json()).toMatchObject({ 'server.name': 'two', 'server.provider': 'aws' })
  })

  it('end the start where they cannot be, without a word of their value', async () => {
    const settings = { 'oauth2.token_endpoint': 'http://pa55word.example.com' }
    await expect(start(temporaryDirectory(), settings)).rejects.toMatchObject({
      name: 'MasterStartError',
      message: 'the setting oauth2.token_endpoint from the environment must be a URL with https',
      hint: 'correct or unset its variable: AUTH_TOKEN_ENDPOINT',
    })
  })
})
