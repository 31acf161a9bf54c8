import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { renderBootstrap } from '../src/bootstrap.ts'
import { renderManualCloudConfig } from '../src/bootstrap-manual.ts'
import { defaultAgentRuntime } from '../src/bootstrap-values.ts'
import { networkPolicy } from '../src/network-policy.ts'
import { clients, machineFor, optionsFor } from './bootstrap-booted.ts'
import { bootMachine, hasProgram } from './bootstrap-machine.ts'
import { bundle, bundleHash, type MasterDouble, startMaster } from './bootstrap-master.ts'

describe('fetch-agent', () => {
  it.each(clients.filter(hasProgram))('fetches the agent with %s', async (client) => {
    await using master = await startMaster()
    const machine = machineFor(master, { client })

    expect(await machine.run('fetch-agent')).toMatchObject({ code: 0 })

    expect(machine.read('var/lib/kontena/agent.mjs')).toBe(bundle)
    expect(machine.read('opt/kontena/agent.mjs')).toBe(bundle)
    expect(master.agents).toEqual([`/v1/agent/bundle/${bundleHash}`])
  })

  it('never keeps an agent with another hash', async () => {
    await using master = await startMaster()
    master.sent = 'evil()\n'
    const machine = machineFor(master)

    const run = await machine.run('fetch-agent')

    expect(run.code).toBe(1)
    expect(run.stdout).toContain('sent another agent than the one with the hash')
    expect(existsSync(join(machine.root, 'var/lib/kontena/agent.mjs'))).toBe(false)
    expect(existsSync(join(machine.root, 'var/lib/kontena/agent.mjs.new'))).toBe(false)
  })

  it('downloads nothing that is there already', async () => {
    await using master = await startMaster()
    const machine = machineFor(master)
    await machine.run('fetch-agent')

    expect(await machine.run('fetch-agent')).toMatchObject({ code: 0, stdout: '' })
    expect(master.agents).toHaveLength(1)
  })

  it('replaces an agent that is not the one of the user data', async () => {
    await using master = await startMaster()
    const machine = machineFor(master)
    await machine.run('fetch-agent')
    writeFileSync(join(machine.root, 'var/lib/kontena/agent.mjs'), 'truncat')

    await machine.run('fetch-agent')

    expect(machine.read('var/lib/kontena/agent.mjs')).toBe(bundle)
  })

  it('has nothing to do where the agent is a complete image', async () => {
    await using master = await startMaster()
    const options = optionsFor(master, { agent: { image: 'registry.example.com/agent:2' } })
    const machine = bootMachine(renderBootstrap(options), { launchIndex: 0, instanceId: 'i-1' })

    expect(await machine.run('fetch-agent')).toMatchObject({ code: 0, stdout: '' })
    expect(master.agents).toEqual([])
  })
})

