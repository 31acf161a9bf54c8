import { openMasterClient } from '@kontena/protocol'
import { onTestFinished } from 'vitest'
import { type MasterOptions, type RunningMaster, startMaster } from '../../src/index.ts'

export async function start(options: Partial<MasterOptions> & { dataDir: string }) {
  const master = await startMaster({ port: 0, agentBundle: Buffer.from('agent'), ...options })
  onTestFinished(() => master.close())
  return master
}

export const client = ({ url, caPem: ca }: RunningMaster, token?: string) =>
  openMasterClient({ url, ca, version: '2.0.0', token })

/** A master's first user, with a grid and two nodes of which one has a token. */
export async function fill(master: RunningMaster) {
  const { access_token: access } = await client(master).login(master.adminCode ?? '')
  const api = client(master, access)
  const grid = await api.createGrid({ name: 'prod' })
  await api.createNode('prod', { name: 'web-1', token: 'n'.repeat(40) })
  await api.createNode('prod', { name: 'web-2' })
  return { api, access, gridToken: grid.token }
}
