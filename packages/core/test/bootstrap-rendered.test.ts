import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { type BootstrapOptions, renderBootstrap } from '../src/bootstrap.ts'
import { renderManualCloudConfig } from '../src/bootstrap-manual.ts'
import { readNodeFile } from '../src/bootstrap-templates.ts'
import { networkPolicy } from '../src/network-policy.ts'
import { renderNodeScript } from '../src/script-of-node.ts'
import { bootMachine, hasProgram, makeFolder, readUserData } from './bootstrap-machine.ts'
import { azureId, facts, key, options } from './bootstrap-options.ts'

describe('the rendered documents', () => {
  const hasShellcheck = hasProgram('shellcheck')
  if (!hasShellcheck) process.stdout.write('skipped: shellcheck, which is missing\n')

  it.skipIf(!hasShellcheck)('hold shell that shellcheck has nothing to say about', () => {
    const metadataServices = [{ address: '169.254.169.254' }]
    const firewall = { policy: undefined, network: [], metadataServices }
    const machine = bootMachine(renderBootstrap({ ...options, firewall }), facts)
    const folder = join(machine.root, 'opt/kontena')
    for (const name of ['prepare-host', 'remove']) {
      writeFileSync(join(folder, name), readNodeFile(name))
    }
    const scripts = ['setup', 'enrol', 'fetch-agent', 'install-docker', 'wait-for-clock']
    scripts.push('raise-firewall', 'http', 'packages', 'prepare-host', 'remove')
    check(folder, ...scripts)
  })

  it.skipIf(!hasShellcheck)('are shell of which it says as little, where they are scripts', () => {
    const folder = makeFolder()
    const machine = { names: ['web-1'], identity: {}, sshKeys: [] }
    const limit = { bytes: 1_000_000, gzip: false }
    const order = renderBootstrap({ ...options, ...machine, format: 'script', limit })
    writeFileSync(join(folder, 'order'), order)
    writeFileSync(join(folder, 'node'), renderNodeScript({ ...options, node }))
    check(folder, 'order', 'node')
  })

  const node = { name: 'web-1', token: 'a-token', peerInterface: 'eth1' }

  function check(folder: string, ...scripts: string[]): void {
    execFileSync('shellcheck', ['--shell=sh', '--external-sources', ...scripts], { cwd: folder })
  }

  const hasCloudInit = hasProgram('cloud-init')
  if (!hasCloudInit) process.stdout.write('skipped: cloud-init, which is missing\n')

  it.skipIf(!hasCloudInit)('pass the schema of cloud-init, after its own jinja', () => {
    const folder = makeFolder()
    const write = (name: string, content: string | Uint8Array): string => {
      writeFileSync(join(folder, name), content)
      return join(folder, name)
    }
    const instance = write(
      'instance-data.json',
      JSON.stringify({
        v1: { instance_id: facts.instanceId, local_hostname: 'web-3' },
        ds: {
          meta_data: {
            ami_launch_index: `${facts.launchIndex}`,
            imds: { compute: { resourceGroupName: 'My-Group_(X)', name: 'web-1-ABC' } },
          },
        },
      }),
    )
    const nastyKey = `${key} {{ v1.nothing }} {% if %} {# " ' 🙂`
    const metadataServices = [{ address: '169.254.169.254' }]
    const firewall = { policy: networkPolicy(), network: ['10.0.0.0/20'], metadataServices }
    const data = renderBootstrap({ ...options, sshKeys: [nastyKey], firewall })

    const render = (raw: Uint8Array): string => {
      const text = cloudInit('devel', 'render', '-i', instance, write('data', gunzipSync(raw)))
      return text.slice(text.indexOf('#cloud-config'))
    }
    const renderWith = (changed: BootstrapOptions) =>
      readUserData(Buffer.from(render(renderBootstrap(changed))), facts)
    const rendered = render(data)

    expect(cloudInit('schema', '-c', write('rendered', rendered))).toContain('Valid')
    expect(readUserData(Buffer.from(rendered), facts)).toEqual(readUserData(data, facts))
    expect(readUserData(data, facts).ssh_authorized_keys).toEqual([nastyKey])
    const identity = { machineName: 'v1.local_hostname', machineId: azureId }
    const named = renderWith({ ...options, identity })
    expect(named.hostname).toBe('web-3')
    expect(named.files.get('/etc/kontena/name')?.content).toBe('web-3\n')
    expect(named.files.get('/etc/kontena/instance-id')?.content).toBe('my-group_(x)/web-1-abc\n')
    expect(renderWith({ ...options, identity, names: ['web-1', 'web-2'] }).hostname).toBe('')
    const manual = renderManualCloudConfig({
      ...options,
      gridToken: 'token',
      dns: ['1.1.1.1'],
      defaultInterfaceMatch: 'eth*',
      dockerBridge: '172.17.43.1/16',
    })
    expect(cloudInit('schema', '-c', write('manual', manual))).toContain('Valid')
  })

  function cloudInit(...args: string[]): string {
    return execFileSync('cloud-init', args, { encoding: 'utf8', stdio: 'pipe' })
  }
})
