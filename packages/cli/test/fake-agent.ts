import { decodeFrame, encodeFrame, type HostStatistics, type RpcFrame } from '@kontena/protocol'
import { vi } from 'vitest'
import type { TestMaster } from './test-master.ts'

export interface FakeAgent {
  /** Reports a sample, and resolves when the master has it. */
  report(sample: HostStatistics): Promise<void>
  /** Says how many containers of services run on its host. */
  count(services: number): Promise<void>
  leave(): Promise<void>
}

/** An agent that says of its health and its host what it is told to. Resolves once its node is online. */
export async function joinAs(
  { master, client }: TestMaster,
  name: string,
  health: unknown,
  host: object = {},
): Promise<FakeAgent> {
  const { token } = await client.grid('prod')
  const socket = new WebSocket(master.url.replace('http', 'ws'), {
    headers: {
      'Kontena-Node-Id': `ID:${name}`,
      'Kontena-Node-Name': name,
      'Kontena-Version': '2.0.0',
      'Kontena-Grid-Token': token,
    },
  })
  socket.binaryType = 'arraybuffer'
  const send = (frame: RpcFrame): void => socket.send(encodeFrame(frame))
  socket.addEventListener('message', ({ data }) => {
    const frame = decodeFrame(new Uint8Array(data))
    if (frame.type !== 'request') return
    send({ type: 'response', id: frame.id, error: undefined, result: health })
  })
  await new Promise((resolve) => socket.addEventListener('open', resolve))
  const describeHost = (more: object): void => {
    const params = [name, { AgentVersion: '2.0.0', ...more }]
    send({ type: 'request', id: 1, method: '/nodes/update', params })
  }
  describeHost(host)
  const isStatus = async (status: string): Promise<void> => {
    await vi.waitFor(async () => {
      if ((await client.node('prod', name)).status !== status) throw new Error(`not ${status}`)
    })
  }
  await isStatus('online')
  return {
    report: async (sample) => {
      send({ type: 'notification', method: '/nodes/stats', params: [name, sample] })
      await vi.waitFor(async () => {
        const { resource_usage: usage } = await client.node('prod', name)
        if (Object.keys(usage).length === 0) throw new Error('no sample yet')
      })
    },
    count: async (services) => {
      describeHost({ ServiceContainers: services })
      await vi.waitFor(async () => {
        const { service_containers: told } = await client.node('prod', name)
        if (told !== services) throw new Error('not told yet')
      })
    },
    leave: async () => {
      socket.close()
      await isStatus('offline')
    },
  }
}
