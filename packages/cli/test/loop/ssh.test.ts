import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { openTestHost, type TestHost } from '../../../provider-ssh/test/test-host.ts'
import { agentBundle, type MasterLab, openMasterLab } from './master-lab.ts'

const labs: MasterLab[] = []
afterEach(async () => {
  await Promise.all(labs.splice(0).map((lab) => lab.close()))
})

/** A master, and a command whose home knows the keys of these hosts and can log in to them. */
async function openLab(...hosts: readonly TestHost[]): Promise<MasterLab> {
  const lab = await openMasterLab({})
  labs.push(lab)
  const own = join(lab.folder, '.ssh')
  mkdirSync(own, { mode: 0o700 })
  const lines = hosts.map(({ port, hostKey }) => `[127.0.0.1]:${port} ${hostKey.public}\n`)
  writeFileSync(join(own, 'known_hosts'), lines.join(''))
  writeFileSync(join(own, 'id_ed25519'), hosts[0]?.key ?? '', { mode: 0o600 })
  return lab
}

/** A host that has Docker, and on which the agent's unit is the agent itself as a process. */
async function openAgentHost(sameKey?: TestHost): Promise<TestHost> {
  const host = await openTestHost(sameKey === undefined ? {} : { key: sameKey.keyPair })
  await host.program('docker', 'case $1 in version) echo 26.1.4 ;; image) exit 1 ;; esac')
  await host.fake('docker.unit', '')
  await host.fake('docker.active', '1')
  await host.program('sysctl', 'if [ "$1" = -n ]; then echo 1; fi')
  await host.program('nft', 'exit 0')
  await host.program('curl', 'exec /usr/bin/curl "$@"')
  for (const tool of ['od', 'cp']) await host.program(tool, `exec /usr/bin/${tool} "$@"`)
  await host.program('systemctl', systemctl)
  await host.fake('node', process.execPath)
  await host.fake('bundle', agentBundle)
  return host
}

const systemctl = `for word; do case $word in *.service) unit=\${word%.service} ;; esac; done
agent=$fake/kontena-agent.active
case "$*" in
  *is-active*) if [ -f "$fake/$unit.active" ]; then echo active; else echo inactive; exit 3; fi ;;
  *cat*) [ -f "$fake/$unit.unit" ] ;;
  *enable*kontena-agent.service)
    setsid env -i $(cat "$KONTENA_ROOT/etc/kontena-agent.env") PATH="$PATH" \\
      KONTENA_DOCKER_SOCKET="$KONTENA_ROOT/run/docker.sock" KONTENA_STATE_DIR="$KONTENA_ROOT/var/lib/kontena" \\
      "$(cat "$fake/node")" "$(cat "$fake/bundle")" > "$fake/agent.log" 2>&1 < /dev/null &
    echo $! > "$agent" ;;
  *disable*kontena-agent.service | *stop*kontena-agent.service)
    if [ -f "$agent" ]; then kill "$(cat "$agent")"; rm -f "$agent"; fi ;;
esac
true`

