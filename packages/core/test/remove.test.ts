import { describe, expect, it } from 'vitest'
import { removalProgram } from '../src/machine-files.ts'
import { startMaster } from './bootstrap-master.ts'
import { type HostFacts, lentHost, scriptFor } from './lent-host.ts'

/** A host that became a node, and what it was like before. */
async function nodeOn(facts: HostFacts = {}) {
  await using master = await startMaster()
  const host = lentHost(facts)
  const before = host.state()
  const run = await host.run(scriptFor(master))
  expect(run).toMatchObject({ code: 0, stderr: '' })
  host.write('containers/kontena-agent', '')
  host.write('table', '')
  host.write('var/lib/kontena/agent.mjs', 'agent')
  host.write('run/kontena/peers.nft', 'peers')
  return { host, before, script: scriptFor(master) }
}

const done = 'kontena: the node is gone from this host\n'

describe('remove', () => {
  it('leaves a host with a Docker of its own as it was, with its containers', async () => {
    const { host, before } = await nodeOn()
    host.write('images', `postgres:17\n${host.read('etc/kontena/image')}`)

    expect(await host.remove()).toEqual({ code: 0, stdout: done, stderr: '' })

    expect(host.state()).toEqual(before)
    expect(host.calls().join()).not.toMatch(/(start|restart|stop) docker/)
  })

  it('may be repeated, also where nothing is left of the node', async () => {
    const { host, before } = await nodeOn()
    await host.remove()
    const again = await host.run(removalProgram())
    expect(again).toEqual({ code: 0, stdout: done, stderr: '' })
    expect(host.state()).toEqual(before)
  })

  it('makes room for the next node, which finds the host as the first did', async () => {
    const { host, before, script } = await nodeOn()
    await host.remove()
    await using master = await startMaster()

    expect(await host.run(scriptFor(master, { names: ['web-9'] }))).toMatchObject({ code: 0 })
    expect(master.enrolments).toMatchObject([{ name: 'web-9' }])

    await host.remove()
    expect(host.state()).toEqual(before)
    expect(script).toContain('web-1')
  })

  it('takes away what a script left that got no further than its first files', async () => {
    await using master = await startMaster()
    master.answers.push(403)
    const host = lentHost()
    const before = host.state()
    expect((await host.run(scriptFor(master))).code).toBe(1)

    expect(await host.remove()).toMatchObject({ code: 0, stderr: '' })

    expect(host.state()).toEqual(before)
  })

  it('leaves a Docker that it installed, says so, and how to remove that too', async () => {
    const { host } = await nodeOn({ docker: 'missing', nft: false })
    host.write('active/docker.service', '')

    const { code, stdout } = await host.remove()

    expect(code).toBe(0)
    expect(stdout).toMatchInlineSnapshot(`
      "kontena: left: Docker, with its containers, images and settings
      kontena: left: packages that were installed for the node: apparmor docker-cli docker.io nftables
      kontena:   to remove them too: apt-get remove apparmor docker-cli docker.io nftables
      kontena: the node is gone from this host
      "
    `)
    expect(host.has('etc/docker/daemon.json')).toBe(true)
    expect(host.has('containers/postgres')).toBe(true)
  })

  it('takes its settings from a Docker that was there before, unless they were changed', async () => {
    const { host } = await nodeOn({ docker: 'asleep' })
    await host.remove()
    expect(host.has('etc/docker/daemon.json')).toBe(false)

    const { host: other } = await nodeOn({ docker: 'asleep' })
    other.write('etc/docker/daemon.json', '{}')
    expect((await other.remove()).stdout).toContain('daemon.json, which was changed since')
    expect(other.read('etc/docker/daemon.json')).toBe('{}')
  })

  it('keeps a kernel limit that somebody has set since', async () => {
    const { host } = await nodeOn()
    host.write('kernel/vm.max_map_count', '999999\n')
    await host.remove()
    expect(host.read('kernel/vm.max_map_count')).toBe('999999\n')
    expect(host.read('kernel/fs.inotify.max_user_instances')).toBe('128\n')
  })

  it('keeps an image that was there before, or that other containers use', async () => {
    await using master = await startMaster()
    const host = lentHost()
    const agent = { image: 'postgres:17' }
    await host.run(scriptFor(master, { agent }))
    expect(await host.remove()).toMatchObject({ code: 0, stdout: done })
    expect(host.read('images')).toBe('postgres:17\n')

    const { host: other } = await nodeOn()
    const image = other.read('etc/kontena/image')
    other.write('images', image)
    other.pretend('docker', 'case $* in rmi*) exit 1 ;; esac')
    expect((await other.remove()).stdout).toContain(`left: the image ${image}`)
  })

  it('does not wake a Docker that sleeps', async () => {
    const { host } = await nodeOn({ docker: 'asleep' })
    const before = host.calls().length
    const { stdout } = await host.remove()
    expect(stdout).toContain('left: what a Docker that does not run keeps')
    expect(host.calls().slice(before).join('\n')).not.toMatch(/^docker/m)
  })

  it('fails where the agent cannot be removed, stays, and finishes when it is repeated', async () => {
    const { host, before } = await nodeOn()
    host.pretend('docker', 'case $* in ps*) echo 0123456789ab ;; esac')

    const { code, stdout } = await host.remove()

    expect(code).toBe(1)
    expect(stdout).toContain('could not remove the container kontena-agent')
    expect(stdout).toContain('run this again')
    expect(host.has('etc/kontena-agent.env')).toBe(false)
    host.pretend('docker', 'rm -f "$containers/kontena-agent"')
    expect(await host.remove()).toMatchObject({ code: 0, stdout: done })
    expect(host.state()).toEqual(before)
  })
})
