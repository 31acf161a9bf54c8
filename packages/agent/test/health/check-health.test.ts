import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openMasterClock } from '../../src/connection/master-clock.ts'
import type { Check } from '../../src/health/check.ts'
import { checkFirewall } from '../../src/health/check-firewall.ts'
import { checkHealth } from '../../src/health/check-health.ts'
import { startDocker } from '../docker-double.ts'
import { makeFolder } from '../folder.ts'

const patient = new AbortController().signal

function place() {
  const folder = makeFolder()
  const found = { settingsFolder: join(folder, 'etc'), runFolder: join(folder, 'run') }
  mkdirSync(found.settingsFolder)
  mkdirSync(found.runFolder)
  return found
}

const hostOf = (dockerSocket: string) => ({
  dockerSocket,
  rootFolder: '/',
  clock: openMasterClock(),
  firewall: place(),
  signal: patient,
})

function find(checks: readonly Check[], name: Check['name']): Check | undefined {
  return checks.find((check) => check.name === name)
}

describe('checkHealth', () => {
  it('looks at Docker, disk, clock and firewall', async () => {
    await using docker = await startDocker({ '/version': { Version: '28.2.2' } })

    const { checks } = await checkHealth(hostOf(docker.socket))

    expect(checks.map(({ name }) => name)).toEqual(['docker', 'disk', 'clock', 'firewall'])
    expect(find(checks, 'docker')).toMatchObject({ ok: true, message: 'Docker 28.2.2 answers' })
    expect(find(checks, 'disk')?.message).toMatch(/^\/ is \d+ % full/)
  })

  it('is not well where one of them is not', async () => {
    const socket = join(makeFolder(), 'docker.sock')

    const { health, checks } = await checkHealth(hostOf(socket))

    expect(health).toBe(false)
    expect(find(checks, 'docker')?.message).toContain(`no Docker at ${socket}: `)
  })
})

describe('checkFirewall', () => {
  const long = new Date(Date.now() - 60_000)

  function installed(files: { wanted?: string; applied?: string }) {
    const firewall = place()
    writeFileSync(join(firewall.settingsFolder, 'firewall.nft'), '')
    const { wanted, applied } = files
    if (wanted !== undefined) {
      writeFileSync(join(firewall.runFolder, 'peers.nft'), wanted)
      utimesSync(join(firewall.runFolder, 'peers.nft'), long, long)
    }
    if (applied !== undefined) writeFileSync(join(firewall.runFolder, 'peers.applied'), applied)
    return firewall
  }

  it('has nothing against a host without one', async () => {
    expect(await checkFirewall(place())).toMatchObject({ ok: true })
  })

  it.each([
    ['was told nothing', {}, true],
    ['holds what it was told', { wanted: 'a', applied: 'a' }, true],
    ['never took what it was told', { wanted: 'a' }, false],
    ['holds what it was told before', { wanted: 'b', applied: 'a' }, false],
  ])('sees one that %s', async (_what, files, ok) => {
    expect(await checkFirewall(installed(files))).toMatchObject({ name: 'firewall', ok })
  })

  it('gives it a moment', async () => {
    const firewall = installed({ applied: 'a' })
    writeFileSync(join(firewall.runFolder, 'peers.nft'), 'b')

    expect(await checkFirewall(firewall)).toMatchObject({ ok: true })
  })

  it('says which unit to look at', async () => {
    const { message } = await checkFirewall(installed({ wanted: 'a' }))

    expect(message).toContain('systemctl status kontena-peers.service')
  })
})