describe('kontena ssh', { timeout: 60_000 }, () => {
  it('makes nodes of two hosts with the bootstrap that they get, and gives both back', async () => {
    const first = await openAgentHost()
    const hosts = [first, await openAgentHost(first)]
    const lab = await openLab(...hosts)
    const named = hosts.flatMap(({ target }) => ['--host', target])
    const made = await lab.kontena(['ssh', 'node', 'create', 'web', ...named, '--az', 'rack-1'])
    expect(made.stderr).not.toContain('[error]')
    expect(made.exitCode).toBe(0)
    const nodes = await lab.master.nodes(lab.grid)
    expect(
      nodes.map(({ name, status, machine }) => `${name} ${status} ${machine?.id.split('/')[0]}`),
    ).toEqual([
      `web-1 online 127.0.0.1:${hosts[0]?.port}`,
      `web-2 online 127.0.0.1:${hosts[1]?.port}`,
    ])
    expect(nodes[0]?.labels).toEqual(['provider=ssh', 'az=rack-1', `region=${lab.grid}-local`])
    const listed = await lab.kontena(['ssh', 'node', 'list', '--json'])
    expect(JSON.parse(listed.stdout)).toMatchObject([
      { name: 'web-1', state: 'running', zone: 'rack-1' },
      { name: 'web-2', state: 'running', zone: 'rack-1' },
    ])
    const taken = await lab.kontena(['ssh', 'node', 'terminate', 'web-1', 'web-2', '--force'])
    expect(taken).toMatchObject({ exitCode: 0, stderr: '' })
    expect(await lab.master.nodes(lab.grid)).toEqual([])
    for (const { root } of hosts) {
      expect(readdirSync(join(root, 'etc')).sort()).toEqual(
        expect.not.arrayContaining(['kontena', 'kontena-agent.env']),
      )
      expect(readdirSync(join(root, 'var/lib'))).toEqual(['.keep'])
    }
    const again = await lab.kontena(['ssh', 'node', 'create', 'db', '--host', first.target])
    expect(again.exitCode).toBe(0)
  })

  it('shows in a plan what a host is and which firewall of its own it keeps', async () => {
    const host = await openAgentHost()
    const lab = await openLab(host)
    await host.fake('ufw.active', '1')
    const plan = await lab.kontena([
      'ssh',
      'node',
      'create',
      'web',
      '--host',
      host.target,
      '--dry-run',
    ])
    expect(plan).toMatchObject({ exitCode: 0 })
    expect(plan.stdout).toContain(`127.0.0.1:${host.port}, Debian GNU/Linux 12 on x86_64`)
    expect(plan.stdout).toContain('run the bootstrap in local: web')
    expect(plan.stdout + plan.stderr).toContain('keeps its own firewall (ufw)')
    expect(await host.read('var/lib/kontena-ssh/claim')).toBeUndefined()
  })

  it('says which host key nobody knows where nobody can be asked, and changes nothing', async () => {
    const host = await openTestHost()
    const lab = await openLab(host)
    writeFileSync(join(lab.folder, '.ssh/known_hosts'), '')
    const refused = await lab.kontena(['ssh', 'node', 'create', 'web', '--host', host.target])
    expect(refused.exitCode).toBe(3)
    expect(refused.stderr).toMatch(
      /\[error\] 127\.0\.0\.1:\d+ shows the host key SHA256:\S+ \(ED25519\), which known_hosts does not have\nhint: .*--host-key SHA256:/,
    )
    expect(await lab.master.nodes(lab.grid)).toEqual([])
  })

  it('refuses a --count that contradicts the hosts, and no host at all', async () => {
    const host = await openTestHost()
    const lab = await openLab(host)
    const create = ['ssh', 'node', 'create', 'web']
    const wrong = await lab.kontena([...create, '--host', host.target, '--count', '3'])
    expect(wrong).toMatchObject({ exitCode: 2 })
    expect(wrong.stderr).toContain('--count 3, but 1 machine is named')
    const none = await lab.kontena(create)
    expect(none).toMatchObject({ exitCode: 2 })
    expect(none.stderr).toContain('hint: give --host [USER@]HOST[:PORT]')
  })

  it('takes a host back whose bootstrap failed, with the reason', async () => {
    const host = await openAgentHost()
    const lab = await openLab(host)
    await host.program(
      'sysctl',
      'if [ "$1" = -n ]; then echo 1; else echo "sysctl: permission denied"; exit 1; fi',
    )
    const failed = await lab.kontena(['ssh', 'node', 'create', 'web', '--host', host.target])
    expect(failed.exitCode).toBe(1)
    expect(failed.stderr).toMatch(
      /machine 127\.0\.0\.1:\d+\/\S+ of web is failed: sysctl: permission denied/,
    )
    expect(await host.read('var/lib/kontena-ssh/claim')).toBeUndefined()
    expect(await lab.master.nodes(lab.grid)).toEqual([])
  })
})
