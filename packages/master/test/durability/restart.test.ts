import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openMasterClient } from '@kontena/protocol'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openVault } from '../../src/secrets/vault.ts'
import { readVaultKey } from '../../src/secrets/vault-key.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { temporaryDirectory } from '../fixtures/temporary-directory.ts'
import { connect } from '../fixtures/test-agent.ts'
import { enrolment, order, secret } from '../fixtures/test-master.ts'
import { type ServedMaster, serveMaster } from './served-master.ts'

async function serve(dataDir: string): Promise<ServedMaster> {
  const served = await serveMaster(dataDir)
  onTestFinished(() => void served.process.kill('SIGKILL'))
  return served
}

async function enrolOne(served: ServedMaster): Promise<string> {
  const { url } = served
  const login = await openMasterClient({ url, version: '2.0.0' }).login(served.code)
  const client = openMasterClient({ url, version: '2.0.0', token: login.access_token })
  await client.createGrid({ name: 'prod' })
  const nodes = [{ name: 'web-1' }]
  await client.createEnrolment('prod', { order, secret, expires_in: 600, nodes })
  const body = JSON.stringify(enrolment())
  const reply = await fetch(`${url}/v1/enrol`, { method: 'POST', body })
  expect(reply.status).toBe(204)
  return login.access_token
}

describe('a master that is killed', () => {
  it('has kept everything that it acknowledged', async () => {
    const dataDir = temporaryDirectory()
    const first = await serve(dataDir)
    const token = await enrolOne(first)
    await first.kill('SIGKILL')

    const second = await serve(dataDir)
    const client = openMasterClient({ url: second.url, version: '2.0.0', token })
    expect(await client.nodes('prod')).toMatchObject([{ name: 'web-1', enrolment: 'enrolled' }])
    const agent = await connect(second.url.replace('http', 'ws'), {
      'Kontena-Node-Token': enrolment().nodeToken,
    })
    expect(await agent.next('/agent/node_info')).toMatchObject({ name: 'web-1' })
    await second.kill('SIGKILL')
    await agent.closed
  })

  it('shows no node as connected after it has come back', async () => {
    const dataDir = temporaryDirectory()
    const first = await serve(dataDir)
    const token = await enrolOne(first)
    const agent = await connect(first.url.replace('http', 'ws'), {
      'Kontena-Node-Token': enrolment().nodeToken,
    })
    await agent.next('/agent/node_info')
    await first.kill('SIGKILL')
    const left = openSqliteStore(
      join(dataDir, 'master.sqlite'),
      openVault(readVaultKey({ dataDir }, true)),
    )
    expect(await left.nodes('prod')).toMatchObject([{ connected: true }])
    await left.close()

    const second = await serve(dataDir)
    const client = openMasterClient({ url: second.url, version: '2.0.0', token })
    expect(await client.nodes('prod')).toMatchObject([{ status: 'offline', connected: false }])
  })

  it('ends in good order on SIGTERM', async () => {
    const dataDir = temporaryDirectory()
    const served = await serve(dataDir)
    await enrolOne(served)
    expect(await served.kill('SIGTERM')).toBe(0)
    expect(readdirSync(dataDir)).toEqual(['agents', 'master.key', 'master.sqlite'])
  })

  it('has left no secret on its disk', async () => {
    const dataDir = temporaryDirectory()
    const served = await serve(dataDir)
    const token = await enrolOne(served)
    await served.kill('SIGKILL')
    const files = readdirSync(dataDir).filter((name) => !/^agents$|sock$/.test(name))
    const disk = files.map((name) => readFileSync(join(dataDir, name), 'latin1'))
    for (const text of [token, secret, served.code, enrolment().nodeToken]) {
      expect(disk.some((content) => content.includes(text))).toBe(false)
    }
    expect(disk.some((content) => content.includes('web-1'))).toBe(true)
  })
})
