import { closeCodes } from '@kontena/protocol'
import { describe, expect, it } from 'vitest'
import { info, startDocker } from '../docker-double.ts'
import { makeFolder } from '../folder.ts'
import { startMaster } from '../master-double.ts'
import { runAgent } from '../running-agent.ts'

describe('a connection that the master refuses', () => {
  it('is followed by one with another id where a node has this one', async () => {
    await using docker = await startDocker()
    await using master = await startMaster({ plan: [closeCodes.nodeIdTaken.code, 'accept'] })
    await using agent = runAgent(master, {
      variables: { KONTENA_DOCKER_SOCKET: docker.socket },
      random: () => 0,
    })

    const { headers } = await master.client(1)
    await master.frame('/nodes/update', { client: 1 })

    expect(master.clients[0]?.headers['kontena-node-id']).toBe(info.ID)
    expect(headers['kontena-node-id']).toMatch(/^[0-9a-f-]{36}$/)
    expect(headers['kontena-node-id']).not.toBe(info.ID)
    expect(agent.log()).toContain(`another node has the id ${info.ID}: this machine becomes`)
  })

  it.each([
    [closeCodes.tokenOfOtherNode.code, 'kontena node replace'],
    [closeCodes.nodeNeedsNodeToken.code, 'KONTENA_NODE_TOKEN'],
  ])('says once what to do about %d', async (code, advice) => {
    await using master = await startMaster({ plan: [code, code, 'accept'] })
    await using agent = runAgent(master, { random: () => 0 })

    await master.frame('/nodes/update', { client: 2 })

    expect(agent.log().split(advice)).toHaveLength(2)
  })

  const shared = { acceptThenClose: closeCodes.replacedByNewConnection.code }

  it('ends as one machine and goes on as another where two from one image share an id', async () => {
    await using docker = await startDocker()
    await using master = await startMaster({ plan: [shared, 'accept'] })
    const variables = {
      KONTENA_DOCKER_SOCKET: docker.socket,
      KONTENA_STATE_DIR: makeFolder(),
      ...gridNode('web-2'),
    }
    const agent = runAgent(master, { variables })
    expect(await agent.stopped).toBe(1)

    await using _again = runAgent(master, { variables })
    const { headers } = await master.client(1)

    expect(master.clients[0]?.headers['kontena-node-id']).toBe(info.ID)
    expect(headers['kontena-node-id']).toMatch(/^[0-9a-f-]{36}$/)
    expect(headers['kontena-node-id']).not.toBe(info.ID)
  })

  it.each([
    ['its node has its name', gridNode('web-1')],
    ['its node has a number after its name', gridNode('web')],
    ['it has a token of its own', { KONTENA_NODE_NAME: 'web-2' }],
  ])('leaves the id to it where %s', async (_what, told) => {
    await using docker = await startDocker()
    await using master = await startMaster({ plan: [shared, 'accept'] })
    const variables = {
      KONTENA_DOCKER_SOCKET: docker.socket,
      KONTENA_STATE_DIR: makeFolder(),
      ...told,
    }
    expect(await runAgent(master, { variables }).stopped).toBe(1)

    await using _again = runAgent(master, { variables })

    expect((await master.client(1)).headers['kontena-node-id']).toBe(info.ID)
  })

  it('says what to do about a second agent', async () => {
    await using master = await startMaster({ plan: [closeCodes.replacedByNewConnection.code] })
    const agent = runAgent(master)

    expect(await agent.stopped).toBe(1)
    expect(agent.log()).toContain('a second agent runs as this node')
  })
})

function gridNode(name: string) {
  return { KONTENA_NODE_TOKEN: '', KONTENA_TOKEN: 'grid-token', KONTENA_NODE_NAME: name }
}
