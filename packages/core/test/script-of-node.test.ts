import { describe, expect, it } from 'vitest'
import { defaultAgentRuntime } from '../src/bootstrap-values.ts'
import { isFailure } from '../src/errors.ts'
import { type NodeScriptOptions, renderNodeScript } from '../src/script-of-node.ts'
import { bundle, bundleHash, type MasterDouble, startMaster } from './bootstrap-master.ts'
import { lentHost } from './lent-host.ts'

const agent = { runtime: defaultAgentRuntime }

function scriptOf(master: MasterDouble, changes: Partial<NodeScriptOptions['node']> = {}): string {
  const node = { name: 'web-1', token: 'a-token', ...changes }
  return renderNodeScript({
    node,
    master: { url: master.url, ca: undefined, agentBundle: bundleHash },
    agent,
  })
}

describe('the script of a node', () => {
  it('says first what it is, and that it holds a secret', async () => {
    await using master = await startMaster()
    expect(scriptOf(master).split('\n').slice(0, 3)).toEqual([
      '#!/bin/sh',
      '# Makes the host on which root runs it the Kontena node web-1.',
      "# It holds the node's own token: whoever reads it can be that node. Keep it like a password.",
    ])
  })

  it('starts an agent with the token of the node, and enrols nothing', async () => {
    await using master = await startMaster()
    const host = lentHost({ docker: 'missing' })

    const run = await host.run(scriptOf(master, { peerInterface: 'eth1' }), {
      KONTENA_MACHINE_ID: '',
    })

    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toMatch(/kontena: ready\n$/)
    expect(host.read('etc/kontena-agent.env')).toBe(
      `KONTENA_URI=${master.url.replace('http', 'ws')}
KONTENA_NODE_NAME=web-1
KONTENA_NODE_TOKEN=a-token
KONTENA_PEER_INTERFACE=eth1
`,
    )
    expect(host.mode('etc/kontena-agent.env')).toBe('600')
    expect(host.read('var/lib/kontena/agent.mjs')).toBe(bundle)
    expect(host.has('etc/kontena/firewall.nft')).toBe(false)
    expect(master.enrolments).toEqual([])
  })

  it('brings a new token to a node that is there, and starts its agent again', async () => {
    await using master = await startMaster()
    const host = lentHost()
    await host.run(scriptOf(master))

    expect(await host.run(scriptOf(master, { token: 'a-new-token' }))).toMatchObject({ code: 0 })

    expect(host.read('etc/kontena-agent.env')).toContain('KONTENA_NODE_TOKEN=a-new-token\n')
    expect(host.calls().at(-1)).toBe('systemctl restart kontena-agent.service')
  })

  it('is undone by what it left', async () => {
    await using master = await startMaster()
    const host = lentHost()
    const before = host.state()
    await host.run(scriptOf(master))
    expect(await host.remove()).toMatchObject({ code: 0 })
    expect(host.state()).toEqual(before)
  })

  it.each([
    ['a token', { token: 'a\nKONTENA_URI=evil' }],
    ['a name', { name: "a'b" }],
    ['an interface', { peerInterface: 'a b' }],
  ])('refuses %s that cannot be right', async (_what, changes) => {
    await using master = await startMaster()
    expect(() => scriptOf(master, changes)).toThrow(
      expect.toSatisfy((error) => isFailure(error, 'BAD_OPTIONS')),
    )
  })
})
