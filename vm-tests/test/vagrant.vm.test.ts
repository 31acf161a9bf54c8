import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { poll } from '@kontena/core'
import { node } from '@kontena/protocol'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { buildBox } from '../image/box.ts'
import type { Kontena } from '../src/kontena.ts'
import { type Lab, openLab } from '../src/lab.ts'
import { type Libvirt, openLibvirt } from '../src/libvirt.ts'
import { prove } from '../src/prove.ts'
import { searchPath, skipReason } from '../src/requirements.ts'

const skipped = skipReason('vm', 'image', 'vagrant')
const names = ['web-1', 'web-2']

describe.skipIf(skipped)('Vagrant with libvirt: two machines', () => {
  const opening = new AbortController()
  let lab: Lab
  let libvirt: Libvirt
  let kontena: Kontena
  let create: readonly string[]

  beforeAll(async () => {
    const { signal } = opening
    const box = await buildBox(signal)
    lab = await openLab(signal, async (scratch) => {
      libvirt = await openLibvirt(scratch, signal)
      return libvirt
    })
    kontena = lab.withEnvironment({ PATH: searchPath })
    create = [
      ...['vagrant', 'node', 'create', 'web', '--count', '2', '--yes', '--timeout', '14m'],
      ...['--box', box.file, '--vagrant-provider', 'libvirt', '--emulated', '--memory', '1024'],
      ...['--agent-runtime', box.image.runtime.name, '--ssh-key', lab.key.publicFile],
    ]
  })
  afterAll(async () => {
    opening.abort()
    await lab?.scratch.close()
  })

  const domains = async (signal: AbortSignal): Promise<string[]> => {
    const all = ['virsh', '-c', 'qemu:///system', 'list', '--all', '--name']
    const text = await libvirt.run(all, signal)
    return text.split('\n').filter((line) => line !== '')
  }
  const states = async (signal: AbortSignal): Promise<string[]> => {
    const shown = names.map((name) => kontena.ask(node, ['node', 'show', name], signal))
    return (await Promise.all(shown)).map(({ status }) => status)
  }
  const until = async (status: string, signal: AbortSignal): Promise<void> => {
    const wait = { reason: `nodes to be ${status}`, every: 3000, timeout: 600_000, signal }
    await poll(wait, async () => (await states(signal)).every((one) => one === status) || undefined)
  }

  prove('create brings both online', async (signal) => {
    await kontena.run(create, signal)
    expect(await states(signal)).toEqual(['online', 'online'])
    const shown = await kontena.ask(node, ['node', 'show', 'web-1'], signal)
    expect(shown.labels).toEqual(expect.arrayContaining(['provider=vagrant', 'az=local']))
    return `${(await domains(signal)).join(', ')} run; ${shown.labels.join(', ')}`
  })
  prove('cloud-init ended without an error', async (signal) => {
    const words = ['vagrant', 'node', 'ssh', 'web-1', '--', 'cloud-init', 'status']
    const said = await kontena.run(words, signal)
    expect(said).toContain('status: done')
    return said.trim()
  })
  prove('ssh runs a command on each, which is its own', async (signal) => {
    const said = []
    for (const name of names) {
      said.push(await kontena.run(['vagrant', 'node', 'ssh', name, '--', 'hostname'], signal))
    }
    expect(said.map((line) => line.trim())).toEqual(names)
    return said.map((line) => line.trim()).join(', ')
  })
  prove('stop and start bring them down and up again', async (signal) => {
    await kontena.run(['vagrant', 'node', 'stop', ...names], signal)
    await until('offline', signal)
    await kontena.run(['vagrant', 'node', 'start', ...names], signal)
    await until('online', signal)
    return 'offline, and online again'
  })
  prove('restart brings one back', async (signal) => {
    await kontena.run(['vagrant', 'node', 'restart', 'web-2'], signal)
    await until('online', signal)
    return 'online again'
  })
  prove('terminate leaves nothing', async (signal) => {
    await kontena.run(['vagrant', 'node', 'terminate', ...names, '--force'], signal)
    expect(await domains(signal)).toEqual([])
    expect(await kontena.run(['node', 'list', '-q'], signal)).toBe('')
    expect(foldersOf(lab)).toEqual([])
    return 'no domain, no folder, no node record'
  })
})

/** Folders of machines that the provider keeps: one for each grid, and in it one for each node. */
function foldersOf({ kontena }: Lab): string[] {
  const folder = join(kontena.environment.KONTENA_HOME ?? '', 'vagrant')
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('Vagrantfile'),
  )
}