describe('setup', () => {
  /** Programs that would change the system; they are only written down. */
  const system = ['docker', 'sysctl', 'systemctl']

  it('goes from enrolment to a started agent, telling each step', async () => {
    await using master = await startMaster()
    const machine = machineFor(master)
    for (const program of system) machine.pretend(program)

    const run = await machine.run('setup')

    expect(run.stderr).toBe('')
    expect(run.stdout).toMatchInlineSnapshot(`
      "kontena: enrolling with the master
      kontena: enrolled as web-2
      kontena: fetching the agent
      kontena: the agent is here
      kontena: installing Docker
      kontena: setting kernel limits
      kontena: reading the unit
      kontena: starting the agent
      kontena: ready
      "
    `)
    expect(machine.calls()).toMatchInlineSnapshot(`
      [
        "sysctl --quiet --load /etc/sysctl.d/99-kontena.conf",
        "systemctl daemon-reload",
        "systemctl enable --now kontena-agent.service",
      ]
    `)
  })

  it('may be repeated', async () => {
    await using master = await startMaster()
    const machine = machineFor(master)
    for (const program of system) machine.pretend(program)
    await machine.run('setup')

    expect(await machine.run('setup')).toMatchObject({ code: 0 })
    expect(master.enrolments).toHaveLength(1)
  })

  it('stops at the first step that fails, and names it', async () => {
    await using master = await startMaster()
    master.answers.push(409)
    const machine = machineFor(master)
    for (const program of system) machine.pretend(program)

    const run = await machine.run('setup')

    expect(run.code).toBe(1)
    expect(run.stdout).toMatch(/kontena: failed: .*\/enrol\n$/)
    expect(master.agents).toEqual([])
  })

  it('installs Docker from the distribution where it is missing, and tries again', async () => {
    await using master = await startMaster()
    const machine = machineFor(master)
    machine.pretend('apt-cache')
    machine.pretend(
      'apt-get',
      'if [ ! -f "$KONTENA_ROOT/up" ]; then : > "$KONTENA_ROOT/up"; exit 1; fi',
    )

    const run = await machine.run('install-docker')

    expect(run).toMatchObject({ code: 0, stdout: 'kontena: Docker could not be installed\n' })
    expect(machine.calls()).toMatchInlineSnapshot(`
      [
        "apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 update",
        "apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 update",
        "apt-cache show docker-cli",
        "apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 --no-install-recommends install docker.io apparmor ca-certificates docker-cli",
      ]
    `)
    expect(machine.naps()).toEqual([5])
  })

  /** The first machine of a batch whose own firewall enforces the ports. */
  function firewalled(master: MasterDouble) {
    const metadataServices = [{ address: '169.254.169.254' }]
    const firewall = { policy: networkPolicy(), network: ['10.0.0.0/20'], metadataServices }
    const data = renderBootstrap(optionsFor(master, { firewall }))
    return bootMachine(data, { launchIndex: 0, instanceId: 'i-1' })
  }

  it('raises the firewall before it waits for the master, and before there is a Docker', async () => {
    await using master = await startMaster()
    const machine = firewalled(master)
    for (const program of ['nft', 'apt-cache', 'apt-get', 'sysctl', 'systemctl']) {
      machine.pretend(program)
    }

    const run = await machine.run('setup')

    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toMatch(
      /raising the firewall\n.*enrolling.*\n.*enrolled as web-1\n.*fetching the agent\n/,
    )
    expect(machine.calls().slice(0, 5)).toMatchInlineSnapshot(`
      [
        "systemctl daemon-reload",
        "systemctl enable kontena-firewall.service",
        "systemctl restart kontena-firewall.service",
        "systemctl enable --now kontena-peers.path",
        "apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 update",
      ]
    `)
  })

  it('installs nftables where it is missing, and makes no node where it cannot be had', async () => {
    await using master = await startMaster()
    const machine = firewalled(master)
    for (const program of system) machine.pretend(program)
    machine.pretend('apt-get', 'case $* in *install*) exit 1 ;; esac')

    const run = await machine.run('setup')

    expect(run.code).toBe(1)
    expect(run.stdout).toContain('kontena: nftables could not be installed\n')
    expect(run.stdout).toMatch(/kontena: failed: .*\/raise-firewall\n$/)
    expect(machine.calls()).toContain(
      'apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 --no-install-recommends install nftables',
    )
    expect(run.stdout).not.toContain('enrolled')
    expect(machine.calls().join()).not.toContain('systemctl')
    expect(machine.naps()).toEqual([5, 15, 30, 60])
  })

  it('raises the firewall again when it is repeated', async () => {
    await using master = await startMaster()
    const machine = firewalled(master)
    for (const program of [...system, 'nft']) machine.pretend(program)
    await machine.run('setup')

    expect(await machine.run('setup')).toMatchObject({ code: 0 })
    const restarts = machine.calls().filter((call) => call.includes('restart kontena-firewall'))
    expect(restarts).toHaveLength(2)
  })

  it('joins a machine made by hand with the token of the grid', async () => {
    await using master = await startMaster()
    const text = renderManualCloudConfig({
      master: { url: master.url, ca: undefined, agentBundle: bundleHash },
      gridToken: 'grid+token==',
      agent: { runtime: defaultAgentRuntime },
      peerInterface: 'eth1',
    })
    const machine = bootMachine(Buffer.from(text), { launchIndex: 0, instanceId: 'none' })
    for (const program of system) machine.pretend(program)

    expect(await machine.run('setup')).toMatchObject({ code: 0 })

    expect(machine.environment()).toEqual({
      KONTENA_URI: master.url.replace('http', 'ws'),
      KONTENA_TOKEN: 'grid+token==',
      KONTENA_PEER_INTERFACE: 'eth1',
    })
    expect(master.enrolments).toEqual([])
  })
})

describe('wait-for-clock', () => {
  /** A machine that has been up for so many seconds and whose clock is set or not. */
  async function machineWith(clock: { uptime: string; isSet: 'yes' | 'no' }) {
    await using master = await startMaster()
    const machine = machineFor(master)
    mkdirSync(join(machine.root, 'proc'))
    writeFileSync(join(machine.root, 'proc/uptime'), `${clock.uptime} 99.99\n`)
    machine.pretend('timedatectl', `echo ${clock.isSet}`)
    return machine
  }

  it('ends when the clock is set', async () => {
    const machine = await machineWith({ uptime: '12.34', isSet: 'yes' })

    expect(await machine.run('wait-for-clock')).toMatchObject({ code: 0, stdout: '' })
    expect(machine.calls()).toEqual(['timedatectl show --property=NTPSynchronized --value'])
  })

  it('goes on after a minute where nothing sets the clock', async () => {
    const machine = await machineWith({ uptime: '12.34', isSet: 'no' })

    const run = await machine.run('wait-for-clock')

    expect(run.code).toBe(0)
    expect(run.stdout).toContain('going on all the same')
    expect(machine.naps()).toHaveLength(60)
  })

  it('holds up no agent that starts again later', async () => {
    const machine = await machineWith({ uptime: '120.00', isSet: 'no' })

    expect(await machine.run('wait-for-clock')).toMatchObject({ code: 0, stdout: '' })
    expect(existsSync(join(machine.root, 'naps'))).toBe(false)
  })
})
